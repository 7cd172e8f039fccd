package io.hypermesh.byzantine.message;

import io.hypermesh.byzantine.Digest;
import java.util.Arrays;

/** Writes the big-endian, length-prefixed wire format into a growing array. Not thread-safe. */
public final class WireWriter {
  private byte[] buffer;
  private int length;

  /** A writer with room for that many bytes at first. */
  public WireWriter(int capacity) {
    this.buffer = new byte[Math.max(16, capacity)];
  }

  private int claim(int bytes) {
    int at = length;
    int end = Math.addExact(at, bytes);
    if (end > buffer.length) {
      buffer =
          Arrays.copyOf(
              buffer, Math.max(end, (int) Math.min(Integer.MAX_VALUE - 8, 2L * buffer.length)));
    }
    length = end;
    return at;
  }

  /** Writes one byte. */
  public WireWriter int8(int value) {
    int at = claim(1);
    buffer[at] = (byte) value;
    return this;
  }

  /** Writes four bytes. */
  public WireWriter int32(int value) {
    int at = claim(4);
    for (int i = 0; i < 4; i++) {
      buffer[at + i] = (byte) (value >>> (24 - 8 * i));
    }
    return this;
  }

  /** Writes eight bytes. */
  public WireWriter int64(long value) {
    int at = claim(8);
    for (int i = 0; i < 8; i++) {
      buffer[at + i] = (byte) (value >>> (56 - 8 * i));
    }
    return this;
  }

  /** Writes bytes with no length in front. */
  public WireWriter raw(byte[] value) {
    int at = claim(value.length);
    System.arraycopy(value, 0, buffer, at, value.length);
    return this;
  }

  /** Writes the length in four bytes and then the bytes. */
  public WireWriter bytes(byte[] value) {
    return int32(value.length).raw(value);
  }

  /** Writes 32 bytes. */
  public WireWriter digest(Digest value) {
    return raw(value.bytes());
  }

  /** How much was written. */
  public int length() {
    return length;
  }

  /** A copy of what was written. */
  public byte[] toByteArray() {
    return Arrays.copyOf(buffer, length);
  }
}
