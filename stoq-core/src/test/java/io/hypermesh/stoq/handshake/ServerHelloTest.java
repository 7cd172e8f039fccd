package io.hypermesh.stoq.handshake;

import static io.hypermesh.stoq.handshake.HandshakeAssertions.assertAlert;
import static io.hypermesh.stoq.handshake.HandshakeFixture.client;
import static io.hypermesh.stoq.handshake.HandshakeFixture.clientSettings;
import static io.hypermesh.stoq.handshake.HandshakeFixture.feed;
import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.handshake.HandshakeEvent.CryptoData;
import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.packet.TransportException;
import io.hypermesh.stoq.protection.CipherSuite;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What a client says to a ServerHello or HelloRetryRequest that it did not ask for. */
class ServerHelloTest {
  private static final byte[] RETRY =
      HexFormat.of().parseHex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c");
  private static final byte[] SHARE =
      KeyExchange.generate(NamedGroup.X25519, new SeededRandom(9)).share();
  private static final int AES_128 = 0x1301;

  private static byte[] hello(byte[] random, int suite, Consumer<HandshakeWriter> extensions) {
    return hello(0x0303, random, 0, suite, 0, extensions);
  }

  private static byte[] hello(
      int version,
      byte[] random,
      int sessionId,
      int suite,
      int compression,
      Consumer<HandshakeWriter> extensions) {
    HandshakeWriter writer =
        HandshakeWriter.ofMessage(HandshakeType.SERVER_HELLO)
            .uint16(version)
            .bytes(random)
            .opaque(1, new byte[sessionId])
            .uint16(suite)
            .uint8(compression)
            .open(2);
    extensions.accept(writer);
    return writer.finish();
  }

  private static void version(HandshakeWriter writer) {
    writer.extension(ExtensionType.SUPPORTED_VERSIONS).uint16(0x0304).close();
  }

  private static void share(HandshakeWriter writer, int group, byte[] share) {
    writer.extension(ExtensionType.KEY_SHARE).uint16(group).opaque(2, share).close();
  }

  private static void good(HandshakeWriter writer) {
    version(writer);
    share(writer, NamedGroup.X25519.code(), SHARE);
  }

  private static void assertRefused(Alert alert, byte[] message) {
    assertAlert(alert, () -> feed(client(clientSettings()), EncryptionLevel.INITIAL, message));
  }

  private static void assertRefused(Alert alert, Consumer<HandshakeWriter> extensions) {
    assertRefused(alert, hello(new byte[32], AES_128, extensions));
  }

  @Test
  void shouldTakeAGoodOne() throws Exception {
    TlsHandshake client = client(clientSettings());
    feed(client, EncryptionLevel.INITIAL, hello(new byte[32], AES_128, ServerHelloTest::good));
    assertThat(client.pollEvent()).isInstanceOf(CryptoData.class);
    assertThat(client.pollEvent()).isInstanceOf(HandshakeEvent.TrafficSecrets.class);
  }

  @Test
  void shouldRefuseAnotherVersion() {
    assertRefused(Alert.PROTOCOL_VERSION, writer -> {});
    assertRefused(Alert.PROTOCOL_VERSION, writer -> share(writer, NamedGroup.X25519.code(), SHARE));
    assertRefused(
        Alert.ILLEGAL_PARAMETER,
        writer -> writer.extension(ExtensionType.SUPPORTED_VERSIONS).uint16(0x0303).close());
    assertRefused(
        Alert.ILLEGAL_PARAMETER, hello(0x0304, new byte[32], 0, AES_128, 0, ServerHelloTest::good));
  }

  @Test
  void shouldRefuseWhatWasNotOffered() {
    assertRefused(
        Alert.ILLEGAL_PARAMETER, hello(0x0303, new byte[32], 1, AES_128, 0, ServerHelloTest::good));
    assertRefused(
        Alert.ILLEGAL_PARAMETER, hello(0x0303, new byte[32], 0, AES_128, 1, ServerHelloTest::good));
    assertRefused(Alert.ILLEGAL_PARAMETER, hello(new byte[32], 0x1304, ServerHelloTest::good));
    byte[] unoffered = hello(new byte[32], 0x1302, ServerHelloTest::good);
    assertAlert(
        Alert.ILLEGAL_PARAMETER,
        () ->
            feed(
                client(clientSettings().cipherSuites(List.of(CipherSuite.AES_128_GCM_SHA256))),
                EncryptionLevel.INITIAL,
                unoffered));
    assertRefused(
        Alert.UNSUPPORTED_EXTENSION,
        writer -> {
          good(writer);
          writer.extension(ExtensionType.PRE_SHARED_KEY).uint16(0).close();
        });
    assertRefused(
        Alert.UNSUPPORTED_EXTENSION,
        writer -> {
          good(writer);
          writer.extension(ExtensionType.COOKIE).opaque(2, new byte[1]).close();
        });
    assertRefused(
        Alert.ILLEGAL_PARAMETER,
        writer -> {
          good(writer);
          writer.extension(ExtensionType.APPLICATION_LAYER_PROTOCOL_NEGOTIATION).close();
        });
  }

