package io.hypermesh.stoq.handshake;

import static io.hypermesh.stoq.handshake.HandshakeAssertions.assertAlert;
import static io.hypermesh.stoq.handshake.HandshakeFixture.HOST;
import static io.hypermesh.stoq.handshake.HandshakeFixture.clientHello;
import static io.hypermesh.stoq.handshake.HandshakeFixture.clientSettings;
import static io.hypermesh.stoq.handshake.HandshakeFixture.pair;
import static io.hypermesh.stoq.handshake.HandshakeFixture.settings;
import static io.hypermesh.stoq.handshake.HandshakeFixture.withExtensions;
import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.handshake.TestIdentities.Identity;
import io.hypermesh.stoq.handshake.TestIdentities.Kind;
import io.hypermesh.stoq.packet.EncryptionLevel;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** ML-DSA-65 certificates, judged by the platform's own PKIX trust managers. */
class MlDsaTest {
  private static final TestIdentities AUTHORITY = TestIdentities.create("ml-dsa", Kind.ML_DSA);
  private static final Identity SERVER = AUTHORITY.issue(Kind.ML_DSA, HOST);
  private static final Identity CLIENT = AUTHORITY.issue(Kind.ML_DSA, "client.example");

  private static HandshakePair run(Identity client, Identity server) {
    return pair(
            settings(client, 1).trustManager(AUTHORITY.trustManager()),
            settings(server, 2).trustManager(AUTHORITY.trustManager()))
        .run();
  }

  @Test
  void shouldAuthenticateBothSidesByChainsOfMlDsaAlone() {
    HandshakePair pair = run(CLIENT, SERVER);
    HandshakeTest.requireComplete(pair);
    assertThat(pair.client.complete.peerCertificates()).isEqualTo(SERVER.chain());
    assertThat(pair.server.complete.peerCertificates()).isEqualTo(CLIENT.chain());
    assertThat(SERVER.chain())
        .allMatch(certificate -> certificate.getSigAlgOID().equals("2.16.840.1.101.3.4.3.18"));
  }

  @Test
  void shouldAuthenticateAClassicKeyByAChainOfMlDsa() {
    HandshakeTest.requireComplete(
        run(AUTHORITY.issue(Kind.ED25519, "client"), AUTHORITY.issue(Kind.P256, HOST)));
  }

  @Test
  void shouldRefuseAStrangersMlDsaChain() {
    Identity stranger = TestIdentities.create("stranger", Kind.ML_DSA).issue(Kind.ML_DSA, HOST);
    assertAlert(Alert.UNKNOWN_CA, run(CLIENT, stranger).client.failure);
    assertAlert(
        Alert.UNKNOWN_CA,
        pair(clientSettings(), settings(SERVER, 2).trustManager(AUTHORITY.trustManager()))
            .run()
            .client
            .failure);
  }

  @Test
  void shouldRefuseAForgedSignature() {
    HandshakePair pair =
        new HandshakePair(
                HandshakeFixture.client(settings(CLIENT, 1).trustManager(AUTHORITY.trustManager())),
                HandshakeFixture.server(settings(SERVER, 2).trustManager(AUTHORITY.trustManager())),
                (fromClient, level, data) ->
                    fromClient && level == EncryptionLevel.HANDSHAKE
                        ? HandshakeFixture.alter(
                            data,
                            HandshakeType.CERTIFICATE_VERIFY,
                            message -> message[message.length - 1] ^= 1)
                        : data,
                Integer.MAX_VALUE)
            .run();
    assertAlert(Alert.DECRYPT_ERROR, pair.server.failure);
  }

  @Test
  void shouldVerifyAndRefuseWithTheOneParameterSetThatTlsNames() throws Exception {
    byte[] content = CertificateVerify.signedContent(true, new byte[32]);
    KeyPair good = TestIdentities.generate(Kind.ML_DSA);
    byte[] signature = Signatures.sign(SignatureScheme.MLDSA65, good.getPrivate(), content);
    assertThat(signature).hasSize(3_309);
    assertThat(Signatures.fits(SignatureScheme.MLDSA65, good.getPublic(), 8_192)).isTrue();
    assertThat(Signatures.verify(SignatureScheme.MLDSA65, good.getPublic(), content, signature))
        .isTrue();
    signature[3_000] ^= 1;
    assertThat(Signatures.verify(SignatureScheme.MLDSA65, good.getPublic(), content, signature))
        .isFalse();
    assertThat(Signatures.verify(SignatureScheme.MLDSA65, good.getPublic(), content, new byte[9]))
        .isFalse();
    byte[] ofClient = CertificateVerify.signedContent(false, new byte[32]);
    signature[3_000] ^= 1;
    assertThat(Signatures.verify(SignatureScheme.MLDSA65, good.getPublic(), ofClient, signature))
        .isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"ML-DSA-44", "ML-DSA-87"})
  void shouldNotSignWithAKeyOfAnotherParameterSet(String algorithm) throws Exception {
    KeyPair other = KeyPairGenerator.getInstance(algorithm).generateKeyPair();
    for (SignatureScheme scheme : SignatureScheme.values()) {
      assertThat(Signatures.fits(scheme, other.getPublic(), 8_192)).as(scheme.name()).isFalse();
    }
    Identity server = AUTHORITY.issue(other, HOST);
    HandshakePair pair = run(CLIENT, server);
    assertAlert(Alert.HANDSHAKE_FAILURE, pair.server.failure);
  }

  @Test
  void shouldNotShowAnMlDsaCertificateToAClientThatDoesNotKnowIt() throws Exception {
    byte[] classic =
        new HandshakeWriter(8)
            .open(2)
            .uint16(SignatureScheme.ED25519.code())
            .uint16(SignatureScheme.ECDSA_SECP256R1_SHA256.code())
            .finish();
    byte[] hello =
        withExtensions(
            clientHello(),
            extensions -> extensions.put(ExtensionType.SIGNATURE_ALGORITHMS, classic));
    TlsHandshake server = HandshakeFixture.server(settings(SERVER, 2));
    HandshakeFixture.feed(server, EncryptionLevel.INITIAL, hello);
    HandshakeTask task = server.pollTask();
    task.run();
    assertAlert(Alert.HANDSHAKE_FAILURE, () -> server.handleTaskDone(task));
  }
}
