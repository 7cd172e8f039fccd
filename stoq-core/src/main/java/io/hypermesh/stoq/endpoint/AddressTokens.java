package io.hypermesh.stoq.endpoint;

import io.hypermesh.stoq.packet.QuicVersion;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.SecureRandom;

/**
 * Makes and reads the tokens of NEW_TOKEN frames (RFC 9000, 8.1.3 and 8.1.4): by one, a client that
 * was here before proves that it is still at its address, and needs no Retry.
 *
 * <p>A token is {@linkplain TokenSeal sealed}, bound to the client's IP address (not its port,
 * which a NAT changes between connections), holds the version that it may be used with (RFC 9369,
 * 5) and when it expires, and is good for one connection. Which tokens were used is remembered for
 * their lifetime, within a bound: when that is reached, no token counts until older ones have
 * expired, which costs clients a Retry and nothing else. What is remembered is gone with the
 * endpoint: after a restart with the same secret, a token may count a second time.
 *
 * <pre>{@code
 * sealed: expiry in milliseconds since 1970 (8), version (4)
 * }</pre>
 *
 * <p>A token that isn't good is as none (8.1.3). Owned by the endpoint's thread.
 */
final class AddressTokens {
  private static final byte TYPE = 'N';
  private static final String KEY_LABEL = "stoq new token";
  private static final int PLAINTEXT_LENGTH = Long.BYTES + Integer.BYTES;

  /** Length of every token in bytes. */
  static final int LENGTH = TokenSeal.OVERHEAD + PLAINTEXT_LENGTH;

  private final TokenSeal seal;
  private final long lifetimeMillis;
  private final UsedTokens used;

  /**
   * @param lifetimeMillis 0 for an endpoint that makes none
   * @param rememberedMax used tokens that are remembered at most
   */
  AddressTokens(
      EndpointSecret secret,
      SecureRandom random,
      long lifetimeMillis,
      int rememberedMax,
      long epochMillis) {
    this(
        secret, random, lifetimeMillis, new UsedTokens(lifetimeMillis, rememberedMax, epochMillis));
  }

  /**
   * @param lifetimeMillis 0 for an endpoint that makes none
   * @param used which tokens were used
   */
  AddressTokens(EndpointSecret secret, SecureRandom random, long lifetimeMillis, UsedTokens used) {
    this.seal = new TokenSeal(TYPE, KEY_LABEL, secret, random);
    this.lifetimeMillis = lifetimeMillis;
    this.used = used;
  }

  /** Whether tokens are made at all. */
  boolean isEnabled() {
    return lifetimeMillis > 0;
  }

  /** A token for the client at this address. */
  byte[] seal(InetSocketAddress remote, QuicVersion version, long epochMillis) {
    ByteBuffer plaintext = ByteBuffer.allocate(PLAINTEXT_LENGTH);
    plaintext.putLong(epochMillis + lifetimeMillis).putInt(version.wire());
    return seal.seal(plaintext.array(), remote.getAddress().getAddress());
  }

  /** Whether a token proves that its client is at this address. It still does, until it's used. */
  boolean isGood(byte[] token, InetSocketAddress remote, QuicVersion version, long epochMillis) {
    if (token.length != LENGTH || !isEnabled()) {
      return false;
    }
    byte[] plaintext = seal.open(token, remote.getAddress().getAddress());
    if (plaintext == null) {
      return false;
    }
    ByteBuffer said = ByteBuffer.wrap(plaintext);
    long expiryMillis = said.getLong();
    // A clock that was set back must not make a token good for longer than it was made for.
    return epochMillis < expiryMillis
        && expiryMillis - epochMillis <= lifetimeMillis
        && said.getInt() == version.wire()
        && used.isFresh(identity(token), epochMillis);
  }

  /** A good token has been used. */
  void use(byte[] token) {
    used.add(identity(token));
  }

  /** Eight bytes of its nonce, chosen by this endpoint at random. */
  private static long identity(byte[] token) {
    return ByteBuffer.wrap(token).getLong(1);
  }

  /** Erases the key. */
  void erase() {
    seal.erase();
  }
}
