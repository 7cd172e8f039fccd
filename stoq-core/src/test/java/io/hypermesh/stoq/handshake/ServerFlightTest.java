package io.hypermesh.stoq.handshake;

import static io.hypermesh.stoq.handshake.HandshakeAssertions.assertAlert;
import static io.hypermesh.stoq.handshake.HandshakeAssertions.assertCode;
import static io.hypermesh.stoq.handshake.HandshakeAssertions.assertProtocolViolation;
import static io.hypermesh.stoq.handshake.HandshakeFixture.client;
import static io.hypermesh.stoq.handshake.HandshakeFixture.clientHello;
import static io.hypermesh.stoq.handshake.HandshakeFixture.clientSettings;
import static io.hypermesh.stoq.handshake.HandshakeFixture.feed;
import static io.hypermesh.stoq.handshake.HandshakeFixture.join;
import static io.hypermesh.stoq.handshake.HandshakeFixture.pair;
import static io.hypermesh.stoq.handshake.HandshakeFixture.server;
import static io.hypermesh.stoq.handshake.HandshakeFixture.serverSettings;
import static io.hypermesh.stoq.handshake.HandshakeFixture.split;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.stoq.handshake.HandshakeEvent.PeerTransportParameters;
import io.hypermesh.stoq.handshake.TlsSettings.Limits;
import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.packet.TransportException;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import javax.security.auth.x500.X500Principal;
import org.junit.jupiter.api.Test;

/** What either side says to messages of a flight that are wrong in themselves. */
class ServerFlightTest {
  /** Runs a handshake in which one message of the server's flight is another. */
  private static TransportException clientsFailure(int type, UnaryOperator<byte[]> change) {
    HandshakePair pair =
        new HandshakePair(
                client(clientSettings()),
                server(serverSettings()),
                (fromClient, level, data) ->
                    !fromClient && level == EncryptionLevel.HANDSHAKE
                        ? replace(data, type, change)
                        : data,
                Integer.MAX_VALUE)
            .run();
    return pair.client.failure;
  }

  private static byte[] replace(byte[] flight, int type, UnaryOperator<byte[]> change) {
    List<byte[]> messages = new ArrayList<>();
    for (byte[] message : split(flight)) {
      messages.add(message[0] == type ? change.apply(message) : message);
    }
    return join(messages);
  }

  private static void assertExtensionsRefused(Alert alert, Consumer<HandshakeWriter> extensions) {
    HandshakeWriter writer = HandshakeWriter.ofMessage(HandshakeType.ENCRYPTED_EXTENSIONS).open(2);
    extensions.accept(writer);
    byte[] message = writer.finish();
    assertAlert(alert, clientsFailure(HandshakeType.ENCRYPTED_EXTENSIONS, original -> message));
  }

  private static HandshakeWriter protocols(HandshakeWriter writer, String... protocols) {
    writer.extension(ExtensionType.APPLICATION_LAYER_PROTOCOL_NEGOTIATION).open(2);
    for (String protocol : protocols) {
      writer.opaque(1, protocol.getBytes(StandardCharsets.UTF_8));
    }
    return writer.close().close();
  }

  private static HandshakeWriter parameters(HandshakeWriter writer) {
    return writer.extension(ExtensionType.QUIC_TRANSPORT_PARAMETERS).uint8(1).close();
  }

  @Test
  void shouldRefuseEncryptedExtensionsThatQuicForbids() {
    assertExtensionsRefused(Alert.NO_APPLICATION_PROTOCOL, ServerFlightTest::parameters);
    assertExtensionsRefused(Alert.MISSING_EXTENSION, writer -> protocols(writer, "stoq/1.0"));
    assertExtensionsRefused(
        Alert.NO_APPLICATION_PROTOCOL, writer -> parameters(protocols(writer, "h3")));
    assertExtensionsRefused(
        Alert.ILLEGAL_PARAMETER, writer -> parameters(protocols(writer, "stoq/1.0", "h3")));
    assertExtensionsRefused(Alert.DECODE_ERROR, writer -> parameters(protocols(writer)));
    assertExtensionsRefused(
        Alert.ILLEGAL_PARAMETER, writer -> parameters(parameters(protocols(writer, "stoq/1.0"))));
    assertExtensionsRefused(
        Alert.UNSUPPORTED_EXTENSION,
        writer -> parameters(protocols(writer, "stoq/1.0")).extension(5).close());
    assertExtensionsRefused(
        Alert.UNSUPPORTED_EXTENSION,
        writer ->
            parameters(protocols(writer, "stoq/1.0")).extension(ExtensionType.EARLY_DATA).close());
    assertExtensionsRefused(
        Alert.ILLEGAL_PARAMETER,
        writer ->
            parameters(protocols(writer, "stoq/1.0")).extension(ExtensionType.KEY_SHARE).close());
    assertExtensionsRefused(
        Alert.DECODE_ERROR,
        writer ->
            parameters(protocols(writer, "stoq/1.0"))
                .extension(ExtensionType.SERVER_NAME)
                .uint8(0)
                .close());
  }

