package io.hypermesh.stoq.fuzz;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * An input as a row of choices. After its end every choice is 0, so each prefix is an input too.
 */
public final class FuzzInput {
  private final byte[] data;
  private int at;

  public FuzzInput(byte[] data) {
    this.data = data;
  }

  public boolean hasRemaining() {
    return at < data.length;
  }

  public int remaining() {
    return data.length - at;
  }

  /** A byte, 0 to 255. */
  public int uint8() {
    return at < data.length ? data[at++] & 0xff : 0;
  }

  public int uint16() {
    return uint8() << 8 | uint8();
  }

  public long uint64() {
    long value = 0;
    for (int i = 0; i < Long.BYTES; i++) {
      value = value << 8 | uint8();
    }
    return value;
  }

  public boolean flag() {
    return (uint8() & 1) != 0;
  }

  /** From 0 to below a bound of at most 65,536. */
  public int below(int bound) {
    if (bound <= 1) {
      return 0;
    }
    return (bound <= 256 ? uint8() : uint16()) % bound;
  }

  /** One of several. */
  @SafeVarargs
  public final <T> T oneOf(T... choices) {
    return choices[below(choices.length)];
  }

  /** So many bytes, or what is left. */
  public byte[] bytes(int length) {
    int end = Math.min(data.length, at + length);
    byte[] taken = Arrays.copyOfRange(data, at, end);
    at = end;
    return taken;
  }

  /** A length of a byte or two, and so many bytes. */
  public byte[] piece() {
    int length = uint8();
    return bytes(length < 250 ? length : uint16());
  }

  /** All that is left. */
  public byte[] rest() {
    return bytes(remaining());
  }

  /** All that is left, as a segment. */
  public MemorySegment restSegment() {
    return MemorySegment.ofArray(rest());
  }

  /** Fails a target. Cheaper than a fluent assertion, of which a second would see too few. */
  public static void require(boolean held, String what) {
    if (!held) {
      throw new AssertionError(what);
    }
  }
}
