package io.hypermesh.stoq.handshake;

import static io.hypermesh.stoq.handshake.HandshakeAssertions.assertAlert;
import static io.hypermesh.stoq.handshake.HandshakeFixture.AUTHORITY;
import static io.hypermesh.stoq.handshake.HandshakeFixture.HOST;
import static io.hypermesh.stoq.handshake.HandshakeFixture.alter;
import static io.hypermesh.stoq.handshake.HandshakeFixture.client;
import static io.hypermesh.stoq.handshake.HandshakeFixture.clientSettings;
import static io.hypermesh.stoq.handshake.HandshakeFixture.pair;
import static io.hypermesh.stoq.handshake.HandshakeFixture.server;
import static io.hypermesh.stoq.handshake.HandshakeFixture.serverSettings;
import static io.hypermesh.stoq.handshake.HandshakeFixture.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.stoq.handshake.TestIdentities.Identity;
import io.hypermesh.stoq.handshake.TestIdentities.Kind;
import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.packet.TransportException;
import io.hypermesh.stoq.protection.CipherSuite;
import java.net.Socket;
import java.security.Principal;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.PKIXReason;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.X509ExtendedTrustManager;
import org.junit.jupiter.api.Test;

/** Nobody gets in who should not, and everybody hears why. */
class AuthenticationTest {
  private static final TestIdentities STRANGERS = TestIdentities.create("strangers");

  @Test
  void shouldRefuseAClientWithoutTheCertificateThatIsRequired() {
    HandshakePair pair = pair(settings(null, 1), serverSettings()).run();
    assertAlert(Alert.CERTIFICATE_REQUIRED, pair.server.failure);
    assertNotConnected(pair.server);
  }

  private static void assertNotConnected(HandshakePair.Side side) {
    assertThat(side.complete).isNull();
    assertThat(side.handshake.isComplete()).isFalse();
    assertThat(side.secrets)
        .noneMatch(given -> given.level() == EncryptionLevel.ONE_RTT && given.readSecret() != null);
  }

  @Test
  void shouldRefuseAServerWithAnotherName() {
    Identity other = AUTHORITY.issue(Kind.ED25519, "other.example", "::2");
    HandshakePair pair = pair(clientSettings(), settings(other, 2)).run();
    assertAlert(Alert.CERTIFICATE_UNKNOWN, pair.client.failure);
    assertNotConnected(pair.client);
    TlsHandshake toAddress =
        TlsHandshake.client(clientSettings().build(), "::1", 9292, new byte[0]);
    HandshakePair byAddress = new HandshakePair(toAddress, server(settings(other, 2))).run();
    assertAlert(Alert.CERTIFICATE_UNKNOWN, byAddress.client.failure);
  }

  @Test
  void shouldRefuseAnUntrustedServer() {
    HandshakePair pair =
        pair(clientSettings(), settings(STRANGERS.issue(Kind.ED25519, HOST), 2)).run();
    assertAlert(Alert.UNKNOWN_CA, pair.client.failure);
    assertNotConnected(pair.client);
    assertThat(pair.client.sent).hasSize(1); // nothing was shown to it
  }

  @Test
  void shouldRefuseAnUntrustedClient() {
    HandshakePair pair =
        pair(
                settings(STRANGERS.issue(Kind.P256, "client"), 1).trustManager(trustAll()),
                serverSettings())
            .run();
    assertAlert(Alert.UNKNOWN_CA, pair.server.failure);
    assertNotConnected(pair.server);
  }

  @Test
  void shouldRefuseExpiredAndFutureCertificates() {
    Identity expired =
        AUTHORITY.issue(Kind.ED25519, TestIdentities.days(-2), TestIdentities.days(-1), HOST);
    Identity future =
        AUTHORITY.issue(Kind.ED25519, TestIdentities.days(1), TestIdentities.days(2), HOST);
    for (Identity identity : List.of(expired, future)) {
      assertAlert(
          Alert.CERTIFICATE_EXPIRED,
          pair(clientSettings(), settings(identity, 2)).run().client.failure);
      assertAlert(
          Alert.CERTIFICATE_EXPIRED,
          pair(settings(identity, 1), serverSettings()).run().server.failure);
    }
  }

  @Test
  void shouldRefuseACertificateOfAnotherKey() {
    // The right certificate with a key that is not its own.
    Identity mixed =
        new Identity(
            TestIdentities.generate(Kind.ED25519).getPrivate(), HandshakeFixture.SERVER.chain());
    assertAlert(
        Alert.DECRYPT_ERROR, pair(clientSettings(), settings(mixed, 2)).run().client.failure);
    assertAlert(
        Alert.DECRYPT_ERROR, pair(settings(mixed, 1), serverSettings()).run().server.failure);
  }

