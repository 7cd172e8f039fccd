package io.hypermesh.stoq.packet;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * A connection ID of QUIC version 1: 0 to 20 bytes that route a packet to its connection (RFC 9000,
 * 5.1). Immutable; equal by value.
 */
public final class ConnectionId {
  /** The longest connection ID of version 1, in bytes. */
  public static final int LENGTH_MAX = 20;

  /** The connection ID of no bytes. */
  public static final ConnectionId EMPTY = new ConnectionId(new byte[0]);

  private final byte[] bytes;
  private final int hash;

  /** The first eight bytes, where there are as many: compared and written at once. */
  private final long word;

  private ConnectionId(byte[] bytes) {
    this.bytes = bytes;
    this.hash = Arrays.hashCode(bytes);
    this.word = bytes.length < Long.BYTES ? 0 : MemorySegment.ofArray(bytes).get(Wire.LONG, 0);
  }

  /**
   * A connection ID with a copy of these bytes.
   *
   * @param bytes at most {@link #LENGTH_MAX}
   */
  public static ConnectionId of(byte[] bytes) {
    checkLength(bytes.length);
    return bytes.length == 0 ? EMPTY : new ConnectionId(bytes.clone());
  }

  /** A connection ID with a copy of the bytes at this offset. */
  public static ConnectionId of(MemorySegment buffer, long offset, int length) {
    checkLength(length);
    if (length == 0) {
      return EMPTY;
    }
    byte[] bytes = new byte[length];
    MemorySegment.copy(buffer, Wire.BYTE, offset, bytes, 0, length);
    return new ConnectionId(bytes);
  }

  private static void checkLength(int length) {
    if (length < 0 || length > LENGTH_MAX) {
      throw new IllegalArgumentException(
          "couldn't make a connection ID: " + length + " bytes is outside 0 to " + LENGTH_MAX);
    }
  }

  /** Length in bytes, 0 to {@link #LENGTH_MAX}. */
  public int length() {
    return bytes.length;
  }

  /** Writes the bytes, without their length. */
  public void writeTo(MemorySegment buffer, long offset) {
    int first = 0;
    if (bytes.length >= Long.BYTES) {
      buffer.set(Wire.LONG, offset, word);
      first = Long.BYTES;
    }
    for (int i = first; i < bytes.length; i++) {
      buffer.set(Wire.BYTE, offset + i, bytes[i]);
    }
  }

  /** A copy of the bytes. */
  public byte[] toByteArray() {
    return bytes.clone();
  }

  /** Whether the bytes at this offset are this connection ID; allocates nothing. */
  public boolean matches(MemorySegment buffer, long offset, int length) {
    if (length != bytes.length) {
      return false;
    }
    int first = 0;
    if (length >= Long.BYTES) {
      if (buffer.get(Wire.LONG, offset) != word) {
        return false;
      }
      first = Long.BYTES;
    }
    for (int i = first; i < length; i++) {
      if (buffer.get(Wire.BYTE, offset + i) != bytes[i]) {
        return false;
      }
    }
    return true;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ConnectionId that && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return hash;
  }

  /** The bytes in hexadecimal. */
  @Override
  public String toString() {
    return HexFormat.of().formatHex(bytes);
  }
}
