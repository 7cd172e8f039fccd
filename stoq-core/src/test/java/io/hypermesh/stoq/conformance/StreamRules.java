package io.hypermesh.stoq.conformance;

import static io.hypermesh.stoq.conformance.Rule.Offenders.BOTH;
import static io.hypermesh.stoq.packet.EncryptionLevel.ONE_RTT;
import static io.hypermesh.stoq.packet.TransportErrorCode.FINAL_SIZE_ERROR;
import static io.hypermesh.stoq.packet.TransportErrorCode.FLOW_CONTROL_ERROR;
import static io.hypermesh.stoq.packet.TransportErrorCode.FRAME_ENCODING_ERROR;
import static io.hypermesh.stoq.packet.TransportErrorCode.STREAM_LIMIT_ERROR;
import static io.hypermesh.stoq.packet.TransportErrorCode.STREAM_STATE_ERROR;

import io.hypermesh.stoq.packet.FrameType;
import java.util.List;
import java.util.function.Function;

/** Streams: their credit, their number, their ends, and who may say what about them. */
final class StreamRules {
  private static final long TOO_MANY = (1L << 60) + 1;

  private StreamRules() {}

  private static Rule row(
      String section, String offence, long code, long type, Function<RoguePeer, byte[][]> frames) {
    return new Rule(
        "RFC 9000, " + section,
        offence,
        BOTH,
        code,
        type,
        rogue -> {
          rogue.connect();
          for (byte[] frame : frames.apply(rogue)) {
            rogue.send(ONE_RTT, frame);
          }
        });
  }

  private static byte[][] frames(byte[]... frames) {
    return frames;
  }

  static List<Rule> credit() {
    return List.of(
        row(
            "4.1",
            "STREAM with bytes beyond the stream's credit",
            FLOW_CONTROL_ERROR,
            FrameType.STREAM,
            rogue -> frames(Frames.stream(rogue.ownStream(0, true), 900, 101, false))),
        row(
            "4.1",
            "STREAM far beyond the stream's credit",
            FLOW_CONTROL_ERROR,
            FrameType.STREAM,
            rogue -> frames(Frames.stream(rogue.ownStream(0, false), 1L << 40, 1, true))),
        row(
            "4.1",
            "STREAM with bytes beyond the connection's credit",
            FLOW_CONTROL_ERROR,
            FrameType.STREAM,
            rogue ->
                frames(
                    Frames.stream(rogue.ownStream(0, true), 0, 1_000, false),
                    Frames.stream(rogue.ownStream(1, true), 0, 501, false))),
        row(
            "4.5",
            "RESET_STREAM with a final size beyond the stream's credit",
            FLOW_CONTROL_ERROR,
            FrameType.RESET_STREAM,
            rogue -> frames(Frames.resetStream(rogue.ownStream(0, true), 1_001))),
        row(
            "4.5",
            "RESET_STREAM with a final size beyond the connection's credit",
            FLOW_CONTROL_ERROR,
            FrameType.RESET_STREAM,
            rogue ->
                frames(
                    Frames.stream(rogue.ownStream(0, true), 0, 1_000, false),
                    Frames.resetStream(rogue.ownStream(1, true), 501))),
        row(
            "4.5",
            "STREAM with bytes beyond the final size",
            FINAL_SIZE_ERROR,
            FrameType.STREAM,
            rogue ->
                frames(
                    Frames.stream(rogue.ownStream(0, true), 0, 10, true),
                    Frames.stream(rogue.ownStream(0, true), 10, 1, false))),
        row(
            "4.5",
            "STREAM with FIN at another final size",
            FINAL_SIZE_ERROR,
            FrameType.STREAM,
            rogue ->
                frames(
                    Frames.stream(rogue.ownStream(0, true), 20, 10, true),
                    Frames.stream(rogue.ownStream(0, true), 0, 10, true))),
        row(
            "4.5",
            "STREAM with FIN below bytes that came",
            FINAL_SIZE_ERROR,
            FrameType.STREAM,
            rogue ->
                frames(
                    Frames.stream(rogue.ownStream(0, false), 0, 10, false),
                    Frames.stream(rogue.ownStream(0, false), 0, 9, true))),
        row(
            "4.5",
            "RESET_STREAM at another final size than FIN",
            FINAL_SIZE_ERROR,
            FrameType.RESET_STREAM,
            rogue ->
                frames(
                    Frames.stream(rogue.ownStream(0, true), 0, 10, true),
                    Frames.resetStream(rogue.ownStream(0, true), 11))),
        row(
            "4.5",
            "RESET_STREAM below bytes that came",
            FINAL_SIZE_ERROR,
            FrameType.RESET_STREAM,
            rogue ->
                frames(
                    Frames.stream(rogue.ownStream(0, true), 0, 10, false),
                    Frames.resetStream(rogue.ownStream(0, true), 9))),
        row(
            "4.5",
            "RESET_STREAM at another final size than the RESET_STREAM before",
            FINAL_SIZE_ERROR,
            FrameType.RESET_STREAM,
            rogue ->
                frames(
                    Frames.resetStream(rogue.ownStream(0, true), 10),
                    Frames.resetStream(rogue.ownStream(0, true), 11))),
        row(
            "4.5",
            "STREAM beyond the final size of a RESET_STREAM",
            FINAL_SIZE_ERROR,
            FrameType.STREAM,
            rogue ->
                frames(
                    Frames.resetStream(rogue.ownStream(0, true), 10),
                    Frames.stream(rogue.ownStream(0, true), 0, 11, false))));
  }

