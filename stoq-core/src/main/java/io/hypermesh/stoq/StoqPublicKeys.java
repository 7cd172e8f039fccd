package io.hypermesh.stoq;

import io.hypermesh.stoq.handshake.PublicKeyProvider;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who does the public-key work of handshakes: a library in Java or a native one. What each makes is
 * interchangeable; they differ in speed. Certificates' private keys that can't be encoded, because
 * they are in a token, sign by their own provider whatever is chosen here.
 *
 * {@snippet file="ApiChoiceExamplesTest.java" region="publicKeys"}
 */
public enum StoqPublicKeys {
  /** The fastest that can be used here: the first that can, as listed below. */
  FASTEST,

  /**
   * OpenSSL's libcrypto, version 3, where the system has it: X25519, and signatures by P-256, whose
   * nonces are random. All else is done as by {@link #BOUNCY_CASTLE}.
   */
  LIBCRYPTO,

  /** BouncyCastle, which can be used everywhere; ECDSA's nonces are deterministic (RFC 6979). */
  BOUNCY_CASTLE;

  /** All that can be used here, the fastest first; never empty. */
  public static List<StoqPublicKeys> available() {
    return List.of(values()).stream().filter(value -> value.unavailableBecause() == null).toList();
  }

  /**
   * Why it can't be used here, to be read by people: the library isn't installed, native access
   * isn't enabled, or the library failed its self-test. Null where it can. The library is tried
   * when this is first asked.
   */
  public @Nullable String unavailableBecause() {
    return provider().unavailableBecause();
  }

  StoqPublicKeys requireAvailable() {
    String unavailable = unavailableBecause();
    if (unavailable != null) {
      throw new IllegalArgumentException("couldn't use " + this + " because " + unavailable);
    }
    return this;
  }

  PublicKeyProvider provider() {
    return switch (this) {
      case FASTEST -> PublicKeyProvider.fastest();
      case LIBCRYPTO -> PublicKeyProvider.LIBCRYPTO;
      case BOUNCY_CASTLE -> PublicKeyProvider.BOUNCY_CASTLE;
    };
  }
}
