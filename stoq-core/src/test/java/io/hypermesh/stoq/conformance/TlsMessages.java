package io.hypermesh.stoq.conformance;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** Takes TLS handshake messages apart and puts them together again, changed. */
final class TlsMessages {
  static final int CLIENT_HELLO = 1;
  static final int SERVER_HELLO = 2;
  static final int NEW_SESSION_TICKET = 4;
  static final int END_OF_EARLY_DATA = 5;
  static final int ENCRYPTED_EXTENSIONS = 8;
  static final int CERTIFICATE = 11;
  static final int CERTIFICATE_REQUEST = 13;
  static final int CERTIFICATE_VERIFY = 15;
  static final int FINISHED = 20;
  static final int KEY_UPDATE = 24;

  static final int ALPN = 16;
  static final int SUPPORTED_GROUPS = 10;
  static final int SIGNATURE_ALGORITHMS = 13;
  static final int EARLY_DATA = 42;
  static final int SUPPORTED_VERSIONS = 43;
  static final int KEY_SHARE = 51;
  static final int TRANSPORT_PARAMETERS = 0x39;

  private static final int HEADER_BYTES = 4;
  private static final int VERSION_AND_RANDOM_BYTES = 34;

  private TlsMessages() {}

  /** A message of this type. */
  static byte[] message(int type, byte... body) {
    return ByteBuffer.allocate(HEADER_BYTES + body.length)
        .putInt(type << 24 | body.length)
        .put(body)
        .array();
  }

  private static List<byte[]> split(byte[] flight) {
    List<byte[]> messages = new ArrayList<>();
    int at = 0;
    while (at < flight.length) {
      int length = HEADER_BYTES + (ByteBuffer.wrap(flight).getInt(at) & 0xffffff);
      messages.add(Arrays.copyOfRange(flight, at, at + length));
      at += length;
    }
    return messages;
  }

  /** Changes the messages of this type in a flight; a message may become none. */
  static byte[] replace(byte[] flight, int type, UnaryOperator<byte[]> change) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] message : split(flight)) {
      out.writeBytes(message[0] == type ? change.apply(message) : message);
    }
    return out.toByteArray();
  }

  /** The same message with its last byte changed: a wrong signature, a wrong Finished. */
  static byte[] spoil(byte[] message) {
    byte[] spoilt = message.clone();
    spoilt[spoilt.length - 1] ^= 1;
    return spoilt;
  }

  /** Changes the extensions of a ClientHello, a ServerHello or EncryptedExtensions. */
  static byte[] extensions(byte[] message, Consumer<Map<Integer, byte[]>> change) {
    int at = extensionsOffset(message);
    ByteBuffer block = ByteBuffer.wrap(message, at + 2, message.length - at - 2);
    Map<Integer, byte[]> extensions = new LinkedHashMap<>();
    while (block.hasRemaining()) {
      int type = block.getShort() & 0xffff;
      byte[] content = new byte[block.getShort() & 0xffff];
      block.get(content);
      extensions.put(type, content);
    }
    change.accept(extensions);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    extensions.forEach((type, content) -> out.writeBytes(extension(type, content)));
    return withExtensions(message, out.toByteArray());
  }

  /** The same extension twice. */
  static byte[] duplicateFirstExtension(byte[] message) {
    int at = extensionsOffset(message);
    int first = 4 + (ByteBuffer.wrap(message).getShort(at + 4) & 0xffff);
    byte[] block = Arrays.copyOfRange(message, at + 2, message.length);
    return withExtensions(message, Frames.join(Arrays.copyOf(block, first), block));
  }

  private static byte[] withExtensions(byte[] message, byte[] block) {
    int at = extensionsOffset(message);
    byte[] head = Arrays.copyOfRange(message, HEADER_BYTES, at);
    byte[] length = {(byte) (block.length >> 8), (byte) block.length};
    return message(message[0], Frames.join(head, length, block));
  }

  static byte[] extension(int type, byte[] content) {
    return ByteBuffer.allocate(4 + content.length)
        .putShort((short) type)
        .putShort((short) content.length)
        .put(content)
        .array();
  }

  /** ALPN with one protocol. */
  static byte[] protocol(String name) {
    byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
    return ByteBuffer.allocate(3 + bytes.length)
        .putShort((short) (1 + bytes.length))
        .put((byte) bytes.length)
        .put(bytes)
        .array();
  }

  private static int extensionsOffset(byte[] message) {
    if (message[0] == ENCRYPTED_EXTENSIONS) {
      return HEADER_BYTES;
    }
    int at = HEADER_BYTES + VERSION_AND_RANDOM_BYTES;
    at += 1 + (message[at] & 0xff);
    if (message[0] == SERVER_HELLO) {
      return at + 3;
    }
    at += 2 + (ByteBuffer.wrap(message).getShort(at) & 0xffff);
    return at + 1 + (message[at] & 0xff);
  }

  /** A hello with a legacy session ID, which QUIC doesn't have. */
  static byte[] withSessionId(byte[] hello) {
    int at = HEADER_BYTES + VERSION_AND_RANDOM_BYTES;
    byte[] before = Arrays.copyOfRange(hello, HEADER_BYTES, at);
    byte[] after = Arrays.copyOfRange(hello, at + 1, hello.length);
    byte[] id = new byte[33];
    id[0] = 32;
    return message(hello[0], Frames.join(before, id, after));
  }
}