  @Test
  void shouldTakeSupportedGroupsInEncryptedExtensions() {
    HandshakeWriter writer = HandshakeWriter.ofMessage(HandshakeType.ENCRYPTED_EXTENSIONS).open(2);
    parameters(protocols(writer, "stoq/1.0"))
        .extension(ExtensionType.SUPPORTED_GROUPS)
        .open(2)
        .uint16(29)
        .close()
        .close();
    byte[] message = writer.finish();
    // Well taken, and then found out by Finished: the server never said so.
    assertAlert(
        Alert.DECRYPT_ERROR,
        clientsFailure(HandshakeType.ENCRYPTED_EXTENSIONS, original -> message));
  }

  private static byte[] request(int context, Consumer<HandshakeWriter> extensions) {
    HandshakeWriter writer =
        HandshakeWriter.ofMessage(HandshakeType.CERTIFICATE_REQUEST)
            .opaque(1, new byte[context])
            .open(2);
    extensions.accept(writer);
    return writer.finish();
  }

  @Test
  void shouldRefuseMalformedCertificateRequests() {
    assertAlert(Alert.MISSING_EXTENSION, () -> CertificateRequest.parse(request(0, writer -> {})));
    assertAlert(
        Alert.ILLEGAL_PARAMETER,
        () -> CertificateRequest.parse(request(1, SignatureScheme::writeExtension)));
    assertAlert(
        Alert.DECODE_ERROR,
        () ->
            CertificateRequest.parse(
                request(
                    0,
                    writer -> {
                      SignatureScheme.writeExtension(writer);
                      writer
                          .extension(ExtensionType.CERTIFICATE_AUTHORITIES)
                          .open(2)
                          .opaque(2, new byte[] {1, 2, 3})
                          .close()
                          .close();
                    })));
  }

  @Test
  void shouldNameItsAuthoritiesWhereTheyAreFew() throws Exception {
    X500Principal name = new X500Principal("CN=root");
    CertificateRequest request = CertificateRequest.parse(CertificateRequest.encode(List.of(name)));
    assertThat(request.authorities()).containsExactly(name);
    assertThat(request.signatureSchemes()).contains(SignatureScheme.ED25519);
    List<X500Principal> many = new ArrayList<>();
    for (int i = 0; i <= CertificateRequest.AUTHORITIES_SENT_MAX; i++) {
      many.add(new X500Principal("CN=" + i));
    }
    assertThat(CertificateRequest.parse(CertificateRequest.encode(many)).authorities()).isEmpty();
  }

  @Test
  void shouldRefuseCertificatesThatBreakTheRules() {
    byte[] empty = CertificateMessage.encode(List.of());
    assertAlert(Alert.DECODE_ERROR, clientsFailure(HandshakeType.CERTIFICATE, original -> empty));
    byte[] withContext =
        HandshakeWriter.ofMessage(HandshakeType.CERTIFICATE)
            .opaque(1, new byte[1])
            .open(3)
            .finish();
    assertAlert(
        Alert.ILLEGAL_PARAMETER,
        clientsFailure(HandshakeType.CERTIFICATE, original -> withContext));
    byte[] withStaple =
        HandshakeWriter.ofMessage(HandshakeType.CERTIFICATE)
            .open(1)
            .close()
            .open(3)
            .opaque(3, new byte[1])
            .open(2)
            .extension(5)
            .finish();
    assertAlert(
        Alert.UNSUPPORTED_EXTENSION,
        clientsFailure(HandshakeType.CERTIFICATE, original -> withStaple));
    byte[] emptyEntry =
        HandshakeWriter.ofMessage(HandshakeType.CERTIFICATE)
            .open(1)
            .close()
            .open(3)
            .opaque(3, new byte[0])
            .opaque(2, new byte[0])
            .finish();
    assertAlert(
        Alert.DECODE_ERROR, clientsFailure(HandshakeType.CERTIFICATE, original -> emptyEntry));
    byte[] rubbish = CertificateMessage.encode(List.of(new byte[] {0x30, 1, 2}));
    // The rubbish is in no transcript of the server: Finished says so before anyone decodes it.
    assertAlert(
        Alert.DECRYPT_ERROR, clientsFailure(HandshakeType.CERTIFICATE, original -> rubbish));
  }

