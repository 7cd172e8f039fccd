package io.hypermesh.stoq.handshake;

import static io.hypermesh.stoq.handshake.HandshakeAssertions.assertAlert;
import static io.hypermesh.stoq.handshake.HandshakeFixture.clientHello;
import static io.hypermesh.stoq.handshake.HandshakeFixture.withExtensions;
import static io.hypermesh.stoq.handshake.SignatureScheme.ECDSA_SECP256R1_SHA256;
import static io.hypermesh.stoq.handshake.SignatureScheme.ED25519;
import static io.hypermesh.stoq.handshake.SignatureScheme.RSA_PKCS1_SHA256;
import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.protection.CipherSuite;
import java.security.Principal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SSLEngine;
import org.junit.jupiter.api.Test;

/** signature_algorithms_cert (RFC 8446, 4.2.3): from the peer's message to the key manager. */
class CertificateSchemesTest {
  /** ecdsa_secp256r1_sha256 alone. */
  private static final byte[] ECDSA_ONLY = {0, 2, 4, 3};

  /** Has a key only for peers that verify a certain algorithm in certificates. */
  private static final class PickyManager extends OneKeyManager {
    private final String wanted;
    private final List<List<String>> asked = new ArrayList<>();

    PickyManager(String wanted) {
      super(HandshakeFixture.SERVER);
      this.wanted = wanted;
    }

    private boolean fits(SSLEngine engine) {
      List<String> algorithms =
          Arrays.asList(
              ((ExtendedSSLSession) engine.getHandshakeSession())
                  .getPeerSupportedSignatureAlgorithms());
      asked.add(algorithms);
      return algorithms.contains(wanted);
    }

    @Override
    public String chooseEngineServerAlias(String keyType, Principal[] issuers, SSLEngine engine) {
      return fits(engine) ? super.chooseEngineServerAlias(keyType, issuers, engine) : null;
    }

    @Override
    public String chooseEngineClientAlias(
        String[] keyTypes, Principal[] issuers, SSLEngine engine) {
      return fits(engine) ? super.chooseEngineClientAlias(keyTypes, issuers, engine) : null;
    }
  }

  private static ClientHello hello(byte[] extension) throws Exception {
    return ClientHello.parse(
        withExtensions(
            clientHello(),
            extensions -> extensions.put(ExtensionType.SIGNATURE_ALGORITHMS_CERT, extension)));
  }

  private static Credentials choose(boolean client, PickyManager manager) {
    HandshakeContext context =
        new HandshakeContext(
            client,
            null,
            -1,
            null,
            CipherSuite.AES_128_GCM_SHA256,
            "test",
            List.of(SignatureScheme.values()),
            List.of(ECDSA_SECP256R1_SHA256),
            List.of());
    return Credentials.choose(
        manager, context, List.of(), HandshakeFixture.serverSettings().build().limits());
  }

  @Test
  void shouldReadWhatTheClientVerifiesInCertificates() throws Exception {
    ClientHello hello = hello(ECDSA_ONLY);
    assertThat(hello.certificateSchemes()).containsExactly(ECDSA_SECP256R1_SHA256);
    assertThat(hello.signatureSchemes()).contains(ED25519);
  }

  @Test
  void shouldTakeTheHandshakesSchemesWhereNoneThatItKnowsAreNamed() throws Exception {
    ClientHello without = ClientHello.parse(clientHello());
    assertThat(without.certificateSchemes()).isEqualTo(without.signatureSchemes());
    ClientHello unknown = hello(new byte[] {0, 2, 0x7f, 0x7f});
    assertThat(unknown.certificateSchemes()).isEqualTo(unknown.signatureSchemes());
  }

  @Test
  void shouldRefuseAMalformedList() {
    assertAlert(Alert.DECODE_ERROR, () -> hello(new byte[] {0, 3, 4, 3, 0}));
    assertAlert(Alert.DECODE_ERROR, () -> hello(new byte[] {0, 2, 4, 3, 0}));
  }

  @Test
  void shouldReadWhatTheServerVerifiesInCertificates() throws Exception {
    HandshakeWriter writer =
        HandshakeWriter.ofMessage(HandshakeType.CERTIFICATE_REQUEST).open(1).close().open(2);
    SignatureScheme.writeExtension(writer);
    writer.extension(ExtensionType.SIGNATURE_ALGORITHMS_CERT).open(2);
    writer.uint16(RSA_PKCS1_SHA256.code()).close().close();
    CertificateRequest request = CertificateRequest.parse(writer.finish());
    assertThat(request.certificateSchemes()).containsExactly(RSA_PKCS1_SHA256);
    assertThat(request.signatureSchemes()).hasSize(SignatureScheme.values().length);
  }

  @Test
  void shouldTellTheKeyManager() {
    PickyManager manager = new PickyManager("SHA256withECDSA");
    assertThat(choose(false, manager)).isNotNull();
    assertThat(manager.asked).containsOnly(List.of("SHA256withECDSA"));
  }

  @Test
  void shouldShowAnotherChainWhereAServerHasNoneThatFits() {
    assertThat(choose(false, new PickyManager("Ed25519"))).isNotNull();
    assertThat(choose(true, new PickyManager("Ed25519"))).as("a client").isNull();
  }
}
