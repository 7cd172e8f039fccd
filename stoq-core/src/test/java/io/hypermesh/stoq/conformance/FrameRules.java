package io.hypermesh.stoq.conformance;

import static io.hypermesh.stoq.conformance.Rule.Offenders.BOTH;
import static io.hypermesh.stoq.conformance.Rule.Offenders.CLIENT;
import static io.hypermesh.stoq.conformance.Rule.Offenders.SERVER;
import static io.hypermesh.stoq.packet.EncryptionLevel.HANDSHAKE;
import static io.hypermesh.stoq.packet.EncryptionLevel.INITIAL;
import static io.hypermesh.stoq.packet.EncryptionLevel.ONE_RTT;
import static io.hypermesh.stoq.packet.TransportErrorCode.CONNECTION_ID_LIMIT_ERROR;
import static io.hypermesh.stoq.packet.TransportErrorCode.FRAME_ENCODING_ERROR;
import static io.hypermesh.stoq.packet.TransportErrorCode.PROTOCOL_VIOLATION;

import io.hypermesh.stoq.conformance.Rule.Offenders;
import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.packet.FrameType;
import java.util.ArrayList;
import java.util.List;

/** Frames: malformed ones, ones at a level that isn't theirs, and connection IDs. */
final class FrameRules {
  private static final long VARINT_MAX = (1L << 62) - 1;

  private FrameRules() {}

  private static Rule row(
      String section, String offence, Offenders who, long code, long type, byte[]... frames) {
    return new Rule(
        section,
        offence,
        who,
        code,
        type,
        rogue -> {
          rogue.connect();
          for (byte[] frame : frames) {
            rogue.send(ONE_RTT, frame);
          }
        });
  }

  private static Rule both(String section, String offence, long code, long type, byte[]... frames) {
    return row("RFC 9000, " + section, offence, BOTH, code, type, frames);
  }

  private static Rule at(
      EncryptionLevel level, String section, String offence, long code, long type, byte[] frame) {
    return new Rule(
        "RFC 9000, " + section,
        offence,
        BOTH,
        code,
        type,
        rogue -> rogue.reach(level).send(level, frame));
  }

  /** Each frame type at each level that it must not come at (12.4, table 3). */
  static List<Rule> levels() {
    List<Rule> rules = new ArrayList<>();
    for (EncryptionLevel level : List.of(INITIAL, HANDSHAKE)) {
      for (int type = 0; type <= FrameType.DATAGRAM_LENGTH; type++) {
        boolean oneStream = type <= FrameType.STREAM || type > FrameType.STREAM_LAST;
        if (oneStream && FrameType.isKnown(type) && !belongsIn(type)) {
          rules.add(
              at(
                  level,
                  type == FrameType.CONNECTION_CLOSE_APPLICATION ? "12.4 and 10.2.3" : "12.4",
                  name(type) + " in a packet of level " + level,
                  PROTOCOL_VIOLATION,
                  type,
                  Frames.sample(type)));
        }
      }
      rules.add(
          at(
              level,
              "12.4",
              "a frame of unknown type in a packet of level " + level,
              FRAME_ENCODING_ERROR,
              0x21,
              Frames.raw(0x21)));
      rules.add(
          at(
              level,
              "12.4",
              "no frames in a packet of level " + level,
              PROTOCOL_VIOLATION,
              Rule.ANY_FRAME,
              new byte[0]));
    }
    return rules;
  }

  private static boolean belongsIn(int type) {
    return switch (type) {
      case FrameType.PADDING,
          FrameType.PING,
          FrameType.ACK,
          FrameType.ACK_ECN,
          FrameType.CRYPTO,
          FrameType.CONNECTION_CLOSE ->
          true;
      default -> false;
    };
  }

  private static String name(int type) {
    return switch (type) {
      case FrameType.RESET_STREAM -> "RESET_STREAM";
      case FrameType.STOP_SENDING -> "STOP_SENDING";
      case FrameType.NEW_TOKEN -> "NEW_TOKEN";
      case FrameType.STREAM -> "STREAM";
      case FrameType.MAX_DATA -> "MAX_DATA";
      case FrameType.MAX_STREAM_DATA -> "MAX_STREAM_DATA";
      case FrameType.MAX_STREAMS_BIDIRECTIONAL -> "MAX_STREAMS (bidirectional)";
      case FrameType.MAX_STREAMS_UNIDIRECTIONAL -> "MAX_STREAMS (unidirectional)";
      case FrameType.DATA_BLOCKED -> "DATA_BLOCKED";
      case FrameType.STREAM_DATA_BLOCKED -> "STREAM_DATA_BLOCKED";
      case FrameType.STREAMS_BLOCKED_BIDIRECTIONAL -> "STREAMS_BLOCKED (bidirectional)";
      case FrameType.STREAMS_BLOCKED_UNIDIRECTIONAL -> "STREAMS_BLOCKED (unidirectional)";
      case FrameType.NEW_CONNECTION_ID -> "NEW_CONNECTION_ID";
      case FrameType.RETIRE_CONNECTION_ID -> "RETIRE_CONNECTION_ID";
      case FrameType.PATH_CHALLENGE -> "PATH_CHALLENGE";
      case FrameType.PATH_RESPONSE -> "PATH_RESPONSE";
      case FrameType.CONNECTION_CLOSE_APPLICATION -> "CONNECTION_CLOSE of the application";
      case FrameType.HANDSHAKE_DONE -> "HANDSHAKE_DONE";
      case FrameType.IMMEDIATE_ACK -> "IMMEDIATE_ACK";
      case FrameType.DATAGRAM -> "DATAGRAM";
      case FrameType.DATAGRAM_LENGTH -> "DATAGRAM with a length";
      default -> "frame type " + type;
    };
  }

