package io.hypermesh.stoq.packet;

import java.lang.foreign.MemorySegment;

/**
 * Packet numbers on the wire (RFC 9000, 17.1, A.2 and A.3): only as many of the low bytes as the
 * receiver needs to find the full number again. Stateless; safe for use by any thread.
 */
public final class PacketNumbers {
  /** The largest packet number: 2<sup>62</sup> - 1. */
  public static final long MAX = VarInt.MAX;

  /** Stands for "no packet yet" wherever a largest packet number is asked for. */
  public static final long NONE = -1;

  /** The longest encoding in bytes. */
  public static final int LENGTH_MAX = 4;

  private PacketNumbers() {}

  /**
   * How many bytes of a packet number to send: enough for twice as many packets as are not yet
   * acknowledged.
   *
   * @param full the packet number, 0 to {@link #MAX}
   * @param largestAcked the largest that the peer has acknowledged, or {@link #NONE}
   * @return 1 to 4; 4 also where even four bytes would not do, which takes 2<sup>31</sup> packets
   *     in flight
   */
  public static int encodedLength(long full, long largestAcked) {
    long unacknowledged = full - largestAcked;
    if (unacknowledged < 1 << 7) {
      return 1;
    }
    if (unacknowledged < 1 << 15) {
      return 2;
    }
    return unacknowledged < 1 << 23 ? 3 : 4;
  }

  /**
   * The truncated packet number in a header without its protection.
   *
   * @param length 1 to 4 bytes
   */
  public static long read(MemorySegment buffer, long offset, int length) {
    long truncated = 0;
    for (int i = 0; i < length; i++) {
      truncated = truncated << Byte.SIZE | (buffer.get(Wire.BYTE, offset + i) & 0xff);
    }
    return truncated;
  }

  /**
   * The full packet number: the one nearest to the next expected that ends in these bits.
   *
   * @param truncated the packet number on the wire
   * @param bits how many bits that was: 8, 16, 24 or 32
   * @param largest the largest packet number received in this space, or {@link #NONE}
   */
  public static long decode(long truncated, int bits, long largest) {
    long expected = largest + 1;
    long window = 1L << bits;
    long halfWindow = window >>> 1;
    long candidate = (expected & -window) | truncated;
    if (candidate <= expected - halfWindow && candidate <= MAX - window) {
      return candidate + window;
    }
    if (candidate > expected + halfWindow && candidate >= window) {
      return candidate - window;
    }
    return candidate;
  }
}
