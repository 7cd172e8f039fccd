package io.hypermesh.byzantine.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.byzantine.Digest;
import io.hypermesh.byzantine.ProtocolException;
import io.hypermesh.byzantine.message.Certificate;
import io.hypermesh.byzantine.message.MessageType;
import io.hypermesh.byzantine.message.Payload;
import io.hypermesh.byzantine.message.TestCluster;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class StateTransferTest {
  private final TestCluster cluster = new TestCluster(4);
  private final List<byte[]> chunks = new ArrayList<>();
  private final Manifest manifest;
  private final StateTransfer transfer;

  StateTransferTest() {
    List<Digest> hashes = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      chunks.add(new byte[] {(byte) i, 7});
      hashes.add(Digest.sha256(chunks.get(i)));
    }
    manifest = new Manifest(1, 2, 3, hashes);
    byte[] body =
        new Payload.Checkpoint(TestCluster.digest(1), TestCluster.digest(2), manifest.root())
            .body();
    Certificate certificate = cluster.certificate(MessageType.CHECKPOINT, 0, 8, body, 0, 1, 2);
    transfer = new StateTransfer(certificate, List.of(0, 1, 2));
  }

  @Test
  void shouldAskSeveralMembersAndCompleteOnlyWithVerifiedChunks() throws ProtocolException {
    assertThat(transfer.asks()).hasSize(1);
    transfer.receive(0, 0, chunks.get(0));
    transfer.receive(0, Payload.FetchState.MANIFEST, manifest.encode());
    assertThat(Manifest.decode(manifest.encode())).isEqualTo(manifest);
    Set<Integer> asked = new HashSet<>();
    for (StateTransfer.Ask ask : transfer.asks()) {
      asked.add(ask.replica());
    }
    assertThat(transfer.asks()).hasSize(StateTransfer.REQUESTS_MAX);
    assertThat(asked).containsExactlyInAnyOrder(0, 1, 2);
    for (int i = 0; i < 40; i++) {
      assertThat(transfer.completed()).isNull();
      transfer.receive(1, i, new byte[] {9});
      transfer.receive(2, i, chunks.get(i));
      transfer.receive(2, i, chunks.get(i));
    }
    ReplicaSnapshot snapshot = transfer.completed();
    assertThat(snapshot).isNotNull();
    assertThat(snapshot.clientChunks()).hasSize(3);
    assertThat(snapshot.application().chunkCount()).isEqualTo(37);
    assertThat(snapshot.chunk(3)).isEqualTo(chunks.get(3));
  }

  @Test
  void shouldNotAskWhoSentSomethingBadAgain() {
    transfer.receive(1, Payload.FetchState.MANIFEST, new byte[] {1, 2, 3});
    assertThat(transfer.advanced()).isFalse();
    for (int i = 0; i < 10; i++) {
      assertThat(transfer.asks()).noneMatch(ask -> ask.replica() == 1);
    }
  }

  @Test
  void shouldBeginAgainWhenEverybodySentSomethingBad() {
    for (int i = 0; i < 3; i++) {
      transfer.receive(i, Payload.FetchState.MANIFEST, new byte[] {1, 2, 3});
    }
    assertThat(transfer.asks()).hasSize(1);
    transfer.receive(0, Payload.FetchState.MANIFEST, manifest.encode());
    assertThat(transfer.advanced()).isTrue();
    transfer.receive(0, 1_000, new byte[1]);
    assertThat(transfer.advanced()).isFalse();
  }
}
