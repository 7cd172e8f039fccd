package io.hypermesh.stoq.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.fuzz.Fuzz;
import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.FrameEncoder;
import io.hypermesh.stoq.packet.StatelessResetToken;
import io.hypermesh.stoq.recovery.AckRanges;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * An authenticated client sends packets that are full of one kind of frame, as small as it gets:
 * what a byte of it makes a server allocate, tell its host and send is bounded, and nothing of it
 * stays. Counted, so that it doesn't depend on the machine.
 */
class FrameFloodTest {
  private static final int PACKETS = 30;
  private static final int PAYLOAD_BYTES = 1_300;

  /** For a frame of two bytes that is no more than a small object; what the test makes included. */
  private static final long ALLOCATED_PER_BYTE_MAX = 64;

  /** Packets sent besides one for each packet: tokens, credit, probes. */
  private static final int SENT_BESIDES_MAX = 10;

  private static final int STREAMS_MAX = 20;

  /** 64 KiB of window and, at most, two chunks used in part. */
  private static final int CHUNKS_MAX = (64 << 10) / 4_096 + 2;

  /** Writes a frame of a flood. */
  interface Frame {
    int write(MemorySegment buffer, long at, int number);
  }

  enum Flood {
    PADDING((buffer, at, _) -> FrameEncoder.putPadding(buffer, at, 1)),
    PING((buffer, at, _) -> FrameEncoder.putPing(buffer, at)),
    ACK((buffer, at, _) -> FrameEncoder.putAck(buffer, at, 100, one(), 0)),
    ACK_WITH_COUNTS(
        (buffer, at, i) -> FrameEncoder.putAckEcn(buffer, at, 100, one(), 0, i, i % 7, i % 3)),
    STREAM_OF_NOTHING(
        (buffer, at, _) -> FrameEncoder.putStreamHeader(buffer, at, 0, 0, 0, false, true)),
    STREAM_OF_ONE_BYTE(
        (buffer, at, i) -> FrameEncoder.putStreamHeader(buffer, at, 0, i, 1, false, true) + 1),
    STREAM_WITH_GAPS((buffer, at, i) ->
        FrameEncoder.putStreamHeader(buffer, at, 0, 2L * (i % 8_000) + 1, 1, false, true) + 1),
    STREAM_BACKWARDS((buffer, at, i) ->
        FrameEncoder.putStreamHeader(buffer, at, 0, 60_000 - i % 60_000, 1, false, true) + 1),
    STREAM_OF_EACH((buffer, at, i) ->
        FrameEncoder.putStreamHeader(buffer, at, 4L * (i % STREAMS_MAX), 0, 0, true, true)),
    CRYPTO_WITH_GAPS(
        (buffer, at, i) -> FrameEncoder.putCryptoHeader(buffer, at, 2L * (i % 500) + 1, 1) + 1),
    RESET_STREAM((buffer, at, _) -> FrameEncoder.putResetStream(buffer, at, 0, 0, 0)),
    RESET_STREAM_OF_EACH(
        (buffer, at, i) -> FrameEncoder.putResetStream(buffer, at, 4L * (i % STREAMS_MAX), i, 0)),
    STOP_SENDING((buffer, at, i) -> FrameEncoder.putStopSending(buffer, at, 0, i)),
    STOP_SENDING_OF_EACH(
        (buffer, at, i) -> FrameEncoder.putStopSending(buffer, at, 4L * (i % STREAMS_MAX), i)),
    MAX_DATA((buffer, at, i) -> FrameEncoder.putMaxData(buffer, at, 1 << 20 | i)),
    MAX_STREAM_DATA((buffer, at, i) -> FrameEncoder.putMaxStreamData(buffer, at, 0, i)),
    MAX_STREAMS((buffer, at, i) -> FrameEncoder.putMaxStreams(buffer, at, (i & 1) == 0, i)),
    DATA_BLOCKED((buffer, at, i) -> FrameEncoder.putDataBlocked(buffer, at, i)),
    STREAM_DATA_BLOCKED((buffer, at, i) -> FrameEncoder.putStreamDataBlocked(buffer, at, 0, i)),
    STREAMS_BLOCKED((buffer, at, i) -> FrameEncoder.putStreamsBlocked(buffer, at, true, i)),
    NEW_CONNECTION_ID((buffer, at, _) ->
        FrameEncoder.putNewConnectionId(
            buffer,
            at,
            100,
            100,
            ConnectionId.of(new byte[] {(byte) 0xc1}),
            StatelessResetToken.of(new byte[16]))),
    RETIRE_CONNECTION_ID((buffer, at, _) -> FrameEncoder.putRetireConnectionId(buffer, at, 1)),
    PATH_CHALLENGE(FrameEncoder::putPathChallenge),
    PATH_RESPONSE(FrameEncoder::putPathResponse),
    ACK_FREQUENCY(
        (buffer, at, i) -> FrameEncoder.putAckFrequency(buffer, at, i, i % 5, 25_000, i % 4)),
    IMMEDIATE_ACK((buffer, at, _) -> FrameEncoder.putImmediateAck(buffer, at)),
    DATAGRAM((buffer, at, _) -> FrameEncoder.putDatagramHeader(buffer, at, 0, true));

    @SuppressWarnings("ImmutableEnumChecker") // lambdas, which keep nothing
    private final Frame frame;

    Flood(Frame frame) {
      this.frame = frame;
    }

    private static AckRanges one() {
      AckRanges ranges = new AckRanges(1);
      ranges.add(1);
      return ranges;
    }
  }

  @ParameterizedTest
  @EnumSource
  void shouldCostLittle(Flood flood) {
    RogueClient rogue =
        new RogueClient(settings ->
            settings
                .bidirectionalStreamsMax(STREAMS_MAX)
                .streamWindowBytes(64 << 10)
                .streamWindowBytesMax(64 << 10)
                .connectionWindowBytes(64 << 10)
                .connectionWindowBytesMax(64 << 10)
                .datagramFrameBytesMax(1_200));
    rogue.connect();
    int number = fill(rogue, flood, 0);
    long sentBefore = rogue.pair.network.sentCount();
    int eventsBefore = rogue.pair.server.events.size();
    long allocated = 0;
    for (int i = 0; i < PACKETS; i++) {
      long before = Fuzz.allocatedBytes();
      number = fill(rogue, flood, number);
      allocated += Fuzz.allocatedBytes() - before;
      rogue.pair.network.runFor(SimulatedPair.SECOND / 1_000);
    }
    assertThat(allocated).isLessThan(ALLOCATED_PER_BYTE_MAX * PACKETS * PAYLOAD_BYTES);
    assertThat(rogue.pair.network.sentCount() - sentBefore)
        .isLessThanOrEqualTo(PACKETS + SENT_BESIDES_MAX);
    assertThat(rogue.pair.server.events.size() - eventsBefore).isLessThanOrEqualTo(PACKETS);
    assertThat(rogue.pair.serverPool.acquired()).isLessThanOrEqualTo(CHUNKS_MAX);
    rogue.assertTaken();
  }

  /** Sends one packet. */
  private static int fill(RogueClient rogue, Flood flood, int first) {
    int[] number = {first};
    rogue.send((buffer, at) -> {
      int length = 0;
      while (length < PAYLOAD_BYTES) {
        length += flood.frame.write(buffer, at + length, number[0]++);
      }
      return length;
    });
    return number[0];
  }
}
