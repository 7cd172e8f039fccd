package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.publickey.NativeKey;
import io.hypermesh.stoq.publickey.SelfTest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who does the public-key work of handshakes. What each makes is interchangeable; they differ in
 * speed, and in ECDSA's nonces: BouncyCastle's are deterministic (RFC 6979), libcrypto's random.
 *
 * <p>libcrypto does what it does faster: X25519 (36 µs an agreement where BouncyCastle takes 84)
 * and signatures by P-256 (22 where it takes 77). All else is BouncyCastle's: Ed25519 is faster
 * there (a signature is verified in 82 µs and not 120), and to read a P-256 public key costs
 * libcrypto more than it saves by verifying with it.
 */
public enum PublicKeyProvider {
  /** OpenSSL's, where the system has it. */
  LIBCRYPTO,

  /** Everywhere. */
  BOUNCY_CASTLE;

  /** What came of the self-test, once. */
  private static final class Tested {
    static final @Nullable String LIBCRYPTO_FAILURE = SelfTest.failure();
  }

  /** Why it can't be used here, to be read by people; null where it can. Tried when first asked. */
  public @Nullable String unavailableBecause() {
    return switch (this) {
      case LIBCRYPTO -> Tested.LIBCRYPTO_FAILURE;
      case BOUNCY_CASTLE -> null;
    };
  }

  /** The fastest that can be used here. */
  public static PublicKeyProvider fastest() {
    return List.of(values()).stream()
        .filter(provider -> provider.unavailableBecause() == null)
        .findFirst()
        .orElse(BOUNCY_CASTLE);
  }

  /**
   * An ephemeral key of X25519.
   *
   * @param scalar 32 bytes, the key's from now on
   */
  KeyExchange x25519(byte[] scalar) {
    return switch (this) {
      case LIBCRYPTO -> {
        NativeKey key = NativeKey.x25519(scalar);
        KeySchedule.erase(scalar);
        yield new NativeX25519(key);
      }
      case BOUNCY_CASTLE -> new EphemeralDiffieHellman(NamedGroup.X25519, scalar);
    };
  }

  /**
   * A key for P-256 signatures in this provider's own form.
   *
   * @param pkcs8 its encoding; the caller keeps and erases it
   * @return null where BouncyCastle has to sign with it
   */
  @Nullable NativeKey ecdsaP256(byte[] pkcs8) {
    return this == LIBCRYPTO ? NativeKey.ecdsa(pkcs8) : null;
  }
}