  @Test
  void shouldRefuseSchemesThatWereNotOffered() {
    for (SignatureScheme scheme :
        List.of(SignatureScheme.RSA_PKCS1_SHA256, SignatureScheme.RSA_PKCS1_SHA512)) {
      byte[] verify = CertificateVerify.encode(scheme, new byte[64]);
      assertAlert(
          Alert.ILLEGAL_PARAMETER,
          clientsFailure(HandshakeType.CERTIFICATE_VERIFY, original -> verify));
    }
    byte[] unknown =
        HandshakeWriter.ofMessage(HandshakeType.CERTIFICATE_VERIFY)
            .uint16(0x0203)
            .opaque(2, new byte[64])
            .finish();
    assertAlert(
        Alert.ILLEGAL_PARAMETER,
        clientsFailure(HandshakeType.CERTIFICATE_VERIFY, original -> unknown));
  }

  @Test
  void shouldRefuseAFinishedOfAnotherLength() {
    for (int length : List.of(0, 31, 33, 48)) {
      byte[] finished = TlsHandshake.finishedMessage(new byte[length]);
      assertAlert(Alert.DECODE_ERROR, clientsFailure(HandshakeType.FINISHED, original -> finished));
    }
  }

  @Test
  void shouldRefuseChainsOverTheLimits() {
    int serverBytes = bytes(HandshakeFixture.SERVER);
    int clientBytes = bytes(HandshakeFixture.CLIENT);
    for (Limits limits : List.of(chain(1, 49_152), chain(2, serverBytes - 1))) {
      assertAlert(
          Alert.BAD_CERTIFICATE,
          pair(clientSettings().limits(limits), serverSettings()).run().client.failure);
    }
    for (Limits limits : List.of(chain(1, 49_152), chain(2, clientBytes - 1))) {
      assertAlert(
          Alert.BAD_CERTIFICATE,
          pair(clientSettings(), serverSettings().limits(limits)).run().server.failure);
    }
    HandshakeTest.requireComplete(
        pair(
                clientSettings().limits(chain(2, serverBytes)),
                serverSettings().limits(chain(2, clientBytes)))
            .run());
  }

  private static Limits chain(int lengthMax, int bytesMax) {
    return new Limits(65_536, lengthMax, bytesMax, 8_192);
  }

  private static int bytes(TestIdentities.Identity identity) {
    return identity.chain().stream().mapToInt(ServerFlightTest::length).sum();
  }

