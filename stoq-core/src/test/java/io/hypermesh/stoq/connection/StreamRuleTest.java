package io.hypermesh.stoq.connection;

import static io.hypermesh.stoq.connection.RogueClient.stream;
import static io.hypermesh.stoq.packet.TransportErrorCode.FINAL_SIZE_ERROR;
import static io.hypermesh.stoq.packet.TransportErrorCode.FLOW_CONTROL_ERROR;
import static io.hypermesh.stoq.packet.TransportErrorCode.FRAME_ENCODING_ERROR;
import static io.hypermesh.stoq.packet.TransportErrorCode.STREAM_LIMIT_ERROR;
import static io.hypermesh.stoq.packet.TransportErrorCode.STREAM_STATE_ERROR;
import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.connection.RogueClient.Frames;
import io.hypermesh.stoq.packet.FrameEncoder;
import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.packet.VarInt;
import io.hypermesh.stoq.stream.Stream;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every MUST of RFC 9000, 2 to 4 and 19 about the frames of streams, and the error code that it
 * names. The server allows two streams of each kind, 1,000 bytes on each, 1,500 on all.
 */
class StreamRuleTest {
  private static final long BEYOND = (1L << 60) + 1;

  private static Arguments rule(String name, long code, Frames... frames) {
    return Arguments.of(name, code, List.of(frames));
  }

  private static Frames reset(long id, long finalSize) {
    return (buffer, at) -> FrameEncoder.putResetStream(buffer, at, id, 1, finalSize);
  }

  private static Frames stop(long id) {
    return (buffer, at) -> FrameEncoder.putStopSending(buffer, at, id, 1);
  }

  private static Frames maxStreamData(long id) {
    return (buffer, at) -> FrameEncoder.putMaxStreamData(buffer, at, id, 1);
  }

  private static Frames streamDataBlocked(long id) {
    return (buffer, at) -> FrameEncoder.putStreamDataBlocked(buffer, at, id, 1);
  }

  private static Frames number(int type, long value) {
    return (buffer, at) -> {
      int length = VarInt.put(buffer, at, type);
      return length + VarInt.put(buffer, at + length, value);
    };
  }

  static List<Arguments> broken() {
    return List.of(
        // 0 and 2 are a client's, 1 and 3 a server's; 2 and 3 go one way.
        rule("19.8: STREAM on one that only the server sends on", STREAM_STATE_ERROR, s(3)),
        rule("19.8: STREAM on one that the server didn't open", STREAM_STATE_ERROR, s(1)),
        rule("19.4: RESET_STREAM on a send-only one", STREAM_STATE_ERROR, reset(3, 0)),
        rule("19.4: RESET_STREAM on one not opened", STREAM_STATE_ERROR, reset(1, 0)),
        rule("19.5: STOP_SENDING on a receive-only one", STREAM_STATE_ERROR, stop(2)),
        rule("19.5: STOP_SENDING on one not opened", STREAM_STATE_ERROR, stop(1)),
        rule("19.5: STOP_SENDING on one way, not opened", STREAM_STATE_ERROR, stop(3)),
        rule("19.10: MAX_STREAM_DATA on a receive-only one", STREAM_STATE_ERROR, maxStreamData(2)),
        rule("19.10: MAX_STREAM_DATA on one not opened", STREAM_STATE_ERROR, maxStreamData(1)),
        rule("19.13: STREAM_DATA_BLOCKED, send-only", STREAM_STATE_ERROR, streamDataBlocked(3)),
        rule("19.13: STREAM_DATA_BLOCKED, not opened", STREAM_STATE_ERROR, streamDataBlocked(1)),
        rule("4.6: STREAM beyond the limit", STREAM_LIMIT_ERROR, s(8)),
        rule("4.6: STREAM one way beyond the limit", STREAM_LIMIT_ERROR, s(10)),
        rule("4.6: RESET_STREAM beyond the limit", STREAM_LIMIT_ERROR, reset(8, 0)),
        rule("4.6: STOP_SENDING beyond the limit", STREAM_LIMIT_ERROR, stop(8)),
        rule("4.6: MAX_STREAM_DATA beyond the limit", STREAM_LIMIT_ERROR, maxStreamData(8)),
        rule("4.6: STREAM_DATA_BLOCKED beyond", STREAM_LIMIT_ERROR, streamDataBlocked(10)),
        rule("4.1: beyond the stream's credit", FLOW_CONTROL_ERROR, stream(0, 999, 2, false)),
        rule("4.1: a final size beyond it", FLOW_CONTROL_ERROR, reset(0, 1_001)),
        rule(
            "4.1: beyond the connection's credit",
            FLOW_CONTROL_ERROR,
            stream(0, 999, 1, false),
            stream(4, 500, 1, false)),
        rule(
            "4.5: a final size counts for the connection's credit",
            FLOW_CONTROL_ERROR,
            stream(4, 999, 1, false),
            reset(0, 501)),
        rule("4.5: bytes after the end", FINAL_SIZE_ERROR, fin(0, 10), stream(0, 10, 1, false)),
        rule("4.5: a smaller end", FINAL_SIZE_ERROR, fin(0, 10), fin(0, 9)),
        rule("4.5: a larger end", FINAL_SIZE_ERROR, fin(0, 10), fin(0, 11)),
        rule("4.5: an end below what came", FINAL_SIZE_ERROR, stream(0, 0, 10, false), fin(0, 9)),
        rule("4.5: a reset below it", FINAL_SIZE_ERROR, stream(0, 0, 10, false), reset(0, 9)),
        rule("4.5: a reset at another size", FINAL_SIZE_ERROR, fin(0, 10), reset(0, 11)),
        rule("4.5: two resets that differ", FINAL_SIZE_ERROR, reset(0, 10), reset(0, 11)),
        rule("4.5: bytes after a reset", FINAL_SIZE_ERROR, reset(0, 5), stream(0, 5, 1, false)),
        rule("4.5: an end after a reset", FINAL_SIZE_ERROR, reset(0, 5), fin(0, 4)),
        rule("19.8: beyond 2^62-1", FRAME_ENCODING_ERROR, stream(0, VarInt.MAX, 1, false)),
        rule("19.11: MAX_STREAMS over 2^60", FRAME_ENCODING_ERROR, number(0x12, BEYOND)),
        rule("19.11: one way, too", FRAME_ENCODING_ERROR, number(0x13, BEYOND)),
        rule("19.14: STREAMS_BLOCKED over 2^60", FRAME_ENCODING_ERROR, number(0x16, BEYOND)),
        rule("19.14: one way, too", FRAME_ENCODING_ERROR, number(0x17, BEYOND)));
  }