  static List<Rule> formats() {
    return List.of(
        both("12.4", "a frame of unknown type", FRAME_ENCODING_ERROR, 0x20, Frames.raw(0x20)),
        both(
            "12.4",
            "a frame type in a longer encoding than necessary",
            PROTOCOL_VIOLATION,
            FrameType.PING,
            new byte[] {0x40, 0x01}),
        both("12.4", "no frames in a packet", PROTOCOL_VIOLATION, Rule.ANY_FRAME, new byte[0]),
        both(
            "19",
            "a frame that is cut short",
            FRAME_ENCODING_ERROR,
            FrameType.MAX_STREAM_DATA,
            Frames.raw(FrameType.MAX_STREAM_DATA, 1)),
        both(
            "19.3.1",
            "ACK with a first range below packet number 0",
            FRAME_ENCODING_ERROR,
            FrameType.ACK,
            Frames.ack(0, 1)),
        both(
            "19.3.1",
            "ACK with a gap below packet number 0",
            FRAME_ENCODING_ERROR,
            FrameType.ACK,
            Frames.raw(FrameType.ACK, 0, 0, 1, 0, 0, 0)),
        both(
            "13.1",
            "ACK of a packet that wasn't sent",
            PROTOCOL_VIOLATION,
            FrameType.ACK,
            Frames.ack(5_000, 0)),
        at(
            INITIAL,
            "13.1",
            "ACK of an Initial packet that wasn't sent",
            PROTOCOL_VIOLATION,
            FrameType.ACK,
            Frames.ack(5_000, 0)),
        at(
            HANDSHAKE,
            "13.1",
            "ACK of a Handshake packet that wasn't sent",
            PROTOCOL_VIOLATION,
            FrameType.ACK,
            Frames.ack(5_000, 0)),
        both(
            "19.8",
            "STREAM that ends beyond 2^62-1",
            FRAME_ENCODING_ERROR,
            FrameType.STREAM | FrameType.STREAM_OFFSET | FrameType.STREAM_LENGTH,
            Frames.join(Frames.raw(0x0e, 0, VARINT_MAX, 1), new byte[1])),
        both(
            "19.6",
            "CRYPTO that ends beyond 2^62-1",
            FRAME_ENCODING_ERROR,
            FrameType.CRYPTO,
            Frames.crypto(VARINT_MAX, new byte[1])),
        both(
            "19.6",
            "CRYPTO that is longer than its packet",
            FRAME_ENCODING_ERROR,
            FrameType.CRYPTO,
            Frames.raw(FrameType.CRYPTO, 0, 100)),
        row(
            "RFC 9000, 19.7",
            "NEW_TOKEN from a client",
            CLIENT,
            PROTOCOL_VIOLATION,
            FrameType.NEW_TOKEN,
            Frames.sample(FrameType.NEW_TOKEN)),
        row(
            "RFC 9000, 19.7",
            "NEW_TOKEN with an empty token",
            SERVER,
            FRAME_ENCODING_ERROR,
            FrameType.NEW_TOKEN,
            Frames.raw(FrameType.NEW_TOKEN, 0)),
        row(
            "RFC 9000, 19.20",
            "HANDSHAKE_DONE from a client",
            CLIENT,
            PROTOCOL_VIOLATION,
            FrameType.HANDSHAKE_DONE,
            Frames.sample(FrameType.HANDSHAKE_DONE)));
  }