  private static int length(X509Certificate certificate) {
    try {
      return certificate.getEncoded().length;
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void shouldRefuseMessagesOverTheLimitByTheirHeaderAlone() throws Exception {
    Limits limits = new Limits(1_024, 10, 49_152, 8_192);
    byte[] tooLong = {HandshakeType.CLIENT_HELLO, 0, 4, 1};
    assertCode(
        TransportErrorCode.CRYPTO_BUFFER_EXCEEDED,
        () -> feed(server(serverSettings().limits(limits)), EncryptionLevel.INITIAL, tooLong));
    byte[] longEnough = {HandshakeType.CLIENT_HELLO, 0, 4, 0};
    TlsHandshake server = server(serverSettings().limits(limits));
    feed(server, EncryptionLevel.INITIAL, longEnough);
    assertAlert(
        Alert.PROTOCOL_VERSION, () -> feed(server, EncryptionLevel.INITIAL, new byte[1_024]));
  }

  @Test
  void shouldRefuseSettingsThatMakeNoSense() {
    assertThatThrownBy(() -> new Limits(1_023, 1, 1, 2_048))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Limits(0x1000000, 1, 1, 2_048))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Limits(1_024, 0, 1, 2_048))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Limits(1_024, 1, 0, 2_048))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Limits(1_024, 1, 1, 2_047))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> clientSettings().applicationProtocols(List.of()).build())
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> clientSettings().applicationProtocols(List.of("")).build())
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> clientSettings().groups(List.of()).build())
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> client(clientSettings().trustManager(null)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> server(serverSettings().trustManager(null)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> server(serverSettings().keyManager(null)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> TlsHandshake.client(clientSettings().build(), "", 1, new byte[0]))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void shouldLimitTheSizeOfRsaKeys() {
    TestIdentities.Identity rsa =
        HandshakeFixture.AUTHORITY.issue(TestIdentities.Kind.RSA, HandshakeFixture.HOST);
    assertThat(
            Signatures.fits(
                SignatureScheme.RSA_PSS_RSAE_SHA256, rsa.chain().getFirst().getPublicKey(), 2_047))
        .isFalse();
    assertThat(
            Signatures.fits(
                SignatureScheme.RSA_PSS_RSAE_SHA256, rsa.chain().getFirst().getPublicKey(), 2_048))
        .isTrue();
  }

  private static byte[] ticket(long lifetimeSeconds, int earlyData) {
    HandshakeWriter writer =
        HandshakeWriter.ofMessage(HandshakeType.NEW_SESSION_TICKET)
            .uint16((int) (lifetimeSeconds >>> 16))
            .uint16((int) lifetimeSeconds)
            .uint16(0)
            .uint16(0)
            .opaque(1, new byte[8])
            .opaque(2, new byte[32])
            .open(2);
    if (earlyData != 0) {
      writer.extension(ExtensionType.EARLY_DATA).uint16(earlyData >>> 16).uint16(earlyData).close();
    }
    return writer.finish();
  }

  @Test
  void shouldTakeTicketsAndNothingElseAfterTheHandshake() throws Exception {
    HandshakePair pair = pair(clientSettings(), serverSettings()).run();
    TlsHandshake client = pair.client.handshake;
    feed(client, EncryptionLevel.ONE_RTT, ticket(7_200, 0));
    feed(client, EncryptionLevel.ONE_RTT, join(List.of(ticket(604_800, -1), ticket(0, 0))));
    assertThat(client.pollEvent()).isNull();
    assertAlert(
        Alert.ILLEGAL_PARAMETER,
        () -> feed(connected().client.handshake, EncryptionLevel.ONE_RTT, ticket(604_801, 0)));
    assertProtocolViolation(
        () -> feed(connected().client.handshake, EncryptionLevel.ONE_RTT, ticket(1, 1_024)));
    assertProtocolViolation(() ->
        feed(
            connected().client.handshake,
            EncryptionLevel.ONE_RTT,
            CertificateRequest.encode(List.of())));
    byte[] keyUpdate = {HandshakeType.KEY_UPDATE, 0, 0, 1, 0};
    assertAlert(
        Alert.UNEXPECTED_MESSAGE,
        () -> feed(connected().client.handshake, EncryptionLevel.ONE_RTT, keyUpdate));
    assertAlert(
        Alert.UNEXPECTED_MESSAGE,
        () -> feed(connected().server.handshake, EncryptionLevel.ONE_RTT, keyUpdate));
    assertAlert(
        Alert.UNEXPECTED_MESSAGE,
        () -> feed(connected().server.handshake, EncryptionLevel.ONE_RTT, ticket(1, 0)));
    assertAlert(
        Alert.UNEXPECTED_MESSAGE,
        () -> feed(connected().server.handshake, EncryptionLevel.ONE_RTT, clientHello()));
  }

  private static HandshakePair connected() {
    return pair(clientSettings(), serverSettings()).run();
  }

  @Test
  void shouldRefuseBytesOfALevelThatIsOver() throws Exception {
    byte[] one = {HandshakeType.FINISHED};
    assertProtocolViolation(
        () -> feed(connected().client.handshake, EncryptionLevel.HANDSHAKE, one));
    assertProtocolViolation(() -> feed(connected().server.handshake, EncryptionLevel.INITIAL, one));
    assertAlert(
        Alert.UNEXPECTED_MESSAGE,
        () -> feed(client(clientSettings()), EncryptionLevel.HANDSHAKE, one));
    assertAlert(
        Alert.UNEXPECTED_MESSAGE,
        () -> feed(server(serverSettings()), EncryptionLevel.ONE_RTT, one));
    // While a task is under way the peer has nothing to say.
    TlsHandshake negotiating = server(serverSettings());
    feed(negotiating, EncryptionLevel.INITIAL, clientHello());
    assertAlert(
        Alert.UNEXPECTED_MESSAGE, () -> feed(negotiating, EncryptionLevel.INITIAL, new byte[] {1}));
  }

  @Test
  void shouldLetGoOfATaskWhoseHandshakeFailedMeanwhile() throws Exception {
    TlsHandshake server = server(serverSettings());
    feed(server, EncryptionLevel.INITIAL, clientHello());
    HandshakeTask task = server.pollTask();
    assertThat(server.pollEvent()).isInstanceOf(PeerTransportParameters.class);
    assertThat(server.pollEvent()).isNull();
    assertAlert(
        Alert.UNEXPECTED_MESSAGE, () -> feed(server, EncryptionLevel.INITIAL, new byte[] {1}));
    task.run();
    server.handleTaskDone(task);
    assertThat(server.pollEvent()).isNull();
    assertThat(((ServerFlightTask) task).sharedSecret()).isNotEmpty().containsOnly(0);
  }

  @Test
  void shouldRefuseMessagesThatSpanAChangeOfKeys() {
    HandshakePair pair =
        new HandshakePair(
                client(clientSettings()),
                server(serverSettings()),
                (fromClient, level, data) ->
                    !fromClient && level == EncryptionLevel.INITIAL
                        ? join(List.of(data, new byte[] {8, 0}))
                        : data,
                Integer.MAX_VALUE)
            .run();
    assertThat(pair.client.failure.errorCode()).isEqualTo(TransportErrorCode.PROTOCOL_VIOLATION);
  }
}
