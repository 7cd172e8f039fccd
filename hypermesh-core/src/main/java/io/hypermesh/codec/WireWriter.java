package io.hypermesh.codec;

import io.hypermesh.byzantine.Digest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes what {@link WireReader} reads, into an array that grows. Callers have validated their
 * values; this class refuses only what it could not write unchanged. Not thread-safe.
 */
public final class WireWriter {
  private ByteBuffer output;

  /** Starts empty with room for a small message. */
  public WireWriter() {
    this(256);
  }

  /**
   * Starts empty.
   *
   * @param bytesExpected room made at the start
   */
  public WireWriter(int bytesExpected) {
    output = ByteBuffer.allocate(Math.max(16, bytesExpected));
  }

  /**
   * Writes an unsigned byte.
   *
   * @param value 0 to 255
   * @return this writer
   */
  public WireWriter u8(int value) {
    if (value < 0 || value > 0xff) {
      throw new IllegalArgumentException("not an unsigned byte: " + value);
    }
    room(1).put((byte) value);
    return this;
  }

  /**
   * Writes an unsigned 16-bit number.
   *
   * @param value 0 to 65,535
   * @return this writer
   */
  public WireWriter u16(int value) {
    if (value < 0 || value > 0xffff) {
      throw new IllegalArgumentException("not an unsigned 16-bit number: " + value);
    }
    room(2).putShort((short) value);
    return this;
  }

  /**
   * Writes a 32-bit count or length.
   *
   * @param value 0 or more
   * @return this writer
   */
  public WireWriter count(int value) {
    if (value < 0) {
      throw new IllegalArgumentException("negative count: " + value);
    }
    room(4).putInt(value);
    return this;
  }

  /**
   * Writes 64 bits.
   *
   * @param value any
   * @return this writer
   */
  public WireWriter i64(long value) {
    room(8).putLong(value);
    return this;
  }

  /**
   * Writes bytes whose number both sides know.
   *
   * @param value the bytes
   * @return this writer
   */
  public WireWriter bytes(byte[] value) {
    room(value.length).put(value);
    return this;
  }

  /**
   * Writes bytes behind a 32-bit length.
   *
   * @param value the bytes
   * @return this writer
   */
  public WireWriter blob(byte[] value) {
    return count(value.length).bytes(value);
  }

  /**
   * Writes a SHA-256 value.
   *
   * @param value the digest
   * @return this writer
   */
  public WireWriter digest(Digest value) {
    return bytes(value.bytes());
  }

  /**
   * Writes UTF-8 text behind a 16-bit length.
   *
   * @param value the text
   * @return this writer
   */
  public WireWriter text(String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    return u16(bytes.length).bytes(bytes);
  }

  /**
   * Says how much was written.
   *
   * @return bytes
   */
  public int size() {
    return output.position();
  }

  /**
   * Copies what was written.
   *
   * @return a new array
   */
  public byte[] toByteArray() {
    return Arrays.copyOf(output.array(), output.position());
  }

  private ByteBuffer room(int bytes) {
    if (output.remaining() < bytes) {
      long wanted = Math.max(2L * output.capacity(), (long) output.position() + bytes);
      ByteBuffer larger = ByteBuffer.allocate((int) Math.min(wanted, Integer.MAX_VALUE - 8));
      output = larger.put(output.flip());
    }
    return output;
  }
}