  static List<Rule> limits() {
    return List.of(
        row(
            "4.6",
            "STREAM on a bidirectional stream beyond the limit",
            STREAM_LIMIT_ERROR,
            FrameType.STREAM,
            rogue -> frames(Frames.stream(rogue.ownStream(2, true), 0, 1, false))),
        row(
            "4.6",
            "STREAM on a unidirectional stream beyond the limit",
            STREAM_LIMIT_ERROR,
            FrameType.STREAM,
            rogue -> frames(Frames.stream(rogue.ownStream(2, false), 0, 1, false))),
        row(
            "4.6",
            "RESET_STREAM on a stream beyond the limit",
            STREAM_LIMIT_ERROR,
            FrameType.RESET_STREAM,
            rogue -> frames(Frames.resetStream(rogue.ownStream(250_000_000, true), 0))),
        row(
            "4.6",
            "STREAM_DATA_BLOCKED on a stream beyond the limit",
            STREAM_LIMIT_ERROR,
            FrameType.STREAM_DATA_BLOCKED,
            rogue ->
                frames(Frames.raw(FrameType.STREAM_DATA_BLOCKED, rogue.ownStream(2, false), 0))),
        row(
            "4.6",
            "MAX_STREAM_DATA on a stream beyond the limit",
            STREAM_LIMIT_ERROR,
            FrameType.MAX_STREAM_DATA,
            rogue -> frames(Frames.raw(FrameType.MAX_STREAM_DATA, rogue.ownStream(2, true), 0))),
        row(
            "4.6",
            "STOP_SENDING on a stream beyond the limit",
            STREAM_LIMIT_ERROR,
            FrameType.STOP_SENDING,
            rogue -> frames(Frames.raw(FrameType.STOP_SENDING, rogue.ownStream(2, true), 0))),
        row(
            "4.6 and 19.11",
            "MAX_STREAMS for more than 2^60 bidirectional streams",
            FRAME_ENCODING_ERROR,
            FrameType.MAX_STREAMS_BIDIRECTIONAL,
            rogue -> frames(Frames.raw(FrameType.MAX_STREAMS_BIDIRECTIONAL, TOO_MANY))),
        row(
            "4.6 and 19.11",
            "MAX_STREAMS for more than 2^60 unidirectional streams",
            FRAME_ENCODING_ERROR,
            FrameType.MAX_STREAMS_UNIDIRECTIONAL,
            rogue -> frames(Frames.raw(FrameType.MAX_STREAMS_UNIDIRECTIONAL, TOO_MANY))),
        row(
            "19.14",
            "STREAMS_BLOCKED at more than 2^60 bidirectional streams",
            FRAME_ENCODING_ERROR,
            FrameType.STREAMS_BLOCKED_BIDIRECTIONAL,
            rogue -> frames(Frames.raw(FrameType.STREAMS_BLOCKED_BIDIRECTIONAL, TOO_MANY))),
        row(
            "19.14",
            "STREAMS_BLOCKED at more than 2^60 unidirectional streams",
            FRAME_ENCODING_ERROR,
            FrameType.STREAMS_BLOCKED_UNIDIRECTIONAL,
            rogue -> frames(Frames.raw(FrameType.STREAMS_BLOCKED_UNIDIRECTIONAL, TOO_MANY))));
  }

