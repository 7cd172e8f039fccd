package io.hypermesh.byzantine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.byzantine.simulation.LedgerApplication;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The public API as a host uses it: real keys, real files, and a queue for a network. */
class ReplicaTest {
  private static final int MEMBERS = 4;
  private static final Instant NOW = Instant.parse("2026-06-01T00:00:00Z");

  @TempDir private Path directory;
  private final List<Ed25519.KeySigner> signers = new ArrayList<>();
  private final List<VoteLog> logs = new ArrayList<>();
  private final List<Replica> replicas = new ArrayList<>();
  private final List<LedgerApplication> applications = new ArrayList<>();
  private final Queue<Runnable> network = new ArrayDeque<>();
  private final Membership membership;
  private final MessageVerifier verifier;
  private final Client client;
  private long nowNanos;

  ReplicaTest() {
    Membership.Builder builder = Membership.builder("files");
    for (int i = 0; i < MEMBERS; i++) {
      signers.add(key("member " + i));
      builder.add("member " + i, signers.get(i).publicKey());
    }
    membership = builder.build();
    verifier = new MessageVerifier(membership, Ed25519.verifier());
    client = new Client(membership, key("client"), ClientSettings.defaults(), 1);
  }

  private static Ed25519.KeySigner key(String name) {
    return Ed25519.signer(Digest.sha256(name.getBytes(StandardCharsets.UTF_8)).bytes());
  }

  private void startAll() throws IOException, ProtocolException {
    for (int i = 0; i < MEMBERS; i++) {
      VoteLog log = VoteLog.open(directory.resolve("votes-" + i));
      LedgerApplication application = new LedgerApplication();
      Replica replica =
          Replica.recover(
              membership,
              i,
              signers.get(i),
              Ed25519.verifier(),
              application,
              ReplicaSettings.builder().checkpointInterval(4).build(),
              () -> NOW,
              log.recovered(),
              nowNanos);
      logs.add(log);
      applications.add(application);
      replicas.add(replica);
      replica.start(nowNanos);
      drain(i);
    }
  }

  @AfterEach
  void stopAll() throws IOException {
    for (VoteLog log : logs) {
      log.close();
    }
    logs.clear();
    replicas.clear();
    applications.clear();
    network.clear();
  }

  private void drain(int index) throws IOException {
    List<Output> outputs = new ArrayList<>();
    Replica replica = replicas.get(index);
    for (Output output = replica.poll(); output != null; output = replica.poll()) {
      outputs.add(output);
    }
    VoteLog log = logs.get(index);
    for (Output output : outputs) {
      if (output instanceof Output.Persist(byte[] record)) {
        log.append(record);
      } else if (output instanceof Output.ReplaceLog(List<byte[]> records)) {
        log.replace(records);
      }
    }
    // Everything is durable before anything is sent, with one forced write.
    log.sync();
    for (Output output : outputs) {
      switch (output) {
        case Output.Send(int to, byte[] message) -> network.add(() -> deliver(to, message));
        case Output.Broadcast(byte[] message) -> {
          for (int to = 0; to < MEMBERS; to++) {
            int receiver = to;
            if (receiver != index) {
              network.add(() -> deliver(receiver, message));
            }
          }
        }
        case Output.ReplyTo(ClientId id, byte[] message) ->
            network.add(() -> client.handle(verified(message), nowNanos));
        default -> {
          // Already done, or for people.
        }
      }
    }
  }

  private VerifiedMessage verified(byte[] message) {
    try {
      return verifier.verify(message);
    } catch (ProtocolException e) {
      throw new AssertionError(e);
    }
  }

  private void deliver(int to, byte[] message) {
    try {
      replicas.get(to).handle(verified(message), nowNanos);
      drain(to);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private ReplyCertificate call(String payload) throws IOException {
    client.submit(payload.getBytes(StandardCharsets.UTF_8), nowNanos);
    for (int rounds = 0; rounds < 10_000; rounds++) {
      for (ClientOutput output = client.poll(); output != null; output = client.poll()) {
        if (output instanceof ClientOutput.Completed completed) {
          return completed.certificate();
        }
        if (output instanceof ClientOutput.Send(int to, byte[] message)) {
          network.add(() -> deliver(to, message));
        }
      }
      Runnable next = network.poll();
      if (next != null) {
        next.run();
        continue;
      }
      nowNanos += 10_000_000;
      client.handleTimeout(nowNanos);
      for (int i = 0; i < MEMBERS; i++) {
        replicas.get(i).handleTimeout(nowNanos);
        drain(i);
      }
    }
    throw new AssertionError("no answer to " + payload);
  }

  @Test
  void shouldAnswerWithAProofAndGoOnFromItsFilesAfterEverybodyStopped() throws Exception {
    startAll();
    for (int i = 0; i < 10; i++) {
      ReplyCertificate certificate = call("before " + i);
      assertThat(certificate.verify(membership, Ed25519.verifier())).isTrue();
      assertThat(certificate.result()[7]).isEqualTo((byte) (i + 1));
    }
    long executed = replicas.getFirst().executedSequence();
    stopAll();
    startAll();
    for (int i = 10; i < 15; i++) {
      assertThat(call("after " + i).result()[7]).isEqualTo((byte) (i + 1));
    }
    assertThat(replicas.getFirst().executedSequence()).isGreaterThan(executed);
    assertThat(replicas.getFirst().evidence()).isEmpty();
    assertThat(replicas.getFirst().progress().primary()).isZero();
    assertThat(applications.getFirst().count()).isEqualTo(15);
  }

  @Test
  void shouldRefuseALogOfSomethingElse() {
    assertThatThrownBy(() ->
            Replica.recover(
                membership,
                0,
                signers.getFirst(),
                Ed25519.verifier(),
                new LedgerApplication(),
                ReplicaSettings.defaults(),
                () -> NOW,
                List.of(new byte[] {1, 2, 3}),
                0))
        .isInstanceOf(ProtocolException.class);
  }

  @Test
  void shouldNotTakeAMessageThatWasVerifiedForAnotherMembership() throws Exception {
    startAll();
    Membership.Builder builder = Membership.builder("other");
    signers.forEach(signer -> builder.add("member", signer.publicKey()));
    Membership other = builder.build();
    Request request = Request.sign(other.clusterId(), 1, new byte[1], key("client"));
    byte[] message =
        io.hypermesh.byzantine.message.MessageCodec.encode(
            new io.hypermesh.byzantine.message.Message.OfClient(request));
    assertThatThrownBy(() -> verifier.verify(message)).isInstanceOf(ProtocolException.class);
    VerifiedMessage foreign = new MessageVerifier(other, Ed25519.verifier()).verify(message);
    assertThatThrownBy(() -> replicas.getFirst().handle(foreign, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
