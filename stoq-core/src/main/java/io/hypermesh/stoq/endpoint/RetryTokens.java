package io.hypermesh.stoq.endpoint;

import io.hypermesh.stoq.packet.ConnectionId;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Makes and reads the tokens of Retry packets (RFC 9000, 8.1.2 to 8.1.4), so that a server can
 * check a client's address and keep nothing about it.
 *
 * <p>A token is {@linkplain TokenSeal sealed}. It holds when it expires and the client's first
 * destination connection ID; it is bound to the client's address and port and to the connection ID
 * that the Retry packet gave. So a token that was changed, taken from another client, or used after
 * its time is no token.
 *
 * <pre>{@code
 * sealed: expiry in milliseconds since 1970 (8), original connection ID (8..20)
 * }</pre>
 *
 * <p>Owned by the endpoint's thread.
 */
final class RetryTokens {
  private static final byte TYPE = 'R';
  private static final String KEY_LABEL = "stoq retry token";
  private static final int EXPIRY_LENGTH = Long.BYTES;
  private static final int OVERHEAD = TokenSeal.OVERHEAD + EXPIRY_LENGTH;

  /** The longest token that this class makes, in bytes. */
  static final int LENGTH_MAX = OVERHEAD + ConnectionId.LENGTH_MAX;

  private final TokenSeal seal;
  private final long lifetimeMillis;

  RetryTokens(EndpointSecret secret, SecureRandom random, long lifetimeMillis) {
    this.seal = new TokenSeal(TYPE, KEY_LABEL, secret, random);
    this.lifetimeMillis = lifetimeMillis;
  }

  /**
   * A token for the client at this address.
   *
   * @param original the destination connection ID of the client's first Initial packet
   * @param retrySource the source connection ID of the Retry packet that will carry the token
   * @param epochMillis the time of day
   */
  byte[] seal(
      ConnectionId original, ConnectionId retrySource, InetSocketAddress remote, long epochMillis) {
    ByteBuffer plaintext = ByteBuffer.allocate(EXPIRY_LENGTH + original.length());
    plaintext.putLong(epochMillis + lifetimeMillis).put(original.toByteArray());
    return seal.seal(plaintext.array(), binding(retrySource, remote));
  }

  /** Whether a token claims to be from a Retry packet of this server. */
  boolean isRetryToken(byte[] token) {
    return seal.isOfType(token);
  }

  /**
   * Reads a token that a client sent.
   *
   * @param destination the destination connection ID of the packet that carried the token: the one
   *     that the Retry packet gave
   * @return the destination connection ID of the client's first Initial packet, or null where the
   *     token isn't ours, isn't this client's, or has expired
   */
  @Nullable ConnectionId open(
      byte[] token, ConnectionId destination, InetSocketAddress remote, long epochMillis) {
    if (token.length < OVERHEAD || token.length > LENGTH_MAX) {
      return null;
    }
    byte[] plaintext = seal.open(token, binding(destination, remote));
    if (plaintext == null || epochMillis >= ByteBuffer.wrap(plaintext).getLong()) {
      return null;
    }
    return ConnectionId.of(Arrays.copyOfRange(plaintext, EXPIRY_LENGTH, plaintext.length));
  }

  private static byte[] binding(ConnectionId retrySource, InetSocketAddress remote) {
    byte[] address = remote.getAddress().getAddress();
    ByteBuffer binding = ByteBuffer.allocate(address.length + Short.BYTES + retrySource.length());
    binding.put(address).putShort((short) remote.getPort()).put(retrySource.toByteArray());
    return binding.array();
  }

  /** Erases the key. */
  void erase() {
    seal.erase();
  }
}
