package io.hypermesh.byzantine.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.byzantine.ProtocolException;
import io.hypermesh.byzantine.Request;
import io.hypermesh.byzantine.Snapshot;
import io.hypermesh.byzantine.message.TestCluster;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClientTableTest {
  private final TestCluster cluster = new TestCluster(4);

  private Request of(String client, long number) {
    return Request.sign(
        cluster.membership.clusterId(), number, new byte[10], cluster.keys.signer(client));
  }

  private static ClientTable.Entry entry(long number, int resultBytes) {
    return new ClientTable.Entry(number, 0, 1, TestCluster.digest(1), new byte[resultBytes]);
  }

  @Test
  void shouldExecuteEachNumberOnceAndOnlyRising() {
    ClientTable table = new ClientTable(10);
    table.put(of("a", 1).client(), entry(5, 1));
    assertThat(
            table.fresh(
                List.of(of("a", 5), of("a", 6), of("a", 6), of("a", 4), of("b", 1), of("b", 1))))
        .containsExactly(of("a", 6), of("b", 1));
  }

  @Test
  void shouldTakeNoFurtherClientsWhenFull() {
    ClientTable table = new ClientTable(2);
    assertThat(table.fresh(List.of(of("a", 1), of("b", 1), of("c", 1), of("a", 2))))
        .containsExactly(of("a", 1), of("b", 1), of("a", 2));
    table.put(of("a", 1).client(), entry(1, 1));
    table.put(of("b", 1).client(), entry(1, 1));
    assertThat(table.isFull()).isTrue();
    assertThat(table.isFresh(of("c", 1))).isFalse();
    assertThat(table.isFresh(of("a", 2))).isTrue();
  }

  @Test
  void shouldComeBackFromItsChunks() throws ProtocolException {
    ClientTable table = new ClientTable(10);
    table.put(of("a", 1).client(), entry(3, 200_000));
    table.put(of("b", 1).client(), entry(4, 200_000));
    List<byte[]> chunks = table.encode();
    assertThat(chunks).hasSize(2).allMatch(chunk -> chunk.length <= Snapshot.CHUNK_BYTES_MAX);
    ClientTable restored = new ClientTable(10);
    restored.restore(chunks);
    assertThat(restored.last(of("b", 1).client()).number()).isEqualTo(4);
    List<byte[]> again = restored.encode();
    assertThat(again).hasSize(2);
    assertThat(again.get(0)).isEqualTo(chunks.get(0));
    assertThat(again.get(1)).isEqualTo(chunks.get(1));
  }

  @Test
  void shouldRefuseDamagedChunksAndStayAsItWas() {
    ClientTable table = new ClientTable(10);
    table.put(of("a", 1).client(), entry(3, 10));
    assertThatThrownBy(() -> table.restore(List.of(new byte[50])))
        .isInstanceOf(ProtocolException.class);
    assertThat(table.last(of("a", 1).client())).isNotNull();
  }
}
