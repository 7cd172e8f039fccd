package io.hypermesh.stoq.packet;

import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * The 16 bytes that end a stateless reset (RFC 9000, 10.3). Who holds it can end the connection, so
 * it is compared in constant time and never printed. Immutable; equal by value.
 */
public final class StatelessResetToken {
  /** Length in bytes. */
  public static final int LENGTH = 16;

  private final byte[] bytes;

  private StatelessResetToken(byte[] bytes) {
    this.bytes = bytes;
  }

  /** A token with a copy of these {@link #LENGTH} bytes. */
  public static StatelessResetToken of(byte[] bytes) {
    if (bytes.length != LENGTH) {
      throw new IllegalArgumentException(
          "couldn't make a stateless reset token: it has " + bytes.length + " bytes, not 16");
    }
    return new StatelessResetToken(bytes.clone());
  }

  /** A token with a copy of the {@link #LENGTH} bytes at this offset. */
  public static StatelessResetToken of(MemorySegment buffer, long offset) {
    byte[] bytes = new byte[LENGTH];
    MemorySegment.copy(buffer, Wire.BYTE, offset, bytes, 0, LENGTH);
    return new StatelessResetToken(bytes);
  }

  /** Writes the {@link #LENGTH} bytes. */
  public void writeTo(MemorySegment buffer, long offset) {
    MemorySegment.copy(bytes, 0, buffer, Wire.BYTE, offset, LENGTH);
  }

  /** A copy of the bytes. */
  public byte[] toByteArray() {
    return bytes.clone();
  }

  /** Whether the 16 bytes at this offset are this token, in constant time. */
  public boolean matches(MemorySegment buffer, long offset) {
    int difference = 0;
    for (int i = 0; i < LENGTH; i++) {
      difference |= buffer.get(Wire.BYTE, offset + i) ^ bytes[i];
    }
    return difference == 0;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof StatelessResetToken that && MessageDigest.isEqual(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** Says what it is, not which. */
  @Override
  public String toString() {
    return "StatelessResetToken";
  }
}