  @Test
  void shouldRefuseEveryCorruptedProof() {
    Consumer<byte[]> flipLast = message -> message[message.length - 1] ^= 1;
    Consumer<byte[]> flipFirst = message -> message[8] ^= 1;
    for (Consumer<byte[]> flip : List.of(flipLast, flipFirst)) {
      assertTampered(true, HandshakeType.FINISHED, flip);
      assertTampered(false, HandshakeType.FINISHED, flip);
    }
    // Whatever it is, it is in one transcript and not in the other.
    assertTampered(true, HandshakeType.CERTIFICATE_VERIFY, flipLast);
    assertTampered(false, HandshakeType.CERTIFICATE_VERIFY, flipLast);
    assertTampered(false, HandshakeType.ENCRYPTED_EXTENSIONS, flipLast);
    assertTampered(false, HandshakeType.CERTIFICATE, message -> message[message.length - 20] ^= 1);
  }

  private static void assertTampered(boolean byClient, int type, Consumer<byte[]> change) {
    HandshakePair pair =
        new HandshakePair(
                client(clientSettings()),
                server(serverSettings()),
                (fromClient, level, data) ->
                    fromClient == byClient && level == EncryptionLevel.HANDSHAKE
                        ? alter(data, type, change)
                        : data,
                Integer.MAX_VALUE)
            .run();
    HandshakePair.Side victim = byClient ? pair.server : pair.client;
    assertAlert(Alert.DECRYPT_ERROR, victim.failure);
    assertNotConnected(victim);
  }

  @Test
  void shouldRefuseTamperedHellos() {
    for (boolean clientsHello : List.of(true, false)) {
      HandshakePair pair =
          new HandshakePair(
                  client(clientSettings()),
                  server(serverSettings()),
                  (fromClient, level, data) -> {
                    if (fromClient == clientsHello && level == EncryptionLevel.INITIAL) {
                      data[10] ^= 1; // of the random
                    }
                    return data;
                  },
                  Integer.MAX_VALUE)
              .run();
      assertAlert(Alert.DECRYPT_ERROR, pair.client.failure);
    }
  }

  @Test
  void shouldRefuseASignatureThatDoesNotFitTheCertificate() {
    // ECDSA is offered, but the certificate's key is Ed25519.
    PeerAuthentication wrong =
        new PeerAuthentication(
            List.of(encoded(HandshakeFixture.SERVER.chain().getFirst())),
            new CertificateVerify(SignatureScheme.ECDSA_SECP256R1_SHA256, new byte[70]),
            new byte[32]);
    assertThatThrownBy(() ->
            wrong.authenticate(AUTHORITY.trustManager(), context(), TlsSettings.Limits.DEFAULT))
        .isInstanceOfSatisfying(
            AuthenticationException.class,
            e -> assertThat(e.alert()).isEqualTo(Alert.ILLEGAL_PARAMETER));
  }

  private static HandshakeContext context() {
    return new HandshakeContext(
        true, HOST, 9292, HOST, CipherSuite.AES_128_GCM_SHA256, "stoq/1.0", List.of(), List.of());
  }

