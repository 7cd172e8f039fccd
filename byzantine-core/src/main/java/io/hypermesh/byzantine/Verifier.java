package io.hypermesh.byzantine;

/** Verifies signatures. Implementations are thread-safe and keep no state that a caller can see. */
@FunctionalInterface
public interface Verifier {
  /** The longest signature that is accepted anywhere: room for ML-DSA-87's 4,627 bytes. */
  int SIGNATURE_BYTES_MAX = 5_120;

  /** The longest public key that is accepted anywhere: room for ML-DSA-87's. */
  int PUBLIC_KEY_BYTES_MAX = 3_072;

  /**
   * Whether {@code signature} is that key's signature over {@code message}.
   *
   * @param publicKeySpki a DER-encoded SubjectPublicKeyInfo, possibly malformed
   * @param message what was signed
   * @param signature possibly malformed
   * @return false for anything wrong, malformed keys and signatures included; never throws for bad
   *     input
   */
  boolean verify(byte[] publicKeySpki, byte[] message, byte[] signature);
}
