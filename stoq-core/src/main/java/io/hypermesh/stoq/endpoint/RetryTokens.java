package io.hypermesh.stoq.endpoint;

import io.hypermesh.stoq.packet.ConnectionId;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Makes and reads the tokens of Retry packets (RFC 9000, 8.1.2 to 8.1.4), so that a server can
 * check a client's address and keep nothing about it.
 *
 * <p>A token is sealed with AES-128-GCM under a random key that lives as long as the endpoint. It
 * holds when it expires and the client's first destination connection ID; it is bound to the
 * client's address and port and to the connection ID that the Retry packet gave, as associated
 * data. So a token that was changed, taken from another client, or used after its time is no token.
 *
 * <pre>{@code
 * type (1) | nonce (12) | sealed: expiry in nanoseconds (8), original connection ID (8..20) | tag (16)
 * }</pre>
 *
 * <p>Owned by the endpoint's thread.
 */
final class RetryTokens {
  /** Marks a token as a Retry packet's, so that it is told from NEW_TOKEN's (8.1.1). */
  static final byte TYPE_RETRY = 'R';

  private static final int NONCE_LENGTH = 12;
  private static final int TAG_LENGTH = 16;
  private static final int EXPIRY_LENGTH = Long.BYTES;
  private static final int OVERHEAD = 1 + NONCE_LENGTH + EXPIRY_LENGTH + TAG_LENGTH;

  /** The longest token that this class makes, in bytes. */
  static final int LENGTH_MAX = OVERHEAD + ConnectionId.LENGTH_MAX;

  private final SecretKeySpec key;
  private final SecureRandom random;
  private final long lifetimeNanos;
  private final Cipher cipher;

  RetryTokens(SecureRandom random, long lifetimeNanos) {
    byte[] keyBytes = new byte[16];
    random.nextBytes(keyBytes);
    this.key = new SecretKeySpec(keyBytes, "AES");
    Arrays.fill(keyBytes, (byte) 0);
    this.random = random;
    this.lifetimeNanos = lifetimeNanos;
    try {
      this.cipher = Cipher.getInstance("AES/GCM/NoPadding");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("couldn't use AES-GCM: this JDK lacks it", e);
    }
  }

  /**
   * A token for the client at this address.
   *
   * @param original the destination connection ID of the client's first Initial packet
   * @param retrySource the source connection ID of the Retry packet that will carry the token
   */
  byte[] seal(
      ConnectionId original, ConnectionId retrySource, InetSocketAddress remote, long nowNanos) {
    byte[] token = new byte[OVERHEAD + original.length()];
    token[0] = TYPE_RETRY;
    byte[] nonce = new byte[NONCE_LENGTH];
    random.nextBytes(nonce);
    System.arraycopy(nonce, 0, token, 1, NONCE_LENGTH);
    ByteBuffer plaintext = ByteBuffer.allocate(EXPIRY_LENGTH + original.length());
    plaintext.putLong(nowNanos + lifetimeNanos).put(original.toByteArray());
    try {
      cipher.init(Cipher.ENCRYPT_MODE, key, new GCMParameterSpec(TAG_LENGTH * 8, nonce));
      cipher.updateAAD(binding(retrySource, remote));
      cipher.doFinal(plaintext.array(), 0, plaintext.capacity(), token, 1 + NONCE_LENGTH);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("couldn't seal a Retry token", e);
    }
    return token;
  }

  /** Whether a token claims to be from a Retry packet of this server. */
  static boolean isRetryToken(byte[] token) {
    return token.length > 0 && token[0] == TYPE_RETRY;
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
      byte[] token, ConnectionId destination, InetSocketAddress remote, long nowNanos) {
    if (token.length < OVERHEAD || token.length > LENGTH_MAX || !isRetryToken(token)) {
      return null;
    }
    byte[] plaintext;
    try {
      cipher.init(
          Cipher.DECRYPT_MODE, key, new GCMParameterSpec(TAG_LENGTH * 8, token, 1, NONCE_LENGTH));
      cipher.updateAAD(binding(destination, remote));
      plaintext = cipher.doFinal(token, 1 + NONCE_LENGTH, token.length - 1 - NONCE_LENGTH);
    } catch (AEADBadTagException e) {
      return null;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("couldn't open a Retry token", e);
    }
    long expiryNanos = ByteBuffer.wrap(plaintext).getLong();
    if (nowNanos >= expiryNanos) {
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
}
