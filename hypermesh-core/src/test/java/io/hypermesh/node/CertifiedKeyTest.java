package io.hypermesh.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.byzantine.Ed25519;
import io.hypermesh.byzantine.Signer;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Provider;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CertifiedKeyTest {
  @ParameterizedTest
  @ValueSource(strings = {"platform", "bouncycastle"})
  void shouldSignWithTheKeyOfAnyProvider(String provider) throws Exception {
    KeyPairGenerator generator =
        provider.equals("platform")
            ? KeyPairGenerator.getInstance("Ed25519")
            : KeyPairGenerator.getInstance("Ed25519", (Provider) new BouncyCastleProvider());
    KeyPair keyPair = generator.generateKeyPair();

    Signer signer = CertifiedKey.signer(keyPair.getPrivate());

    assertThat(signer.publicKey()).isEqualTo(keyPair.getPublic().getEncoded());
    byte[] message = {1, 2, 3};
    assertThat(
            Ed25519.verifier()
                .verify(keyPair.getPublic().getEncoded(), message, signer.sign(message)))
        .isTrue();
  }

  @Test
  void shouldRefuseAnotherKindOfKey() throws Exception {
    PrivateKey elliptic = KeyPairGenerator.getInstance("EC").generateKeyPair().getPrivate();

    assertThatThrownBy(() -> CertifiedKey.signer(elliptic))
        .isInstanceOf(NodeException.class)
        .hasMessageContaining("not an Ed25519 key: EC");
  }

  @Test
  void shouldRefuseAKeyThatStaysInItsToken() {
    PrivateKey inToken =
        new PrivateKey() {
          private static final long serialVersionUID = 1L;

          @Override
          public String getAlgorithm() {
            return "Ed25519";
          }

          @Override
          public String getFormat() {
            return null;
          }

          @Override
          public byte[] getEncoded() {
            return null;
          }
        };

    assertThatThrownBy(() -> CertifiedKey.signer(inToken))
        .isInstanceOf(NodeException.class)
        .hasMessageContaining("does not leave its provider");
  }
}
