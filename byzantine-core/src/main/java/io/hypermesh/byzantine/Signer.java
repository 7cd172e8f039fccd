package io.hypermesh.byzantine;

/**
 * Signs for one identity. An implementation must be deterministic in its key only: whether the
 * signature itself is randomised does not matter. Called by the thread that owns the replica or
 * client, one call at a time.
 */
public interface Signer {
  /** The DER-encoded SubjectPublicKeyInfo of the key that signs; a copy. */
  byte[] publicKey();

  /**
   * Signs a message.
   *
   * @param message any bytes; the protocol puts a domain, its type and the configuration in front
   * @return the signature, at most {@value Verifier#SIGNATURE_BYTES_MAX} bytes
   */
  byte[] sign(byte[] message);
}
