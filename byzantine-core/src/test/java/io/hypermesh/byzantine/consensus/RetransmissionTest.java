package io.hypermesh.byzantine.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.byzantine.Block;
import io.hypermesh.byzantine.Digest;
import io.hypermesh.byzantine.Output;
import io.hypermesh.byzantine.ProtocolException;
import io.hypermesh.byzantine.ReplicaSettings;
import io.hypermesh.byzantine.message.Certificate;
import io.hypermesh.byzantine.message.Message;
import io.hypermesh.byzantine.message.MessageCodec;
import io.hypermesh.byzantine.message.Payload;
import io.hypermesh.byzantine.message.Rules;
import io.hypermesh.byzantine.message.TestCluster;
import io.hypermesh.byzantine.simulation.LedgerApplication;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What one replica gives to others that ask, and how much of it. */
class RetransmissionTest {
  private static final int SELF = 1;

  private final TestCluster cluster = new TestCluster(4);
  private final Digest genesis = cluster.membership.clusterId();
  private final Block block = cluster.block(0, 1, genesis, cluster.request(1, "x"));
  private final List<byte[]> log = new ArrayList<>();
  private final List<Message> sent = new ArrayList<>();
  private ReplicaCore core = core();

  private ReplicaCore core() {
    return new ReplicaCore(
        new ReplicaParts(
            cluster.membership,
            SELF,
            cluster.signers.get(SELF),
            cluster.keys,
            new LedgerApplication(),
            ReplicaSettings.defaults(),
            () -> Instant.EPOCH,
            Rules.STANDARD));
  }

  private void start() {
    core.start(0);
    drain();
  }

  private void handle(Message message, long nowNanos) {
    core.handle(message, nowNanos);
    drain();
  }

  private void drain() {
    sent.clear();
    for (Output output = core.poll(); output != null; output = core.poll()) {
      switch (output) {
        case Output.Persist(byte[] record) -> log.add(record);
        case Output.Send(int to, byte[] message) -> sent.add(decoded(message));
        default -> {
          // Not what these tests are about.
        }
      }
    }
  }

  private static Message decoded(byte[] message) {
    try {
      return MessageCodec.decode(message);
    } catch (ProtocolException e) {
      throw new AssertionError(e);
    }
  }

  private List<Payload> sentPayloads() {
    return sent.stream().map(message -> ((Message.OfMember) message).payload()).toList();
  }

  /** The others begin that view at the empty chain: none of them says that it prepared anything. */
  private Message newView(long view) {
    Certificate nothing = Certificate.genesis(cluster.membership);
    List<Payload.SignedClaim> claims = new ArrayList<>();
    for (int replica : new int[] {0, 2, 3}) {
      Payload.Claim claim = Payload.Claim.of(nothing);
      Message.OfMember vote =
          cluster.sign(replica, view, 0, new Payload.ViewChange(claim, nothing));
      claims.add(new Payload.SignedClaim(replica, claim, vote.signed().signature()));
    }
    int primary = cluster.membership.primary(view);
    return cluster.sign(primary, view, 0, new Payload.NewView(claims, nothing));
  }

  @Test
  void shouldStillHaveTheBlockThatItVotedForWhenACertificateTurnsUpViewsLater() throws Exception {
    start();
    handle(cluster.sign(0, 0, 1, new Payload.PrePrepare(block)), 1);
    handle(newView(2), 2);
    Message fetch = cluster.sign(3, 2, 0, new Payload.FetchBlocks(block.hash()));

    handle(fetch, 3);
    assertThat(sentPayloads())
        .singleElement()
        .isInstanceOfSatisfying(
            Payload.Blocks.class, answer -> assertThat(answer.blocks()).containsExactly(block));

    core = core();
    core.recover(List.copyOf(log), 4);
    start();
    handle(fetch, 5);
    assertThat(sentPayloads()).hasSize(1);
  }

  @Test
  void shouldAnswerAFloodOfStatusMessagesNoMoreOftenThanCorrectMembersAsk() {
    ReplicaSettings settings = ReplicaSettings.defaults();
    start();
    handle(cluster.sign(0, 0, 1, new Payload.PrePrepare(block)), 1);
    Message status = cluster.sign(3, 0, 0, new Payload.Status(0, true, List.of()));

    handle(status, 2);
    assertThat(sentPayloads()).hasSize(1);
    for (int i = 0; i < 100; i++) {
      handle(status, 3);
      assertThat(sent).isEmpty();
    }
    handle(cluster.sign(2, 0, 0, new Payload.Status(0, true, List.of())), 4);
    assertThat(sentPayloads()).hasSize(1);
    handle(status, 2 + settings.statusIntervalNanos());
    assertThat(sentPayloads()).hasSize(1);
  }
}
