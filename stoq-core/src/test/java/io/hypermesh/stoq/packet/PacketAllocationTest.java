package io.hypermesh.stoq.packet;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the data path reads and writes allocates nothing. */
class PacketAllocationTest {
  private static final ConnectionId ID = ConnectionId.of(new byte[] {1, 2, 3, 4, 5, 6, 7, 8});

  /** Counts, and keeps nothing. */
  private static final class Counter implements FrameHandler {
    long sum;

    @Override
    public void onPing() {
      sum++;
    }

    @Override
    public void onAck(AckFrame frame) {
      while (frame.nextRange()) {
        sum += frame.rangeLargest() - frame.rangeSmallest();
      }
    }

    @Override
    public void onResetStream(long streamId, long applicationErrorCode, long finalSize) {
      sum += streamId;
    }

    @Override
    public void onStopSending(long streamId, long applicationErrorCode) {
      sum += streamId;
    }

    @Override
    public void onCrypto(long offset, MemorySegment buffer, long dataOffset, int length) {
      sum += length;
    }

    @Override
    public void onNewToken(MemorySegment buffer, long tokenOffset, int length) {
      sum += length;
    }

    @Override
    public void onStream(
        long streamId,
        long offset,
        MemorySegment buffer,
        long dataOffset,
        int length,
        boolean fin) {
      sum += length;
    }

    @Override
    public void onMaxData(long maximumData) {
      sum += maximumData;
    }

    @Override
    public void onMaxStreamData(long streamId, long maximumStreamData) {
      sum += maximumStreamData;
    }

    @Override
    public void onMaxStreams(boolean bidirectional, long maximumStreams) {
      sum += maximumStreams;
    }

    @Override
    public void onDataBlocked(long maximumData) {
      sum += maximumData;
    }

    @Override
    public void onStreamDataBlocked(long streamId, long maximumStreamData) {
      sum += maximumStreamData;
    }

    @Override
    public void onStreamsBlocked(boolean bidirectional, long maximumStreams) {
      sum += maximumStreams;
    }

    @Override
    public void onNewConnectionId(
        long sequenceNumber,
        long retirePriorTo,
        ConnectionId connectionId,
        StatelessResetToken resetToken) {
      sum += sequenceNumber;
    }

    @Override
    public void onRetireConnectionId(long sequenceNumber) {
      sum += sequenceNumber;
    }

    @Override
    public void onPathChallenge(long data) {
      sum += data;
    }

    @Override
    public void onPathResponse(long data) {
      sum += data;
    }

    @Override
    public void onConnectionClose(
        boolean application,
        long errorCode,
        long frameType,
        MemorySegment buffer,
        long reasonOffset,
        int reasonLength) {
      sum += errorCode;
    }

    @Override
    public void onHandshakeDone() {
      sum++;
    }

    @Override
    public void onAckFrequency(
        long sequenceNumber, long threshold, long maxAckDelayMicros, long reorderingThreshold) {
      sum += sequenceNumber;
    }

    @Override
    public void onImmediateAck() {
      sum++;
    }

    @Override
    public void onDatagram(MemorySegment buffer, long dataOffset, int length, int frameLength) {
      sum += length;
    }
  }

  /** Ten ranges of two packets each. */
  private static final class Ranges implements AckRangeList {
    @Override
    public int rangeCount() {
      return 10;
    }

    @Override
    public long largest(int index) {
      return 1000 - 5L * index;
    }

    @Override
    public long smallest(int index) {
      return largest(index) - 1;
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void shouldWriteAndReadAPacketWithoutAllocation(boolean nativeMemory) throws Exception {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer =
          nativeMemory ? arena.allocate(1500) : MemorySegment.ofArray(new byte[1500]);
      Counter counter = new Counter();
      FrameDecoder decoder = new FrameDecoder();
      PacketHeader header = new PacketHeader();
      Ranges ranges = new Ranges();
      double bytes =
          AllocationMeter.bytesEach(round -> {
            int start = PacketHeaders.putShort(buffer, 0, ID, false, true, round, 2);
            long at = start;
            at += FrameEncoder.putAck(buffer, at, 200, ranges, 30);
            at += FrameEncoder.putMaxData(buffer, at, round);
            at += FrameEncoder.putStreamHeader(buffer, at, 4, round, 500, false, true) + 500;
            at += FrameEncoder.putDatagramHeader(buffer, at, 20, true) + 20;
            if (!header.parse(buffer, 0, at, 8)) {
              throw new AssertionError("a good packet was dropped");
            }
            PacketNumbers.read(buffer, header.packetNumberOffset(), 2);
            decoder.decode(buffer, start, at - start, EncryptionLevel.ONE_RTT, counter);
          });
      assertThat(bytes).isLessThanOrEqualTo(1);
      assertThat(counter.sum).isPositive();
    }
  }

  @Test
  void shouldFindOutThatSomethingIsAllocated() throws Exception {
    Object[] kept = new Object[1];
    assertThat(AllocationMeter.bytesEach(round -> kept[0] = new byte[100]))
        .isGreaterThanOrEqualTo(100);
  }
}
