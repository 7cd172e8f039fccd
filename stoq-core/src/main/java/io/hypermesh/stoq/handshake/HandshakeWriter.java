package io.hypermesh.stoq.handshake;

import java.util.Arrays;

/** Writes the presentation language of TLS (RFC 8446, 3). Vectors nest at most eight deep. */
final class HandshakeWriter {
  private static final int DEPTH_MAX = 8;

  private final int[] lengthAt = new int[DEPTH_MAX];
  private final int[] lengthBytes = new int[DEPTH_MAX];
  private int depth;
  private byte[] buffer;
  private int size;

  HandshakeWriter(int capacity) {
    buffer = new byte[capacity];
  }

  /** A writer of a message of this type; {@link #finish()} closes the message. */
  static HandshakeWriter ofMessage(int type) {
    return new HandshakeWriter(512).uint8(type).open(3);
  }

  HandshakeWriter uint8(int value) {
    return uint(value, 1);
  }

  HandshakeWriter uint16(int value) {
    return uint(value, 2);
  }

  HandshakeWriter uint32(long value) {
    return uint(value, 4);
  }

  HandshakeWriter uint64(long value) {
    return uint(value, 8);
  }

  private HandshakeWriter uint(long value, int length) {
    ensure(length);
    for (int shift = (length - 1) * 8; shift >= 0; shift -= 8) {
      buffer[size++] = (byte) (value >>> shift);
    }
    return this;
  }

  HandshakeWriter bytes(byte[] value) {
    ensure(value.length);
    System.arraycopy(value, 0, buffer, size, value.length);
    size += value.length;
    return this;
  }

  /** A vector with a length field of so many bytes. */
  HandshakeWriter opaque(int lengthFieldBytes, byte[] value) {
    return open(lengthFieldBytes).bytes(value).close();
  }

  /** Opens a vector: its length is written when it is closed. */
  HandshakeWriter open(int lengthFieldBytes) {
    lengthAt[depth] = size;
    lengthBytes[depth] = lengthFieldBytes;
    depth++;
    return uint(0, lengthFieldBytes);
  }

  /** Opens an extension of this type. */
  HandshakeWriter extension(int type) {
    return uint16(type).open(2);
  }

  /** Closes the vector, or the extension, that was opened last. */
  HandshakeWriter close() {
    depth--;
    int field = lengthBytes[depth];
    int start = lengthAt[depth] + field;
    int length = size - start;
    if (length >>> (8 * field) != 0) {
      throw new IllegalStateException(
          "couldn't write a vector of " + length + " bytes: its length has " + field + " bytes");
    }
    for (int i = 0; i < field; i++) {
      buffer[start - 1 - i] = (byte) (length >>> (8 * i));
    }
    return this;
  }

  /** Closes whatever is open and gives the bytes. */
  byte[] finish() {
    while (depth > 0) {
      close();
    }
    return Arrays.copyOf(buffer, size);
  }

  /** As {@link #finish()}; leaves nothing of what was written behind in this object. */
  byte[] finishErasing() {
    byte[] bytes = finish();
    Arrays.fill(buffer, (byte) 0);
    return bytes;
  }

  private void ensure(int more) {
    if (buffer.length - size < more) {
      byte[] outgrown = buffer;
      buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, size + more));
      Arrays.fill(outgrown, 0, size, (byte) 0); // it may hold a secret
    }
  }
}
