package io.hypermesh.byzantine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.byzantine.message.Message;
import io.hypermesh.byzantine.message.MessageCodec;
import io.hypermesh.byzantine.message.Payload;
import io.hypermesh.byzantine.message.TestCluster;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClientTest {
  private static final ClientSettings SETTINGS =
      new ClientSettings(Duration.ofNanos(100), Duration.ofNanos(300), Duration.ofNanos(2_000));

  private final TestCluster cluster = new TestCluster(4);
  private final Client client = new Client(cluster.membership, cluster.client, SETTINGS, 7);
  private final MessageVerifier verifier = new MessageVerifier(cluster.membership, cluster.keys);

  private List<ClientOutput> outputs() {
    List<ClientOutput> all = new ArrayList<>();
    for (ClientOutput output = client.poll(); output != null; output = client.poll()) {
      all.add(output);
    }
    return all;
  }

  private void give(int replica, long number, int result, long nowNanos) throws ProtocolException {
    Message reply =
        cluster.sign(
            replica,
            5,
            9,
            new Payload.Reply(
                client.id(), number, TestCluster.digest(1), new byte[] {(byte) result}));
    client.handle(verifier.verify(MessageCodec.encode(reply)), nowNanos);
  }

  @Test
  void shouldCompleteOnlyWithFPlusOneEqualReplies() throws ProtocolException {
    assertThat(client.submit(new byte[] {1}, 0)).isEqualTo(7);
    assertThat(outputs()).hasSize(1);
    give(0, 7, 1, 1);
    give(0, 7, 1, 1);
    give(1, 7, 2, 1);
    give(2, 6, 1, 1);
    assertThat(client.isIdle()).isFalse();
    give(3, 7, 1, 1);
    assertThat(client.isIdle()).isTrue();
    ClientOutput.Completed completed = (ClientOutput.Completed) outputs().getFirst();
    assertThat(completed.result()).containsExactly(1);
    ReplyCertificate certificate = completed.certificate();
    assertThat(certificate.signers()).containsExactly(0, 3);
    assertThat(certificate.sequence()).isEqualTo(9);
    assertThat(certificate.verify(cluster.membership, cluster.keys)).isTrue();
    assertThat(certificate.verify(new TestCluster(7).membership, cluster.keys)).isFalse();
    assertThat(client.submit(new byte[] {1}, 2)).isEqualTo(8);
    // The replies were of view 5, whose primary is member 1.
    assertThat(((ClientOutput.Send) outputs().getFirst()).replica()).isEqualTo(1);
  }

  @Test
  void shouldAskAllWithACappedDoublingWaitAndThenGiveUp() {
    client.submit(new byte[] {1}, 0);
    outputs();
    List<Long> repeats = new ArrayList<>();
    ClientOutput.TimedOut timedOut = null;
    while (timedOut == null) {
      long now = client.nextDeadlineNanos();
      client.handleTimeout(now);
      List<ClientOutput> outputs = outputs();
      if (outputs.getFirst() instanceof ClientOutput.TimedOut end) {
        timedOut = end;
      } else {
        assertThat(outputs).hasSize(4);
        repeats.add(now);
      }
    }
    assertThat(repeats).containsExactly(100L, 300L, 600L, 900L, 1_200L, 1_500L, 1_800L);
    assertThat(timedOut.waitedNanos()).isEqualTo(2_000);
    assertThat(timedOut.repliesReceived()).isZero();
    assertThat(client.isIdle()).isTrue();
    assertThat(client.nextDeadlineNanos()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void shouldSlowDownWhenAMemberIsBusy() throws ProtocolException {
    client.submit(new byte[] {1}, 0);
    Message busy = cluster.sign(0, 0, 0, new Payload.Busy(client.id(), 7));
    client.handle(verifier.verify(MessageCodec.encode(busy)), 50);
    assertThat(client.nextDeadlineNanos()).isEqualTo(250);
    client.handle(verifier.verify(MessageCodec.encode(busy)), 60);
    assertThat(client.nextDeadlineNanos()).isEqualTo(250);
  }

  @Test
  void shouldRefuseASecondRequestAndBadSettings() {
    client.submit(new byte[] {1}, 0);
    assertThatThrownBy(() -> client.submit(new byte[] {1}, 0))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> new Client(cluster.membership, cluster.client, SETTINGS, 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() ->
            new ClientSettings(Duration.ofMillis(2), Duration.ofMillis(1), Duration.ofDays(1)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