  static List<Rule> connectionIds() {
    return List.of(
        both(
            "5.1.1",
            "more connection IDs than active_connection_id_limit",
            CONNECTION_ID_LIMIT_ERROR,
            FrameType.NEW_CONNECTION_ID,
            ids(10)),
        both(
            "5.1.2",
            "more retirements than are borne",
            CONNECTION_ID_LIMIT_ERROR,
            FrameType.NEW_CONNECTION_ID,
            retirements(100)),
        both(
            "19.15",
            "NEW_CONNECTION_ID with an ID of no bytes",
            FRAME_ENCODING_ERROR,
            FrameType.NEW_CONNECTION_ID,
            Frames.newConnectionId(1, 0, 0, 0)),
        both(
            "19.15",
            "NEW_CONNECTION_ID with an ID of 21 bytes",
            FRAME_ENCODING_ERROR,
            FrameType.NEW_CONNECTION_ID,
            Frames.newConnectionId(1, 0, 21, 1)),
        both(
            "19.15",
            "NEW_CONNECTION_ID that retires beyond itself",
            FRAME_ENCODING_ERROR,
            FrameType.NEW_CONNECTION_ID,
            Frames.newConnectionId(1, 2, 8, 1)),
        both(
            "19.15",
            "NEW_CONNECTION_ID with a number that another ID had",
            PROTOCOL_VIOLATION,
            FrameType.NEW_CONNECTION_ID,
            Frames.newConnectionId(1, 0, 8, 1),
            Frames.newConnectionId(1, 0, 8, 2)),
        both(
            "19.15",
            "NEW_CONNECTION_ID with an ID that had another number",
            PROTOCOL_VIOLATION,
            FrameType.NEW_CONNECTION_ID,
            Frames.newConnectionId(1, 0, 8, 1),
            Frames.newConnectionId(2, 0, 8, 1)),
        new Rule(
            "RFC 9000, 19.15",
            "NEW_CONNECTION_ID from a peer whose IDs have no bytes",
            BOTH,
            PROTOCOL_VIOLATION,
            FrameType.NEW_CONNECTION_ID,
            rogue -> {
              rogue.sourceId = ConnectionId.of(new byte[0]);
              rogue.connect().send(ONE_RTT, Frames.newConnectionId(1, 0, 8, 1));
            }),
        both(
            "19.16",
            "RETIRE_CONNECTION_ID of an ID that wasn't issued",
            PROTOCOL_VIOLATION,
            FrameType.RETIRE_CONNECTION_ID,
            Frames.raw(FrameType.RETIRE_CONNECTION_ID, 99)),
        both(
            "19.16",
            "RETIRE_CONNECTION_ID of the ID that its packet goes to",
            PROTOCOL_VIOLATION,
            FrameType.RETIRE_CONNECTION_ID,
            Frames.raw(FrameType.RETIRE_CONNECTION_ID, 0)));
  }

  private static byte[][] ids(int count) {
    byte[][] frames = new byte[count][];
    for (int i = 0; i < count; i++) {
      frames[i] = Frames.newConnectionId(i + 1, 0, 8, i + 1);
    }
    return frames;
  }

  private static byte[][] retirements(int count) {
    byte[][] frames = new byte[count][];
    for (int i = 0; i < count; i++) {
      frames[i] = Frames.newConnectionId(i + 1, i + 1, 8, i + 1);
    }
    return frames;
  }

  static List<Rule> ackFrequency() {
    return List.of(
        row(
            "draft-ietf-quic-ack-frequency-14, 4",
            "ACK_FREQUENCY that asks for less than min_ack_delay",
            BOTH,
            PROTOCOL_VIOLATION,
            FrameType.ACK_FREQUENCY,
            Frames.raw(FrameType.ACK_FREQUENCY, 0, 1, 0, 1)),
        row(
            "draft-ietf-quic-ack-frequency-14, 4",
            "ACK_FREQUENCY that asks for 2^14 milliseconds",
            BOTH,
            PROTOCOL_VIOLATION,
            FrameType.ACK_FREQUENCY,
            Frames.raw(FrameType.ACK_FREQUENCY, 0, 1, (1 << 14) * 1_000, 1)));
  }

  static List<Rule> datagrams() {
    Rule.Act notOffered =
        rogue -> {
          rogue.victimSettings(settings -> settings.datagramFrameBytesMax(0)).connect();
          rogue.send(ONE_RTT, Frames.datagram(1));
        };
    Rule.Act tooLarge =
        rogue -> {
          rogue.victimSettings(settings -> settings.datagramFrameBytesMax(100)).connect();
          rogue.send(ONE_RTT, Frames.datagram(99));
        };
    return List.of(
        new Rule(
            "RFC 9221, 3",
            "DATAGRAM where max_datagram_frame_size wasn't offered",
            BOTH,
            PROTOCOL_VIOLATION,
            Rule.ANY_FRAME,
            notOffered),
        new Rule(
            "RFC 9221, 3",
            "DATAGRAM larger than max_datagram_frame_size",
            BOTH,
            PROTOCOL_VIOLATION,
            Rule.ANY_FRAME,
            tooLarge));
  }
}
