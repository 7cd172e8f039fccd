package io.hypermesh.byzantine.message;

import io.hypermesh.byzantine.Digest;
import io.hypermesh.byzantine.ProtocolException;
import java.util.Arrays;

/**
 * Reads the wire format. Every length is checked against its limit and against what is left before
 * anything is allocated, so that a message costs no more memory than its own size. Not thread-safe.
 */
public final class WireReader {
  private final byte[] buffer;
  private int position;

  /** A reader of the whole array, which must not change meanwhile. */
  public WireReader(byte[] buffer) {
    this.buffer = buffer;
  }

  private int claim(int bytes, String what) throws ProtocolException {
    if (bytes > buffer.length - position) {
      throw new ProtocolException(
          "couldn't read "
              + what
              + " because the message ends early: "
              + (buffer.length - position)
              + " of "
              + bytes
              + " bytes left");
    }
    int at = position;
    position += bytes;
    return at;
  }

  /** Reads one byte, 0 to 255. */
  public int int8(String what) throws ProtocolException {
    return buffer[claim(1, what)] & 0xff;
  }

  /** Reads four bytes. */
  public int int32(String what) throws ProtocolException {
    int at = claim(4, what);
    int value = 0;
    for (int i = 0; i < 4; i++) {
      value = (value << 8) | (buffer[at + i] & 0xff);
    }
    return value;
  }

  /** Reads eight bytes. */
  public long int64(String what) throws ProtocolException {
    int at = claim(8, what);
    long value = 0;
    for (int i = 0; i < 8; i++) {
      value = (value << 8) | (buffer[at + i] & 0xff);
    }
    return value;
  }

  /** Reads a number that is at least 0. */
  public long nonNegative(String what) throws ProtocolException {
    long value = int64(what);
    if (value < 0) {
      throw new ProtocolException("couldn't read " + what + " because it is negative: " + value);
    }
    return value;
  }

  /** Reads a number that is at least 1. */
  public long positive(String what) throws ProtocolException {
    long value = int64(what);
    if (value < 1) {
      throw new ProtocolException(
          "couldn't read " + what + " because it is not positive: " + value);
    }
    return value;
  }

  /**
   * Reads how many elements follow.
   *
   * @param max the limit
   * @param elementBytesMin how long each is at least
   */
  public int count(int max, int elementBytesMin, String what) throws ProtocolException {
    int count = int32(what);
    if (count < 0 || count > max || (long) count * elementBytesMin > buffer.length - position) {
      throw new ProtocolException(
          "couldn't read " + what + " because of their number: " + count + ", limit " + max);
    }
    return count;
  }

  /** Reads a length, at most {@code max}, and that many bytes. */
  public byte[] bytes(int max, String what) throws ProtocolException {
    int length = int32(what);
    if (length < 0 || length > max) {
      throw new ProtocolException(
          "couldn't read " + what + " because of its length: " + length + ", limit " + max);
    }
    return raw(length, what);
  }

  /** Reads that many bytes. */
  public byte[] raw(int length, String what) throws ProtocolException {
    int at = claim(length, what);
    return Arrays.copyOfRange(buffer, at, at + length);
  }

  /** Reads 32 bytes. */
  public Digest digest() throws ProtocolException {
    return Digest.of(raw(Digest.BYTES, "digest"));
  }

  /** How many bytes are left. */
  public int remaining() {
    return buffer.length - position;
  }

  /** Checks that nothing is left. */
  public void end(String what) throws ProtocolException {
    if (position != buffer.length) {
      throw new ProtocolException(
          "couldn't read " + what + " because bytes follow its end: " + (buffer.length - position));
    }
  }
}
