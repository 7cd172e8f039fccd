package io.hypermesh.stoq.handshake;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.handshake.Wycheproof.Vector;
import io.hypermesh.stoq.packet.TransportException;
import java.math.BigInteger;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.X509EncodedKeySpec;
import java.util.HexFormat;
import java.util.List;
import org.bouncycastle.crypto.params.MLKEMPrivateKeyParameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Known attacks on the primitives, through the classes that the handshake uses. */
class WycheproofTest {
  private static final String ZERO_SECRET = "00".repeat(32);

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text);
  }

  @Test
  void shouldAgreeByX25519AndRefuseTheAllZeroSecret() {
    int refused = 0;
    for (Vector vector : Wycheproof.read("x25519_test.json")) {
      KeyExchange exchange =
          new EphemeralDiffieHellman(NamedGroup.X25519, hex(vector.get("private")));
      try {
        byte[] shared = exchange.agree(hex(vector.get("public")));
        assertThat(shared).as(vector.toString()).isEqualTo(hex(vector.get("shared")));
        assertThat(vector.get("shared")).as(vector.toString()).isNotEqualTo(ZERO_SECRET);
      } catch (TransportException e) {
        // RFC 8446, 7.4.2 wants this refusal; vectors call such secrets acceptable.
        assertThat(vector.get("shared")).as(vector.toString()).isEqualTo(ZERO_SECRET);
        refused++;
      }
    }
    assertThat(refused).isPositive();
  }

  @Test
  void shouldAgreeByP256AndRefuseWhatIsNoPoint() {
    int agreed = 0;
    for (Vector vector : Wycheproof.read("ecdh_secp256r1_ecpoint_test.json")) {
      byte[] scalar = scalar(vector.get("private"));
      if (scalar == null) {
        continue; // outside 32 bytes: no key that we would have made
      }
      KeyExchange exchange = new EphemeralDiffieHellman(NamedGroup.SECP256R1, scalar);
      try {
        byte[] shared = exchange.agree(hex(vector.get("public")));
        assertThat(vector.isInvalid()).as(vector.toString()).isFalse();
        assertThat(shared).as(vector.toString()).isEqualTo(hex(vector.get("shared")));
        agreed++;
      } catch (TransportException e) {
        assertThat(e.errorCode()).isEqualTo(Alert.ILLEGAL_PARAMETER.errorCode());
        // Compressed points are acceptable to vectors and forbidden by RFC 8446, 4.2.8.2.
        assertThat(vector.isValid()).as(vector.toString()).isFalse();
      }
    }
    assertThat(agreed).isGreaterThan(100);
  }

  @Test
  void shouldDeriveEncapsulateAndDecapsulateByMlKem() {
    int agreed = 0;
    for (Vector vector : Wycheproof.read("mlkem_768_test.json")) {
      byte[] seed = hex(vector.get("seed"));
      byte[] ciphertext = hex(vector.get("c"));
      if (seed.length != 64 || ciphertext.length != 1_088) {
        // No such key is ever made, and a share of another length is refused by its length.
        assertThat(vector.isInvalid()).as(vector.toString()).isTrue();
        continue;
      }
      MLKEMPrivateKeyParameters key = HybridKeyExchange.decapsulationKey(seed);
      assertThat(HybridKeyExchange.encapsulationKey(key))
          .as(vector.toString())
          .isEqualTo(hex(vector.get("ek")));
      assertThat(HybridKeyExchange.decapsulate(key, ciphertext))
          .as(vector.toString())
          .isEqualTo(hex(vector.get("K")));
      assertThat(vector.isValid()).as(vector.toString()).isTrue();
      agreed++;
    }
    assertThat(agreed).isGreaterThan(150);
  }

  private static byte[] scalar(String text) {
    byte[] bytes = new BigInteger(text, 16).toByteArray();
    byte[] scalar = new byte[32];
    int skip = bytes.length > 32 && bytes[0] == 0 ? 1 : 0;
    if (bytes.length - skip > 32) {
      return null;
    }
    System.arraycopy(bytes, skip, scalar, 32 - bytes.length + skip, bytes.length - skip);
    return scalar;
  }

  @ParameterizedTest
  @CsvSource({
    "ed25519_test.json, ED25519, EdDSA",
    "ecdsa_secp256r1_sha256_test.json, ECDSA_SECP256R1_SHA256, EC",
    "ecdsa_secp384r1_sha384_test.json, ECDSA_SECP384R1_SHA384, EC",
    "rsa_pss_2048_sha256_mgf1_32_test.json, RSA_PSS_RSAE_SHA256, RSA",
    "mldsa_65_verify_test.json, MLDSA65, ML-DSA",
  })
  void shouldVerifyGoodSignaturesAndRefuseBadOnes(
      String file, SignatureScheme scheme, String algorithm) throws Exception {
    List<Vector> vectors = Wycheproof.read(file);
    int valid = 0;
    for (Vector vector : vectors) {
      String context = vector.get("ctx");
      if (context != null && !context.isEmpty() && vector.isValid()) {
        continue; // TLS signs with an empty context only
      }
      PublicKey key = publicKey(algorithm, vector.inGroup("publicKeyDer"));
      boolean verified =
          key != null
              && Signatures.fits(scheme, key, 8_192)
              && Signatures.verify(scheme, key, hex(vector.get("msg")), hex(vector.get("sig")));
      assertThat(verified).as(vector.toString()).isEqualTo(vector.isValid());
      valid += verified ? 1 : 0;
    }
    assertThat(valid).isBetween(1, vectors.size() - 1);
  }

  private static PublicKey publicKey(String algorithm, String encoded) throws Exception {
    try {
      return KeyFactory.getInstance(algorithm).generatePublic(new X509EncodedKeySpec(hex(encoded)));
    } catch (InvalidKeySpecException e) {
      return null; // what can't be decoded verifies nothing
    }
  }
}
