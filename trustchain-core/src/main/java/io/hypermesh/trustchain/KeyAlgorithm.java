package io.hypermesh.trustchain;

import io.hypermesh.trustchain.signature.KeyPairs;
import java.security.KeyPair;
import java.security.SecureRandom;

/** The kinds of key that this module generates, and that an authority certifies by default. */
public enum KeyAlgorithm {
  /** Ed25519 (RFC 8032, RFC 8410). The fastest to sign with. */
  ED25519,
  /** ECDSA on NIST P-256 with SHA-256 (RFC 5480). What every TLS peer understands. */
  EC_P256,
  /** ECDSA on NIST P-384 with SHA-384 (RFC 5480). */
  EC_P384;

  /**
   * Generates a key pair of this kind, as keys of the platform's own types, which any {@link
   * javax.net.ssl.SSLContext} can use.
   *
   * @param random where the secret comes from
   * @return the key pair
   */
  public KeyPair generate(SecureRandom random) {
    return KeyPairs.generate(this, random);
  }
}