  static List<Rule> states() {
    return List.of(
        row(
            "19.4",
            "RESET_STREAM on a stream that only its receiver sends on",
            STREAM_STATE_ERROR,
            FrameType.RESET_STREAM,
            rogue -> {
              rogue.victim.connection.openUnidirectional();
              return frames(Frames.resetStream(rogue.victimsStream(0, false), 0));
            }),
        row(
            "19.4",
            "RESET_STREAM on a stream of its receiver that isn't open yet",
            STREAM_STATE_ERROR,
            FrameType.RESET_STREAM,
            rogue -> frames(Frames.resetStream(rogue.victimsStream(0, true), 0))),
        row(
            "19.5",
            "STOP_SENDING on a stream of its receiver that isn't open yet",
            STREAM_STATE_ERROR,
            FrameType.STOP_SENDING,
            rogue -> frames(Frames.raw(FrameType.STOP_SENDING, rogue.victimsStream(0, true), 0))),
        row(
            "19.5",
            "STOP_SENDING on a stream that only its sender sends on",
            STREAM_STATE_ERROR,
            FrameType.STOP_SENDING,
            rogue -> frames(Frames.raw(FrameType.STOP_SENDING, rogue.ownStream(0, false), 0))),
        row(
            "19.8",
            "STREAM on a bidirectional stream of its receiver that isn't open yet",
            STREAM_STATE_ERROR,
            FrameType.STREAM,
            rogue -> frames(Frames.stream(rogue.victimsStream(0, true), 0, 0, false))),
        row(
            "19.8",
            "STREAM on a stream that only its receiver sends on",
            STREAM_STATE_ERROR,
            FrameType.STREAM,
            rogue -> {
              rogue.victim.connection.openUnidirectional();
              return frames(Frames.stream(rogue.victimsStream(0, false), 0, 0, false));
            }),
        row(
            "19.10",
            "MAX_STREAM_DATA on a stream of its receiver that isn't open yet",
            STREAM_STATE_ERROR,
            FrameType.MAX_STREAM_DATA,
            rogue ->
                frames(Frames.raw(FrameType.MAX_STREAM_DATA, rogue.victimsStream(25, true), 9))),
        row(
            "19.10",
            "MAX_STREAM_DATA on a stream that only its sender sends on",
            STREAM_STATE_ERROR,
            FrameType.MAX_STREAM_DATA,
            rogue -> frames(Frames.raw(FrameType.MAX_STREAM_DATA, rogue.ownStream(0, false), 9))),
        row(
            "19.13",
            "STREAM_DATA_BLOCKED on a stream that only its receiver sends on",
            STREAM_STATE_ERROR,
            FrameType.STREAM_DATA_BLOCKED,
            rogue -> {
              rogue.victim.connection.openUnidirectional();
              return frames(
                  Frames.raw(FrameType.STREAM_DATA_BLOCKED, rogue.victimsStream(0, false), 0));
            }),
        row(
            "19.13",
            "STREAM_DATA_BLOCKED on a stream of its receiver that isn't open yet",
            STREAM_STATE_ERROR,
            FrameType.STREAM_DATA_BLOCKED,
            rogue ->
                frames(
                    Frames.raw(FrameType.STREAM_DATA_BLOCKED, rogue.victimsStream(0, true), 0))));
  }
}
