package io.hypermesh.stoq.handshake;

import static io.hypermesh.stoq.handshake.HandshakeAssertions.assertAlert;
import static io.hypermesh.stoq.handshake.HandshakeAssertions.assertProtocolViolation;
import static io.hypermesh.stoq.handshake.HandshakeFixture.clientHello;
import static io.hypermesh.stoq.handshake.HandshakeFixture.clientSettings;
import static io.hypermesh.stoq.handshake.HandshakeFixture.feed;
import static io.hypermesh.stoq.handshake.HandshakeFixture.server;
import static io.hypermesh.stoq.handshake.HandshakeFixture.serverSettings;
import static io.hypermesh.stoq.handshake.HandshakeFixture.withExtensions;
import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.protection.CipherSuite;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a server says to a ClientHello that it cannot take. */
class ClientHelloTest {
  private static void assertRefused(Alert alert, Consumer<Map<Integer, byte[]>> change)
      throws Exception {
    byte[] hello = withExtensions(clientHello(), change);
    assertAlert(alert, () -> feed(server(serverSettings()), EncryptionLevel.INITIAL, hello));
  }

  private static void assertRefused(Alert alert, int type, int... content) throws Exception {
    byte[] bytes = new byte[content.length];
    for (int i = 0; i < content.length; i++) {
      bytes[i] = (byte) content[i];
    }
    assertRefused(alert, extensions -> extensions.put(type, bytes));
  }

  @ParameterizedTest
  @CsvSource({
    "43, PROTOCOL_VERSION",
    "10, MISSING_EXTENSION",
    "13, MISSING_EXTENSION",
    "51, MISSING_EXTENSION",
    "16, NO_APPLICATION_PROTOCOL",
    "57, MISSING_EXTENSION",
  })
  void shouldNameWhatIsMissing(int type, Alert alert) throws Exception {
    assertRefused(alert, extensions -> extensions.remove(type));
  }

  @Test
  void shouldRefuseMalformedExtensions() throws Exception {
    assertRefused(Alert.PROTOCOL_VERSION, ExtensionType.SUPPORTED_VERSIONS, 2, 3, 3);
    assertRefused(Alert.DECODE_ERROR, ExtensionType.SUPPORTED_VERSIONS, 3, 3, 4, 0);
    assertRefused(Alert.DECODE_ERROR, ExtensionType.SUPPORTED_VERSIONS, 2, 3, 4, 0);
    assertRefused(Alert.DECODE_ERROR, ExtensionType.SUPPORTED_GROUPS, 0, 0);
    assertRefused(Alert.DECODE_ERROR, ExtensionType.SUPPORTED_GROUPS, 0, 3, 0, 29, 0);
    assertRefused(Alert.DECODE_ERROR, ExtensionType.SIGNATURE_ALGORITHMS, 0, 4, 8, 7);
    assertRefused(Alert.DECODE_ERROR, ExtensionType.KEY_SHARE, 0, 4, 0, 29, 0, 0);
    assertRefused(Alert.DECODE_ERROR, ExtensionType.KEY_SHARE, 0, 0, 0);
    assertRefused(
        Alert.ILLEGAL_PARAMETER, ExtensionType.KEY_SHARE, 0, 10, 0, 29, 0, 1, 7, 0, 29, 0, 1, 7);
    assertRefused(Alert.ILLEGAL_PARAMETER, ExtensionType.KEY_SHARE, 0, 5, 0, 30, 0, 1, 7);
    int alpn = ExtensionType.APPLICATION_LAYER_PROTOCOL_NEGOTIATION;
    assertRefused(Alert.DECODE_ERROR, alpn, 0, 2, 0, 0);
    assertRefused(Alert.DECODE_ERROR, alpn, 0, 0);
    assertRefused(Alert.NO_APPLICATION_PROTOCOL, alpn, 0, 3, 2, 'h', '3');
    assertRefused(Alert.NO_APPLICATION_PROTOCOL, alpn, 0, 3, 2, 0xff, 0xfe);
    assertRefused(Alert.ILLEGAL_PARAMETER, ExtensionType.SERVER_NAME, 0, 4, 1, 0, 1, 'a');
    assertRefused(
        Alert.ILLEGAL_PARAMETER, ExtensionType.SERVER_NAME, 0, 8, 0, 0, 1, 'a', 0, 0, 1, 'b');
    assertRefused(Alert.ILLEGAL_PARAMETER, ExtensionType.SERVER_NAME, 0, 5, 0, 0, 2, '.', '.');
    assertRefused(Alert.DECODE_ERROR, ExtensionType.SERVER_NAME, 0, 3, 0, 0, 0);
  }

