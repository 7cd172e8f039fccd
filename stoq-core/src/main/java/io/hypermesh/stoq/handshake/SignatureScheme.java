package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.packet.TransportException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Signature algorithms (RFC 8446, 4.2.3). The order is our preference.
 *
 * <p>Those of PKCS #1 version 1.5 sign certificates only: a CertificateVerify with one is refused.
 */
enum SignatureScheme {
  ED25519(0x0807, "Ed25519", "Ed25519", "", true),
  ECDSA_SECP256R1_SHA256(0x0403, "EC", "SHA256withECDSA", "SHA-256", true),
  ECDSA_SECP384R1_SHA384(0x0503, "EC", "SHA384withECDSA", "SHA-384", true),
  /** draft-ietf-tls-mldsa: with an empty context. Large, so behind the curves. */
  MLDSA65(0x0905, "ML-DSA", "ML-DSA-65", "", true),
  RSA_PSS_RSAE_SHA256(0x0804, "RSA", "RSASSA-PSS", "SHA-256", true),
  RSA_PSS_RSAE_SHA384(0x0805, "RSA", "RSASSA-PSS", "SHA-384", true),
  RSA_PSS_RSAE_SHA512(0x0806, "RSA", "RSASSA-PSS", "SHA-512", true),
  RSA_PSS_PSS_SHA256(0x0809, "RSASSA-PSS", "RSASSA-PSS", "SHA-256", true),
  RSA_PSS_PSS_SHA384(0x080a, "RSASSA-PSS", "RSASSA-PSS", "SHA-384", true),
  RSA_PSS_PSS_SHA512(0x080b, "RSASSA-PSS", "RSASSA-PSS", "SHA-512", true),
  RSA_PKCS1_SHA256(0x0401, "RSA", "SHA256withRSA", "SHA-256", false),
  RSA_PKCS1_SHA384(0x0501, "RSA", "SHA384withRSA", "SHA-384", false),
  RSA_PKCS1_SHA512(0x0601, "RSA", "SHA512withRSA", "SHA-512", false);

  private final int code;
  private final String keyAlgorithm;
  private final String jcaName;
  private final String hashAlgorithm;
  private final boolean signsHandshakes;

  SignatureScheme(
      int code,
      String keyAlgorithm,
      String jcaName,
      String hashAlgorithm,
      boolean signsHandshakes) {
    this.code = code;
    this.keyAlgorithm = keyAlgorithm;
    this.jcaName = jcaName;
    this.hashAlgorithm = hashAlgorithm;
    this.signsHandshakes = signsHandshakes;
  }

  int code() {
    return code;
  }

  /** The kind of key that signs so, as {@link Signatures#keyAlgorithm} names it. */
  String keyAlgorithm() {
    return keyAlgorithm;
  }

  /** The standard name of the algorithm for the JCA. */
  String jcaName() {
    return jcaName;
  }

  /** The JCA name of the hash; empty for Ed25519 and ML-DSA, which have their own. */
  String hashAlgorithm() {
    return hashAlgorithm;
  }

  /** True where a CertificateVerify may be signed so. */
  boolean signsHandshakes() {
    return signsHandshakes;
  }

  /** The scheme with this code point, or null where it is none of ours. */
  static @Nullable SignatureScheme ofCode(int code) {
    for (SignatureScheme scheme : values()) {
      if (scheme.code == code) {
        return scheme;
      }
    }
    return null;
  }

  /** The schemes among these code points that we know, in the order of the code points. */
  static List<SignatureScheme> known(int[] codes) {
    List<SignatureScheme> schemes = new ArrayList<>();
    for (int code : codes) {
      SignatureScheme scheme = ofCode(code);
      if (scheme != null && !schemes.contains(scheme)) {
        schemes.add(scheme);
      }
    }
    return schemes;
  }

  /**
   * Reads signature_algorithms_cert (RFC 8446, 4.2.3).
   *
   * @param schemes those of signature_algorithms, which speak for certificates where there is no
   *     such extension; and where it names none that we know, for then any chain is as good (4.4.2)
   */
  static List<SignatureScheme> readForCertificates(
      Extensions extensions, List<SignatureScheme> schemes) throws TransportException {
    HandshakeReader reader = extensions.find(ExtensionType.SIGNATURE_ALGORITHMS_CERT);
    if (reader == null) {
      return schemes;
    }
    List<SignatureScheme> known = known(reader.codes(2, "signature_algorithms_cert"));
    reader.expectEnd();
    return known.isEmpty() ? schemes : known;
  }

  /** The names for {@code ExtendedSSLSession}, each once. */
  static String[] jcaNames(List<SignatureScheme> schemes) {
    return schemes.stream().map(SignatureScheme::jcaName).distinct().toArray(String[]::new);
  }

  /**
   * Writes signature_algorithms, which speaks for certificates too. Those of PKCS #1 are in it for
   * them, as RFC 8446 allows; GnuTLS besides shows an RSA certificate only where it finds one.
   */
  static void writeExtension(HandshakeWriter writer) {
    writer.extension(ExtensionType.SIGNATURE_ALGORITHMS).open(2);
    for (SignatureScheme scheme : values()) {
      writer.uint16(scheme.code);
    }
    writer.close().close();
  }
}