  @Test
  void shouldRefuseABadKeyShare() {
    assertRefused(Alert.MISSING_EXTENSION, ServerHelloTest::version);
    assertRefused(
        Alert.ILLEGAL_PARAMETER,
        writer -> {
          version(writer);
          share(writer, NamedGroup.SECP256R1.code(), SHARE);
        });
    assertRefused(
        Alert.ILLEGAL_PARAMETER,
        writer -> {
          version(writer);
          share(writer, NamedGroup.X25519.code(), new byte[32]);
        });
    assertRefused(
        Alert.DECODE_ERROR,
        writer -> {
          version(writer);
          share(writer, NamedGroup.X25519.code(), new byte[0]);
        });
  }

  private static byte[] retry(int group, byte[] cookie) {
    return hello(
        RETRY,
        AES_128,
        writer -> {
          version(writer);
          if (group >= 0) {
            writer.extension(ExtensionType.KEY_SHARE).uint16(group).close();
          }
          if (cookie != null) {
            writer.extension(ExtensionType.COOKIE).opaque(2, cookie).close();
          }
        });
  }

  @Test
  void shouldRefuseARetryThatMakesNoSense() {
    assertRefused(Alert.ILLEGAL_PARAMETER, retry(-1, null)); // changes nothing
    assertRefused(Alert.ILLEGAL_PARAMETER, retry(NamedGroup.X25519.code(), null)); // has its share
    assertRefused(Alert.ILLEGAL_PARAMETER, retry(0x0018, null)); // was not offered
    assertRefused(Alert.DECODE_ERROR, retry(-1, new byte[0]));
    byte[] unoffered = retry(NamedGroup.SECP256R1.code(), null);
    assertAlert(
        Alert.ILLEGAL_PARAMETER,
        () ->
            feed(
                client(clientSettings().groups(List.of(NamedGroup.X25519))),
                EncryptionLevel.INITIAL,
                unoffered));
  }

  @Test
  void shouldRefuseASecondRetry() throws Exception {
    TlsHandshake client = client(clientSettings());
    feed(client, EncryptionLevel.INITIAL, retry(NamedGroup.SECP256R1.code(), null));
    assertAlert(
        Alert.UNEXPECTED_MESSAGE,
        () -> feed(client, EncryptionLevel.INITIAL, retry(-1, new byte[] {1})));
  }

  @Test
  void shouldRefuseAnotherSuiteAfterARetry() throws Exception {
    TlsHandshake client = client(clientSettings());
    feed(client, EncryptionLevel.INITIAL, retry(-1, new byte[] {1}));
    assertAlert(
        Alert.ILLEGAL_PARAMETER,
        () ->
            feed(
                client,
                EncryptionLevel.INITIAL,
                hello(new byte[32], 0x1303, ServerHelloTest::good)));
  }

  @Test
  void shouldEchoTheCookieAndChangeNothingElse() throws Exception {
    TlsHandshake client = client(clientSettings());
    byte[] first = ((CryptoData) client.pollEvent()).data();
    byte[] cookie = {9, 8, 7};
    feed(client, EncryptionLevel.INITIAL, retry(NamedGroup.SECP256R1.code(), cookie));
    byte[] second = ((CryptoData) client.pollEvent()).data();
    byte[] restored =
        HandshakeFixture.withExtensions(
            second,
            extensions -> {
              assertThat(extensions.remove(ExtensionType.COOKIE))
                  .isEqualTo(new byte[] {0, 3, 9, 8, 7});
              byte[] share = extensions.get(ExtensionType.KEY_SHARE);
              assertThat(share).hasSize(2 + 2 + 2 + 65).startsWith(0, 69, 0, 0x17, 0, 65, 4);
              extensions.put(ExtensionType.KEY_SHARE, originalShare(first));
            });
    assertThat(restored).isEqualTo(first);
  }

  private static byte[] originalShare(byte[] clientHello) {
    byte[][] found = new byte[1][];
    try {
      HandshakeFixture.withExtensions(
          clientHello, extensions -> found[0] = extensions.get(ExtensionType.KEY_SHARE));
    } catch (TransportException e) {
      throw new AssertionError(e);
    }
    return found[0];
  }
}
