package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.packet.TransportException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Puts handshake messages together from a level's CRYPTO bytes, which come in order and cut
 * anywhere. Holds at most one message, and grows only as bytes arrive: a length field alone
 * reserves nothing.
 */
final class MessageAssembler {
  static final int HEADER_LENGTH = 4;
  private static final int CAPACITY_MIN = 512;

  private final int messageBytesMax;
  private byte[] buffer = new byte[0];
  private int size;

  MessageAssembler(int messageBytesMax) {
    this.messageBytesMax = messageBytesMax;
  }

  /** Takes bytes up to the end of the current message; returns how many. */
  int accept(byte[] data, int offset, int length) throws TransportException {
    int taken = 0;
    if (size < HEADER_LENGTH) {
      taken = take(data, offset, Math.min(length, HEADER_LENGTH - size));
    }
    if (size >= HEADER_LENGTH) {
      int missing = HEADER_LENGTH + bodyLength() - size;
      taken += take(data, offset + taken, Math.min(length - taken, missing));
    }
    return taken;
  }

  private int take(byte[] data, int offset, int length) throws TransportException {
    if (size + length > buffer.length) {
      buffer = Arrays.copyOf(buffer, Math.max(CAPACITY_MIN, Math.max(size + length, 2 * size)));
    }
    System.arraycopy(data, offset, buffer, size, length);
    size += length;
    if (size == HEADER_LENGTH && bodyLength() > messageBytesMax) {
      throw new TransportException(
          TransportErrorCode.CRYPTO_BUFFER_EXCEEDED,
          Alert.CRYPTO_FRAME_TYPE,
          "couldn't buffer a handshake message of "
              + bodyLength()
              + " bytes: at most "
              + messageBytesMax
              + " are taken");
    }
    return length;
  }

  /** The complete message with its header, or null where bytes are missing. */
  byte @Nullable [] poll() {
    if (size < HEADER_LENGTH || size < HEADER_LENGTH + bodyLength()) {
      return null;
    }
    byte[] message = Arrays.copyOf(buffer, size);
    size = 0;
    buffer = new byte[0];
    return message;
  }

  /** The type of the current message, of which at least a byte is there. */
  int type() {
    return buffer[0] & 0xff;
  }

  boolean isEmpty() {
    return size == 0;
  }

  private int bodyLength() {
    return (buffer[1] & 0xff) << 16 | (buffer[2] & 0xff) << 8 | (buffer[3] & 0xff);
  }
}
