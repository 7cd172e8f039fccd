package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.packet.TransportException;
import java.util.Arrays;

/**
 * Reads the presentation language of TLS (RFC 8446, 3) from an array. Whatever does not fit is
 * {@code decode_error}; nothing is read past the limit.
 */
final class HandshakeReader {
  private final byte[] bytes;
  private final int limit;
  private final String structure;
  private int at;

  /**
   * @param structure the name of what is read, for reasons
   */
  HandshakeReader(byte[] bytes, int offset, int length, String structure) {
    this.bytes = bytes;
    this.at = offset;
    this.limit = offset + length;
    this.structure = structure;
  }

  /** A reader of a handshake message's body: its four bytes of type and length are skipped. */
  static HandshakeReader ofMessage(byte[] message, String structure) {
    return new HandshakeReader(message, 4, message.length - 4, structure);
  }

  int uint8() throws TransportException {
    return (int) uint(1);
  }

  int uint16() throws TransportException {
    return (int) uint(2);
  }

  long uint32() throws TransportException {
    return uint(4);
  }

  long uint64() throws TransportException {
    return uint(8);
  }

  private long uint(int length) throws TransportException {
    require(length);
    long value = 0;
    for (int end = at + length; at < end; at++) {
      value = value << 8 | (bytes[at] & 0xff);
    }
    return value;
  }

  byte[] bytes(int length) throws TransportException {
    require(length);
    byte[] copy = Arrays.copyOfRange(bytes, at, at + length);
    at += length;
    return copy;
  }

  /** A reader of the vector that follows, which has a length field of so many bytes. */
  HandshakeReader vector(int lengthBytes, int lengthMin, String name) throws TransportException {
    int length = (int) uint(lengthBytes);
    if (length < lengthMin || length > remaining()) {
      throw Alert.DECODE_ERROR.because(
          "couldn't read "
              + structure
              + ": "
              + name
              + " has length "
              + length
              + ", with "
              + remaining()
              + " bytes left and at least "
              + lengthMin
              + " needed");
    }
    HandshakeReader reader = new HandshakeReader(bytes, at, length, name);
    at += length;
    return reader;
  }

  /** The content of the vector that follows. */
  byte[] opaque(int lengthBytes, int lengthMin, String name) throws TransportException {
    HandshakeReader reader = vector(lengthBytes, lengthMin, name);
    return reader.bytes(reader.remaining());
  }

  /** A vector of code points of two bytes, at least one. */
  int[] codes(int lengthBytes, String name) throws TransportException {
    HandshakeReader reader = vector(lengthBytes, 2, name);
    if (reader.remaining() % 2 != 0) {
      throw Alert.DECODE_ERROR.because(
          "couldn't read " + structure + ": " + name + " has an odd length");
    }
    int[] codes = new int[reader.remaining() / 2];
    for (int i = 0; i < codes.length; i++) {
      codes[i] = reader.uint16();
    }
    return codes;
  }

  int remaining() {
    return limit - at;
  }

  boolean hasRemaining() {
    return at < limit;
  }

  void expectEnd() throws TransportException {
    if (at != limit) {
      throw Alert.DECODE_ERROR.because(
          "couldn't read " + structure + ": " + remaining() + " bytes behind its end");
    }
  }

  private void require(int length) throws TransportException {
    if (length > remaining()) {
      throw Alert.DECODE_ERROR.because(
          "couldn't read " + structure + ": needs " + length + " bytes, has " + remaining());
    }
  }
}