  @Test
  void shouldRefuseAPreSharedKeyThatIsNotLast() throws Exception {
    byte[] hello =
        withExtensions(
            clientHello(),
            extensions -> {
              extensions.put(ExtensionType.PRE_SHARED_KEY, new byte[4]);
              extensions.put(0x1a1a, new byte[0]);
            });
    assertAlert(
        Alert.ILLEGAL_PARAMETER,
        () -> feed(server(serverSettings()), EncryptionLevel.INITIAL, hello));
  }

  @Test
  void shouldIgnoreWhatItDoesNotKnow() throws Exception {
    TlsHandshake server = server(serverSettings());
    feed(
        server,
        EncryptionLevel.INITIAL,
        withExtensions(clientHello(), extensions -> extensions.put(0x1a1a, new byte[9])));
    assertThat(server.pollTask()).isNotNull();
  }

  @Test
  void shouldRefuseTheSameExtensionTwice() {
    byte[] hello = clientHello();
    // The last extension, key_share with an X25519 share, once more.
    byte[] last = Arrays.copyOfRange(hello, hello.length - 42, hello.length);
    byte[] twice = Arrays.copyOf(hello, hello.length + last.length);
    System.arraycopy(last, 0, twice, hello.length, last.length);
    addLength(twice, 1, 3, last.length);
    addLength(twice, extensionsAt(hello), 2, last.length);
    assertAlert(
        Alert.ILLEGAL_PARAMETER,
        () -> feed(server(serverSettings()), EncryptionLevel.INITIAL, twice));
  }

  private static void addLength(byte[] message, int at, int bytes, int more) {
    int value = 0;
    for (int i = 0; i < bytes; i++) {
      value = value << 8 | (message[at + i] & 0xff);
    }
    value += more;
    for (int i = bytes - 1; i >= 0; i--) {
      message[at + i] = (byte) value;
      value >>>= 8;
    }
  }

  private static int extensionsAt(byte[] hello) {
    int suites = hello[39] << 8 | hello[40];
    return 4 + 2 + 32 + 1 + 2 + suites + 2;
  }

  private static byte[] hello(int version, int sessionId, int suites, int... compression) {
    HandshakeWriter writer = HandshakeWriter.ofMessage(HandshakeType.CLIENT_HELLO);
    writer.uint16(version).bytes(new byte[32]).opaque(1, new byte[sessionId]);
    writer.opaque(2, new byte[suites]);
    writer.open(1);
    for (int method : compression) {
      writer.uint8(method);
    }
    return writer.close().open(2).close().finish();
  }

  @Test
  void shouldRefuseWhatQuicForbidsInTheFixedPart() {
    byte[] goodButForExtensions = hello(0x0303, 0, 2, 0);
    assertAlert(Alert.PROTOCOL_VERSION, () -> ClientHello.parse(goodButForExtensions));
    assertAlert(Alert.PROTOCOL_VERSION, () -> ClientHello.parse(hello(0x0302, 0, 2, 0)));
    assertProtocolViolation(() -> ClientHello.parse(hello(0x0303, 32, 2, 0)));
    assertAlert(Alert.DECODE_ERROR, () -> ClientHello.parse(hello(0x0303, 0, 0, 0)));
    assertAlert(Alert.DECODE_ERROR, () -> ClientHello.parse(hello(0x0303, 0, 3, 0)));
    assertAlert(Alert.ILLEGAL_PARAMETER, () -> ClientHello.parse(hello(0x0303, 0, 2, 1)));
    assertAlert(Alert.ILLEGAL_PARAMETER, () -> ClientHello.parse(hello(0x0303, 0, 2, 1, 0)));
    assertAlert(Alert.DECODE_ERROR, () -> ClientHello.parse(hello(0x0303, 0, 2)));
    byte[] withoutExtensions =
        HandshakeWriter.ofMessage(HandshakeType.CLIENT_HELLO)
            .uint16(0x0303)
            .bytes(new byte[32])
            .open(1)
            .close()
            .opaque(2, new byte[2])
            .opaque(1, new byte[1])
            .finish();
    assertAlert(Alert.PROTOCOL_VERSION, () -> ClientHello.parse(withoutExtensions));
    byte[] trailing =
        HandshakeWriter.ofMessage(HandshakeType.CLIENT_HELLO)
            .bytes(Arrays.copyOfRange(clientHello(), 4, clientHello().length))
            .uint8(0)
            .finish();
    assertAlert(Alert.DECODE_ERROR, () -> ClientHello.parse(trailing));
  }

