package io.hypermesh.stoq.packet;

import java.lang.foreign.MemorySegment;

/**
 * Variable-length integers (RFC 9000, 16): the two highest bits of the first byte give the length,
 * 1, 2, 4 or 8 bytes; the rest is the value in network byte order.
 *
 * <p>Stateless; safe for use by any thread. None of the methods checks more than the segment's own
 * bounds: a decoder compares {@link #lengthOf(byte)} with what is left before it reads.
 */
public final class VarInt {
  /** The largest value: 2<sup>62</sup> - 1. */
  public static final long MAX = (1L << 62) - 1;

  /** The longest encoding in bytes. */
  public static final int LENGTH_MAX = 8;

  private VarInt() {}

  /**
   * The length of the shortest encoding.
   *
   * @param value 0 to {@link #MAX}
   * @return 1, 2, 4 or 8
   */
  public static int sizeOf(long value) {
    if (value < 0 || value > MAX) {
      throw new IllegalArgumentException(
          "couldn't encode a varint: " + value + " is outside 0 to 2^62-1");
    }
    if (value < 1 << 6) {
      return 1;
    }
    if (value < 1 << 14) {
      return 2;
    }
    return value < 1 << 30 ? 4 : 8;
  }

  /** The length in bytes of an encoding that starts with this byte: 1, 2, 4 or 8. */
  public static int lengthOf(byte first) {
    return 1 << ((first & 0xff) >>> 6);
  }

  /** The value at this offset; the caller has made sure that its bytes are there. */
  public static long get(MemorySegment buffer, long offset) {
    byte first = buffer.get(Wire.BYTE, offset);
    return switch ((first & 0xff) >>> 6) {
      case 0 -> first;
      case 1 -> buffer.get(Wire.SHORT, offset) & 0x3fff;
      case 2 -> buffer.get(Wire.INT, offset) & 0x3fff_ffffL;
      default -> buffer.get(Wire.LONG, offset) & MAX;
    };
  }

  /**
   * Writes the shortest encoding.
   *
   * @return its length in bytes
   */
  public static int put(MemorySegment buffer, long offset, long value) {
    int length = sizeOf(value);
    write(buffer, offset, value, length);
    return length;
  }

  /**
   * Writes an encoding of a chosen length, so that a length field can be reserved before what it
   * counts is known.
   *
   * @param length 1, 2, 4 or 8, and enough for the value
   * @return {@code length}
   */
  public static int put(MemorySegment buffer, long offset, long value, int length) {
    boolean known = length == 1 || length == 2 || length == 4 || length == 8;
    if (!known || sizeOf(value) > length) {
      throw new IllegalArgumentException(
          "couldn't encode a varint: " + value + " does not go into " + length + " bytes");
    }
    write(buffer, offset, value, length);
    return length;
  }

  private static void write(MemorySegment buffer, long offset, long value, int length) {
    switch (length) {
      case 1 -> buffer.set(Wire.BYTE, offset, (byte) value);
      case 2 -> buffer.set(Wire.SHORT, offset, (short) (value | 0x4000));
      case 4 -> buffer.set(Wire.INT, offset, (int) (value | 0x8000_0000L));
      default -> buffer.set(Wire.LONG, offset, value | 0xc000_0000_0000_0000L);
    }
  }
}
