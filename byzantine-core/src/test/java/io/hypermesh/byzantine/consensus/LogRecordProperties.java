package io.hypermesh.byzantine.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.byzantine.Block;
import io.hypermesh.byzantine.Evidence;
import io.hypermesh.byzantine.ProtocolException;
import io.hypermesh.byzantine.checkpoint.Manifest;
import io.hypermesh.byzantine.message.Certificate;
import io.hypermesh.byzantine.message.MessageType;
import io.hypermesh.byzantine.message.Payload;
import io.hypermesh.byzantine.message.TestCluster;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class LogRecordProperties {
  private final List<LogRecord> records;

  LogRecordProperties() throws ProtocolException {
    TestCluster cluster = new TestCluster(4);
    Block block = cluster.block(0, 1, TestCluster.digest(1), cluster.request(1, "x"));
    Certificate certificate =
        cluster.certificate(MessageType.PREPARE, 0, 1, block.hash().bytes(), 0, 1, 2);
    Evidence evidence =
        Evidence.of(
            cluster.sign(2, 0, 1, new Payload.Commit(TestCluster.digest(1))).signed().encode(),
            cluster.sign(2, 0, 1, new Payload.Commit(TestCluster.digest(2))).signed().encode());
    records =
        List.of(
            new LogRecord.Spoken(cluster.sign(0, 0, 1, new Payload.PrePrepare(block))),
            new LogRecord.CommitVote(certificate),
            new LogRecord.Committed(certificate),
            new LogRecord.Fetched(block),
            new LogRecord.Convicted(evidence),
            new LogRecord.Checkpoint(
                certificate, new Manifest(0, 1, 1, List.of(TestCluster.digest(1)))),
            new LogRecord.Chunk(3, new byte[] {1}),
            new LogRecord.Highest(certificate),
            new LogRecord.Voted(4, 5));
  }

  @Property(tries = 9)
  void shouldReadBackEveryRecord(@ForAll @IntRange(max = 8) int index) throws ProtocolException {
    byte[] bytes = records.get(index).encode();
    assertThat(LogRecord.decode(bytes).encode()).isEqualTo(bytes);
  }

  @Property(tries = 2_000)
  void shouldThrowOnlyProtocolExceptions(
      @ForAll @IntRange(max = 8) int index,
      @ForAll @IntRange(max = 100_000) int position,
      @ForAll @IntRange(min = 1, max = 255) int change,
      @ForAll @Size(max = 100) byte[] random) {
    byte[] damaged = records.get(index).encode();
    damaged[position % damaged.length] ^= (byte) change;
    decodeOrRefuse(damaged);
    decodeOrRefuse(random);
  }

  private static void decodeOrRefuse(byte[] bytes) {
    try {
      assertThat(LogRecord.decode(bytes)).isNotNull();
    } catch (ProtocolException expected) {
      assertThat(expected).hasMessageStartingWith("couldn't ");
    }
  }
}