  @Test
  void shouldSayThatNothingIsInCommon() {
    byte[] onlyChaCha =
        clientHello(clientSettings().cipherSuites(List.of(CipherSuite.CHACHA20_POLY1305_SHA256)));
    assertAlert(
        Alert.HANDSHAKE_FAILURE,
        () ->
            feed(
                server(serverSettings().cipherSuites(List.of(CipherSuite.AES_256_GCM_SHA384))),
                EncryptionLevel.INITIAL,
                onlyChaCha));
    byte[] onlyP256 = clientHello(clientSettings().groups(List.of(NamedGroup.SECP256R1)));
    assertAlert(
        Alert.HANDSHAKE_FAILURE,
        () ->
            feed(
                server(serverSettings().groups(List.of(NamedGroup.X25519))),
                EncryptionLevel.INITIAL,
                onlyP256));
  }

  @Test
  void shouldRefuseKeySharesThatAreNoPoints() throws Exception {
    assertShareRefused(NamedGroup.X25519, new byte[32]); // the all-zero secret
    assertShareRefused(NamedGroup.X25519, new byte[31]);
    byte[] one = new byte[32];
    one[0] = 1;
    assertShareRefused(NamedGroup.X25519, one); // of low order
    byte[] offCurve = new byte[65];
    offCurve[0] = 4;
    offCurve[64] = 1;
    assertShareRefused(NamedGroup.SECP256R1, offCurve);
    assertShareRefused(NamedGroup.SECP256R1, new byte[1]); // infinity
    assertShareRefused(NamedGroup.SECP256R1, new byte[65]);
  }

  private static void assertShareRefused(NamedGroup group, byte[] share) throws Exception {
    byte[] content =
        new HandshakeWriter(128).open(2).uint16(group.code()).opaque(2, share).finish();
    byte[] hello =
        withExtensions(
            clientHello(), extensions -> extensions.put(ExtensionType.KEY_SHARE, content));
    TlsHandshake server = server(serverSettings());
    feed(server, EncryptionLevel.INITIAL, hello);
    HandshakeTask task = server.pollTask();
    task.run();
    assertAlert(Alert.ILLEGAL_PARAMETER, () -> server.handleTaskDone(task));
  }

  private static TlsHandshake retryingServer() throws Exception {
    TlsHandshake server = server(serverSettings().groups(List.of(NamedGroup.SECP256R1)));
    feed(server, EncryptionLevel.INITIAL, clientHello());
    assertThat(server.pollEvent()).isInstanceOf(HandshakeEvent.CryptoData.class);
    return server;
  }

  @Test
  void shouldRefuseASecondHelloThatIsNotTheAnswerToTheRetry() throws Exception {
    // The same again: its share is of the wrong group.
    assertAlert(
        Alert.ILLEGAL_PARAMETER,
        () -> feed(retryingServer(), EncryptionLevel.INITIAL, clientHello()));
    byte[] share =
        new HandshakeWriter(128)
            .open(2)
            .uint16(NamedGroup.SECP256R1.code())
            .opaque(2, KeyExchange.generate(NamedGroup.SECP256R1, new SeededRandom(5)).share())
            .finish();
    Consumer<Map<Integer, byte[]>> answer =
        extensions -> extensions.put(ExtensionType.KEY_SHARE, share);
    byte[] good = withExtensions(clientHello(), answer);
    TlsHandshake server = retryingServer();
    feed(server, EncryptionLevel.INITIAL, good);
    assertThat(server.pollTask()).isNotNull();
    byte[] otherRandom = good.clone();
    otherRandom[20] ^= 1;
    List<byte[]> bad =
        List.of(
            otherRandom,
            withExtensions(good, extensions -> extensions.put(0x1a1a, new byte[0])),
            withExtensions(good, extensions -> extensions.remove(ExtensionType.SERVER_NAME)),
            withExtensions(good, extensions -> extensions.put(ExtensionType.COOKIE, new byte[3])),
            withExtensions(
                good, extensions -> extensions.put(ExtensionType.EARLY_DATA, new byte[0])),
            withExtensions(
                good,
                extensions ->
                    extensions.put(ExtensionType.QUIC_TRANSPORT_PARAMETERS, new byte[1])));
    for (byte[] hello : bad) {
      assertAlert(
          Alert.ILLEGAL_PARAMETER, () -> feed(retryingServer(), EncryptionLevel.INITIAL, hello));
    }
  }
}
