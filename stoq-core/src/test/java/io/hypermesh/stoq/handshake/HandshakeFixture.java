package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.handshake.TestIdentities.Identity;
import io.hypermesh.stoq.handshake.TestIdentities.Kind;
import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.packet.TransportException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Settings and messages that several tests start from. */
final class HandshakeFixture {
  static final String HOST = "node.example";
  static final byte[] CLIENT_PARAMETERS = {1, 2, 3};
  static final byte[] SERVER_PARAMETERS = {4, 5, 6, 7};
  static final TestIdentities AUTHORITY = TestIdentities.create("test");
  static final Identity SERVER = AUTHORITY.issue(Kind.ED25519, HOST, "::1");
  static final Identity CLIENT = AUTHORITY.issue(Kind.ED25519, "client.example");

  private HandshakeFixture() {}

  static TlsSettings.Builder clientSettings() {
    return settings(CLIENT, 1);
  }

  static TlsSettings.Builder serverSettings() {
    return settings(SERVER, 2);
  }

  static TlsSettings.Builder settings(Identity identity, long seed) {
    return TlsSettings.builder()
        .keyManager(identity == null ? null : new OneKeyManager(identity))
        .trustManager(AUTHORITY.trustManager())
        .applicationProtocols(List.of("stoq/1.0"))
        .random(new SeededRandom(seed));
  }

  static TlsHandshake client(TlsSettings.Builder settings) {
    return TlsHandshake.client(settings.build(), HOST, 9292, CLIENT_PARAMETERS);
  }

  static TlsHandshake server(TlsSettings.Builder settings) {
    return TlsHandshake.server(settings.build(), SERVER_PARAMETERS);
  }

  static HandshakePair pair(TlsSettings.Builder client, TlsSettings.Builder server) {
    return new HandshakePair(client(client), server(server));
  }

  /** A ClientHello as our client writes it, the same every time. */
  static byte[] clientHello() {
    return clientHello(clientSettings());
  }

  static byte[] clientHello(TlsSettings.Builder settings) {
    return ((HandshakeEvent.CryptoData) client(settings).pollEvent()).data();
  }

  static void feed(TlsHandshake handshake, EncryptionLevel level, byte[] data)
      throws TransportException {
    handshake.handleCrypto(level, data, 0, data.length);
  }

  /** The messages in a run of CRYPTO bytes. */
  static List<byte[]> split(byte[] flight) {
    List<byte[]> messages = new ArrayList<>();
    int at = 0;
    while (at < flight.length) {
      int length =
          (flight[at + 1] & 0xff) << 16 | (flight[at + 2] & 0xff) << 8 | (flight[at + 3] & 0xff);
      messages.add(Arrays.copyOfRange(flight, at, at + 4 + length));
      at += 4 + length;
    }
    return messages;
  }

  /** Changes the message of this type within a flight. */
  static byte[] alter(byte[] flight, int type, Consumer<byte[]> change) {
    List<byte[]> messages = split(flight);
    for (byte[] message : messages) {
      if (message[0] == type) {
        change.accept(message);
      }
    }
    return join(messages);
  }

  static byte[] join(List<byte[]> parts) {
    HandshakeWriter writer = new HandshakeWriter(1_024);
    parts.forEach(writer::bytes);
    return writer.finish();
  }

  /** The ClientHello with other extensions; they are given as type and content, in order. */
  static byte[] withExtensions(byte[] clientHello, Consumer<Map<Integer, byte[]>> change)
      throws TransportException {
    int head = clientHello.length - extensionBlockLength(clientHello) - 2;
    HandshakeReader reader =
        new HandshakeReader(clientHello, head, clientHello.length - head, "ClientHello");
    HandshakeReader block = reader.vector(2, 0, "extensions");
    Map<Integer, byte[]> extensions = new LinkedHashMap<>();
    while (block.hasRemaining()) {
      extensions.put(block.uint16(), block.opaque(2, 0, "extension"));
    }
    change.accept(extensions);
    HandshakeWriter writer = HandshakeWriter.ofMessage(HandshakeType.CLIENT_HELLO);
    writer.bytes(Arrays.copyOfRange(clientHello, 4, head)).open(2);
    extensions.forEach((type, content) -> writer.extension(type).bytes(content).close());
    return writer.finish();
  }

  private static int extensionBlockLength(byte[] clientHello) throws TransportException {
    HandshakeReader reader = HandshakeReader.ofMessage(clientHello, "ClientHello");
    reader.bytes(34);
    reader.opaque(1, 0, "legacy_session_id");
    reader.opaque(2, 0, "cipher_suites");
    reader.opaque(1, 0, "legacy_compression_methods");
    return reader.remaining() - 2;
  }
}
