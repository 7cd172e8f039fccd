package io.hypermesh.stoq.conformance;

import io.hypermesh.stoq.packet.VarInt;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.UnaryOperator;

/** Changes to encoded transport parameters (RFC 9000, 18). */
final class ParameterBytes {
  private ParameterBytes() {}

  private static byte[] encode(long id, byte[] value) {
    return Frames.join(Frames.raw(id, value.length), value);
  }

  /** Leaves one out. */
  static UnaryOperator<byte[]> without(long id) {
    return encoded -> {
      MemorySegment buffer = MemorySegment.ofArray(encoded);
      byte[] kept = new byte[0];
      int at = 0;
      while (at < encoded.length) {
        int start = at;
        long found = VarInt.get(buffer, at);
        at += VarInt.lengthOf(encoded[at]);
        int length = (int) VarInt.get(buffer, at);
        at += VarInt.lengthOf(encoded[at]) + length;
        if (found != id) {
          kept = Frames.join(kept, Arrays.copyOfRange(encoded, start, at));
        }
      }
      return kept;
    };
  }

  /** Puts one in, or in the place of the one that is there. */
  static UnaryOperator<byte[]> with(long id, byte... value) {
    return encoded -> Frames.join(without(id).apply(encoded), encode(id, value));
  }

  /** Puts a number in. */
  static UnaryOperator<byte[]> withNumber(long id, long value) {
    return with(id, Frames.raw(value));
  }

  /** Puts one in twice. */
  static UnaryOperator<byte[]> twice(long id, byte... value) {
    return encoded -> Frames.join(with(id, value).apply(encoded), encode(id, value));
  }

  /** Adds bytes that are no whole parameter. */
  static UnaryOperator<byte[]> followedBy(byte... bytes) {
    return encoded -> Frames.join(encoded, bytes);
  }
}
