package io.hypermesh.stoq.conformance;

import io.hypermesh.stoq.packet.FrameEncoder;
import io.hypermesh.stoq.packet.FrameType;
import io.hypermesh.stoq.packet.StatelessResetToken;
import io.hypermesh.stoq.packet.VarInt;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Writes frames, honest or not, as bytes. */
final class Frames {
  private interface Writer {
    int write(MemorySegment buffer, long offset);
  }

  private Frames() {}

  private static byte[] of(Writer writer) {
    byte[] bytes = new byte[1_200];
    return Arrays.copyOf(bytes, writer.write(MemorySegment.ofArray(bytes), 0));
  }

  /** Varints one after the other. */
  static byte[] raw(long... values) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] scratch = new byte[VarInt.LENGTH_MAX];
    for (long value : values) {
      out.write(scratch, 0, VarInt.put(MemorySegment.ofArray(scratch), 0, value));
    }
    return out.toByteArray();
  }

  static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  static byte[] ping() {
    return raw(FrameType.PING);
  }

  static byte[] stream(long id, long offset, int length, boolean fin) {
    byte[] header =
        of((buffer, at) -> FrameEncoder.putStreamHeader(buffer, at, id, offset, length, fin, true));
    return join(header, new byte[length]);
  }

  static byte[] crypto(long offset, byte[] data) {
    return join(raw(FrameType.CRYPTO, offset, data.length), data);
  }

  static byte[] resetStream(long id, long finalSize) {
    return raw(FrameType.RESET_STREAM, id, 0, finalSize);
  }

  static byte[] newConnectionId(long number, long prior, int idLength, int firstByte) {
    byte[] id = new byte[idLength];
    if (idLength > 0) {
      id[0] = (byte) firstByte;
    }
    return join(
        raw(FrameType.NEW_CONNECTION_ID, number, prior),
        new byte[] {(byte) idLength},
        id,
        new byte[StatelessResetToken.LENGTH]);
  }

  /** One range from {@code largest} down to {@code largest - first}. */
  static byte[] ack(long largest, long first) {
    return raw(FrameType.ACK, largest, 0, 0, first);
  }

  static byte[] datagram(int length) {
    return join(raw(FrameType.DATAGRAM_LENGTH, length), new byte[length]);
  }

  /** An example of a frame of this type, well formed. */
  static byte[] sample(int type) {
    return switch (type) {
      case FrameType.PADDING,
          FrameType.PING,
          FrameType.HANDSHAKE_DONE,
          FrameType.IMMEDIATE_ACK,
          FrameType.DATAGRAM ->
          raw(type);
      case FrameType.ACK -> ack(0, 0);
      case FrameType.ACK_ECN -> join(raw(type, 0, 0, 0, 0), raw(0, 0, 0));
      case FrameType.RESET_STREAM -> raw(type, 0, 0, 0);
      case FrameType.STOP_SENDING, FrameType.MAX_STREAM_DATA, FrameType.STREAM_DATA_BLOCKED ->
          raw(type, 0, 0);
      case FrameType.CRYPTO -> crypto(0, new byte[1]);
      case FrameType.NEW_TOKEN -> raw(type, 1, 1);
      case FrameType.MAX_DATA,
          FrameType.MAX_STREAMS_BIDIRECTIONAL,
          FrameType.MAX_STREAMS_UNIDIRECTIONAL,
          FrameType.DATA_BLOCKED,
          FrameType.STREAMS_BLOCKED_BIDIRECTIONAL,
          FrameType.STREAMS_BLOCKED_UNIDIRECTIONAL,
          FrameType.RETIRE_CONNECTION_ID ->
          raw(type, 1);
      case FrameType.NEW_CONNECTION_ID -> newConnectionId(2, 0, 8, 77);
      case FrameType.PATH_CHALLENGE, FrameType.PATH_RESPONSE -> join(raw(type), new byte[8]);
      case FrameType.CONNECTION_CLOSE -> raw(type, 0, 0, 0);
      case FrameType.ACK_FREQUENCY -> raw(type, 0, 1, 25_000, 1);
      case FrameType.CONNECTION_CLOSE_APPLICATION, FrameType.DATAGRAM_LENGTH -> raw(type, 0, 0);
      default -> {
        if (type >= FrameType.STREAM && type <= FrameType.STREAM_LAST) {
          yield raw(type, 0, 0, 0);
        }
        throw new IllegalArgumentException("no frame of type " + type);
      }
    };
  }
}