  private static Frames s(long id) {
    return stream(id, 0, 1, false);
  }

  private static Frames fin(long id, int size) {
    return stream(id, 0, size, true);
  }

  static List<Arguments> kept() {
    return List.of(
        rule("19.9: a smaller MAX_DATA", 0, number(0x10, 1)),
        rule("19.10: a smaller MAX_STREAM_DATA", 0, s(0), maxStreamData(0)),
        rule("19.11: a smaller MAX_STREAMS", 0, number(0x12, 0)),
        rule("19.11: the largest", 0, number(0x12, 1L << 60)),
        rule("19.12: DATA_BLOCKED at any value", 0, number(0x14, VarInt.MAX)),
        rule("19.14: STREAMS_BLOCKED at any value", 0, number(0x16, 1L << 60)),
        rule("2.2: bytes that came before", 0, s(0), s(0)),
        rule("19.8: an empty frame opens a stream", 0, stream(0, 0, 0, false)),
        rule("19.8: an empty frame at the limit", 0, stream(0, 1_000, 0, false)),
        rule("19.8: an end without bytes", 0, s(0), stream(0, 1, 0, true), stream(0, 1, 0, true)),
        rule("3.2: a reset after the end", 0, fin(0, 10), reset(0, 10)),
        rule("3.2: a reset twice", 0, reset(0, 10), reset(0, 10)),
        rule("3.2: bytes below the size of a reset", 0, reset(0, 10), stream(0, 5, 5, false)),
        rule("3.5: STOP_SENDING twice", 0, stop(0), stop(0)),
        rule("3.3: STOP_SENDING and reset together", 0, stop(0), reset(0, 0), stop(0)),
        rule("3.2: frames for a stream that is done", 0, reset(2, 0), s(2), reset(2, 9)));
  }

  private static RogueClient send(List<Frames> frames) {
    RogueClient rogue =
        new RogueClient(settings ->
            settings
                .streamWindowBytes(1_000)
                .connectionWindowBytes(1_500)
                .bidirectionalStreamsMax(2)
                .unidirectionalStreamsMax(2));
    rogue.connect();
    for (Frames each : frames.subList(0, frames.size() - 1)) {
      rogue.send(each);
      rogue.assertTaken();
    }
    rogue.send(frames.getLast());
    return rogue;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("broken")
  void shouldRefuseWhatBreaksTheRule(String name, long code, List<Frames> frames) {
    send(frames).assertClosedWith(code);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("kept")
  void shouldTakeWhatKeepsTheRule(String name, long code, List<Frames> frames) {
    send(frames).assertTaken();
  }

  @ParameterizedTest(name = "{0} streams at once")
  @org.junit.jupiter.params.provider.ValueSource(ints = {1, 100})
  void shouldHoldAPeerThatOpensAndResetsStreamsToItsLimit(int atOnce) {
    RogueClient rogue = new RogueClient(settings -> settings.unidirectionalStreamsMax(atOnce));
    rogue.connect();
    long events = rogue.pair.server.events.size();
    MemorySegment packet = MemorySegment.ofArray(new byte[1_500]);
    long next = 2;
    for (int round = 0; round < 5; round++) {
      // As many as the server has told that it takes: the next ones have to wait for MAX_STREAMS.
      for (int i = 0; i < atOnce; i++, next += 4) {
        rogue.send(reset(next, 0));
        rogue.assertTaken();
      }
      List<Stream> open = rogue.pair.server.streams();
      assertThat(open.stream().filter(s -> !s.receiveState().isTerminal())).isEmpty();
      while (rogue.pair.server.pollTransmit(packet, rogue.pair.network.nowNanos()) > 0) {
        // MAX_STREAMS goes out.
      }
    }
    // Opened, readable and closed: nothing more is kept or told of any.
    assertThat(rogue.pair.server.events.size() - events).isLessThanOrEqualTo(5L * 3 * atOnce);
    for (int i = 0; i < atOnce; i++, next += 4) {
      rogue.send(reset(next, 0));
    }
    rogue.assertTaken();
    rogue.send(reset(next, 0));
    rogue.assertClosedWith(TransportErrorCode.STREAM_LIMIT_ERROR);
  }
}
