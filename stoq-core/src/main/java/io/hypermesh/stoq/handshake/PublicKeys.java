package io.hypermesh.stoq.handshake;

import java.security.PrivateKey;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/**
 * The public-key work of an endpoint's handshakes: by whom it is done, the ephemeral keys that were
 * made ahead, the local keys in the form that signs. Any thread may call any method.
 */
public final class PublicKeys implements AutoCloseable {
  /** Keys made ahead in one go: as many as a handshake takes, and one to catch up. */
  private static final int MADE_AT_ONCE = 2;

  private static final int SCALAR_LENGTH = 32;

  private final PublicKeyProvider provider;
  private final SigningKeys signingKeys;
  private final @Nullable EphemeralKeyPool pool;

  /**
   * @param ephemeralKeysMax the most ephemeral keys held ready for each group; 0 for none
   * @param random for these
   * @throws IllegalArgumentException where the limit is negative
   */
  public PublicKeys(PublicKeyProvider provider, int ephemeralKeysMax, SecureRandom random) {
    if (ephemeralKeysMax < 0) {
      throw new IllegalArgumentException("ephemeralKeysMax is at least 0: " + ephemeralKeysMax);
    }
    this.provider = provider;
    this.signingKeys = new SigningKeys(provider);
    this.pool =
        ephemeralKeysMax == 0
            ? null
            : new EphemeralKeyPool(ephemeralKeysMax, random, this::generate);
  }

  private PublicKeys() {
    provider = PublicKeyProvider.BOUNCY_CASTLE;
    signingKeys = new SigningKeys(provider);
    pool = null;
  }

  /** By BouncyCastle, with no keys made ahead: the same seed gives the same handshake. */
  public static PublicKeys portable() {
    return new PublicKeys();
  }

  /** The provider. */
  public PublicKeyProvider provider() {
    return provider;
  }

  /**
   * A client's key to offer.
   *
   * @param random for one that is made here
   */
  KeyExchange offer(NamedGroup group, SecureRandom random) {
    KeyExchange ready = pool == null ? null : pool.take(group);
    return ready == null ? generate(group, random) : ready;
  }

  /**
   * A server's key to answer with; of a hybrid, which needs no key pair on a server's side but the
   * curve's, that is what is made ahead.
   *
   * @param random for one that is made here
   */
  KeyExchange answer(NamedGroup group, SecureRandom random) {
    if (group == NamedGroup.X25519MLKEM768) {
      return HybridKeyExchange.generate(random, source -> offer(NamedGroup.X25519, source));
    }
    return offer(group, random);
  }

  private KeyExchange generate(NamedGroup group, SecureRandom random) {
    return switch (group) {
      case X25519 -> {
        byte[] scalar = new byte[SCALAR_LENGTH];
        random.nextBytes(scalar);
        yield provider.x25519(scalar);
      }
      case SECP256R1 -> KeyExchange.generate(group, random);
      case X25519MLKEM768 ->
          HybridKeyExchange.generate(random, source -> generate(NamedGroup.X25519, source));
    };
  }

  /**
   * Signs with a local key.
   *
   * @throws AuthenticationException with {@code internal_error} where the key or its provider
   *     refuses
   */
  byte[] sign(SignatureScheme scheme, PrivateKey key, byte[] content)
      throws AuthenticationException {
    return signingKeys.sign(scheme, key, content);
  }

  /**
   * Makes a few ephemeral keys ahead where some were taken: to be called on a thread that may take
   * a tenth of a millisecond for it, once it has done what others wait for.
   */
  public void makeAhead() {
    if (pool != null) {
      pool.makeAhead(MADE_AT_ONCE);
    }
  }

  /** Erases the keys made ahead, and lets go of the others; handshakes may go on. Idempotent. */
  @Override
  public void close() {
    signingKeys.clear();
    if (pool != null) {
      pool.close();
    }
  }

  /** Names the provider, and no key. */
  @Override
  public String toString() {
    return "PublicKeys[" + provider + "]";
  }
}