  private static byte[] encoded(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (CertificateException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void shouldRefuseWhatIsNotExactlyOneCertificate() {
    byte[] good = encoded(HandshakeFixture.SERVER.chain().getFirst());
    byte[] trailing = Arrays.copyOf(good, good.length + 1);
    byte[] truncated = Arrays.copyOf(good, good.length - 1);
    for (byte[] bad : List.of(trailing, truncated, new byte[] {0x30, 0}, new byte[] {'-'})) {
      PeerAuthentication peer =
          new PeerAuthentication(
              List.of(bad),
              new CertificateVerify(SignatureScheme.ED25519, new byte[64]),
              new byte[32]);
      assertThatThrownBy(() ->
              peer.authenticate(AUTHORITY.trustManager(), context(), TlsSettings.Limits.DEFAULT))
          .isInstanceOfSatisfying(
              AuthenticationException.class,
              e -> assertThat(e.alert()).isEqualTo(Alert.BAD_CERTIFICATE));
    }
  }

  @Test
  void shouldSayThatTheServerHasNoCertificate() {
    OneKeyManager empty =
        new OneKeyManager(HandshakeFixture.SERVER) {
          @Override
          public String chooseEngineServerAlias(
              String keyType, Principal[] issuers, SSLEngine engine) {
            return null;
          }
        };
    HandshakePair pair = pair(clientSettings(), serverSettings().keyManager(empty)).run();
    assertAlert(Alert.HANDSHAKE_FAILURE, pair.server.failure);
  }

  @Test
  void shouldKeepTheCauseOfABrokenManagerForTheHost() throws Exception {
    RuntimeException broken = new IllegalStateException("token removed");
    OneKeyManager manager =
        new OneKeyManager(HandshakeFixture.SERVER) {
          @Override
          public X509Certificate[] getCertificateChain(String alias) {
            throw broken;
          }
        };
    TlsHandshake server = server(serverSettings().keyManager(manager));
    HandshakeFixture.feed(server, EncryptionLevel.INITIAL, HandshakeFixture.clientHello());
    HandshakeTask task = server.pollTask();
    task.run();
    assertAlert(Alert.INTERNAL_ERROR, () -> server.handleTaskDone(task));
    assertThat(task.cause()).isSameAs(broken);
    assertThatThrownBy(task::run).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void shouldThrowTheSameFailureEverAfter() {
    HandshakePair pair = pair(settings(null, 1), serverSettings()).run();
    TransportException first = pair.server.failure;
    assertThatThrownBy(() ->
            pair.server.handshake.handleCrypto(EncryptionLevel.HANDSHAKE, new byte[] {20}, 0, 1))
        .isSameAs(first);
  }

  @Test
  void shouldShowManagersWhatTheHandshakeIsAbout() {
    List<String> seen = new ArrayList<>();
    X509ExtendedTrustManager clientTrust =
        new RecordingTrustManager() {
          @Override
          public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
            ExtendedSSLSession session = (ExtendedSSLSession) engine.getHandshakeSession();
            seen.add("server " + type + " " + chain.length + " " + session.getPeerHost());
            seen.add(engine.getSSLParameters().getEndpointIdentificationAlgorithm());
            seen.add(session.getProtocol() + " " + session.getCipherSuite());
            assertThat(session.getRequestedServerNames()).containsExactly(new SNIHostName(HOST));
            assertThat(session.getLocalSupportedSignatureAlgorithms()).contains("Ed25519");
            assertThat(engine.getUseClientMode()).isTrue();
            assertThat(engine.getPeerPort()).isEqualTo(9292);
            try {
              assertThat(session.getPeerCertificates()).isEqualTo(chain);
            } catch (SSLPeerUnverifiedException e) {
              throw new AssertionError(e);
            }
          }
        };
    X509ExtendedTrustManager serverTrust =
        new RecordingTrustManager() {
          @Override
          public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
            seen.add("client " + type + " " + chain.length);
            assertThat(engine.getSSLParameters().getEndpointIdentificationAlgorithm()).isNull();
            assertThat(engine.getHandshakeApplicationProtocol()).isEqualTo("stoq/1.0");
            assertThat(engine.getUseClientMode()).isFalse();
          }
        };
    HandshakePair pair =
        pair(clientSettings().trustManager(clientTrust), serverSettings().trustManager(serverTrust))
            .run();
    HandshakeTest.requireComplete(pair);
    assertThat(seen)
        .containsExactly(
            "server UNKNOWN 2 " + HOST,
            "HTTPS",
            "TLSv1.3 TLS_AES_128_GCM_SHA256",
            "client EdDSA 2");
  }

  @Test
  void shouldNameTheAlertThatSaysMost() {
    assertThat(alertFor(new CertificateExpiredException())).isEqualTo(Alert.CERTIFICATE_EXPIRED);
    assertThat(alertFor(new CertificateNotYetValidException()))
        .isEqualTo(Alert.CERTIFICATE_EXPIRED);
    assertThat(alertFor(new CertPathBuilderException("none"))).isEqualTo(Alert.UNKNOWN_CA);
    assertThat(alertFor(path(PKIXReason.NO_TRUST_ANCHOR))).isEqualTo(Alert.UNKNOWN_CA);
    assertThat(alertFor(path(PKIXReason.NOT_CA_CERT))).isEqualTo(Alert.BAD_CERTIFICATE);
    assertThat(alertFor(path(CertPathValidatorException.BasicReason.REVOKED)))
        .isEqualTo(Alert.CERTIFICATE_REVOKED);
    assertThat(alertFor(path(CertPathValidatorException.BasicReason.EXPIRED)))
        .isEqualTo(Alert.CERTIFICATE_EXPIRED);
    assertThat(alertFor(path(CertPathValidatorException.BasicReason.UNSPECIFIED)))
        .isEqualTo(Alert.CERTIFICATE_UNKNOWN);
    assertThat(alertFor(new IllegalStateException())).isEqualTo(Alert.CERTIFICATE_UNKNOWN);
  }

  private static Alert alertFor(Exception cause) {
    return PeerAuthentication.alertFor(new CertificateException("refused", cause));
  }

  private static CertPathValidatorException path(CertPathValidatorException.Reason reason) {
    return new CertPathValidatorException("refused", null, null, -1, reason);
  }

  private static X509ExtendedTrustManager trustAll() {
    return new RecordingTrustManager();
  }

  /** Accepts everybody. */
  private static class RecordingTrustManager extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {
      throw new UnsupportedOperationException();
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
