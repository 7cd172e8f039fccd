package io.hypermesh.stoq.handshake;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.handshake.TestIdentities.Kind;
import java.security.KeyPair;
import java.security.Signature;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each scheme of a CertificateVerify with each kind of key (RFC 8446, 4.2.3). */
class SignaturesTest {
  private static final Map<Kind, KeyPair> KEYS = new EnumMap<>(Kind.class);
  private static final byte[] CONTENT = CertificateVerify.signedContent(true, new byte[48]);

  static {
    for (Kind kind : Kind.values()) {
      KEYS.put(kind, TestIdentities.generate(kind));
    }
  }

  private static Kind kindOf(SignatureScheme scheme) {
    return switch (scheme) {
      case ED25519 -> Kind.ED25519;
      case ECDSA_SECP256R1_SHA256 -> Kind.P256;
      case ECDSA_SECP384R1_SHA384 -> Kind.P384;
      case MLDSA65 -> Kind.ML_DSA;
      case RSA_PSS_PSS_SHA256, RSA_PSS_PSS_SHA384, RSA_PSS_PSS_SHA512 -> Kind.RSA_PSS;
      default -> Kind.RSA;
    };
  }

  @ParameterizedTest
  @EnumSource(SignatureScheme.class)
  void shouldFitTheOneKindOfKeyAndNoOther(SignatureScheme scheme) {
    KEYS.forEach((kind, pair) ->
        assertThat(Signatures.fits(scheme, pair.getPublic(), 8_192))
            .as("%s with %s", scheme, kind)
            .isEqualTo(kind == kindOf(scheme)));
  }

  @ParameterizedTest
  @EnumSource(SignatureScheme.class)
  void shouldVerifyWhatItSignsAndNothingElse(SignatureScheme scheme) throws Exception {
    KeyPair pair = KEYS.get(kindOf(scheme));
    byte[] signature = Signatures.sign(scheme, pair.getPrivate(), CONTENT);
    assertThat(Signatures.verify(scheme, pair.getPublic(), CONTENT, signature)).isTrue();
    byte[] other = CONTENT.clone();
    other[130] ^= 1;
    assertThat(Signatures.verify(scheme, pair.getPublic(), other, signature)).isFalse();
    for (SignatureScheme wrong : SignatureScheme.values()) {
      boolean same =
          wrong == scheme
              // The same signature under another name: the key's kind tells them apart.
              || (wrong.jcaName().equals(scheme.jcaName())
                  && wrong.hashAlgorithm().equals(scheme.hashAlgorithm()));
      assertThat(Signatures.verify(wrong, pair.getPublic(), CONTENT, signature))
          .as("%s as %s", scheme, wrong)
          .isEqualTo(same);
    }
    for (int at : new int[] {0, signature.length / 2, signature.length - 1}) {
      signature[at] ^= 1;
      assertThat(Signatures.verify(scheme, pair.getPublic(), CONTENT, signature)).isFalse();
      signature[at] ^= 1;
    }
    assertThat(Signatures.verify(scheme, pair.getPublic(), CONTENT, new byte[0])).isFalse();
    byte[] longer = Arrays.copyOf(signature, signature.length + 1);
    assertThat(Signatures.verify(scheme, pair.getPublic(), CONTENT, longer)).isFalse();
  }

  @Test
  void shouldRefuseASaltOfAnotherLengthThanTheDigests() throws Exception {
    KeyPair pair = KEYS.get(Kind.RSA);
    for (int saltLength : new int[] {0, 20, 31, 33, 32}) {
      Signature signer = Signature.getInstance("RSASSA-PSS");
      signer.initSign(pair.getPrivate());
      signer.setParameter(
          new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, saltLength, 1));
      signer.update(CONTENT);
      assertThat(
              Signatures.verify(
                  SignatureScheme.RSA_PSS_RSAE_SHA256, pair.getPublic(), CONTENT, signer.sign()))
          .as("salt of %d", saltLength)
          .isEqualTo(saltLength == 32);
    }
  }
}
