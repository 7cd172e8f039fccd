package io.hypermesh.stoq.endpoint;

import io.hypermesh.stoq.connection.ConnectionIdSource;
import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.StatelessResetToken;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.function.LongPredicate;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Chooses the connection IDs by which this endpoint's connections are reached, and their stateless
 * reset tokens.
 *
 * <p>An ID is 8 random bytes: nobody can tell which IDs belong to one connection (RFC 9000, 5.1),
 * and no peer can choose where in the routing table its connections lie. Of an endpoint with
 * several shards each draws until an ID leads to itself ({@link Steering}). A token is HMAC-SHA-256
 * of the ID under a key from the endpoint's secret, cut to 16 bytes (10.3.2), so that it is known
 * without being kept, also by an endpoint that was started anew with the same secret.
 *
 * <p>Owned by the endpoint's thread.
 */
final class RandomConnectionIds implements ConnectionIdSource {
  /** Length of every local connection ID in bytes. */
  static final int LENGTH = Long.BYTES;

  private static final String KEY_LABEL = "stoq stateless reset";
  private static final int KEY_LENGTH = 32;

  private final SecureRandom random;
  private final LongPredicate own;
  private final Mac mac;

  RandomConnectionIds(EndpointSecret secret, SecureRandom random) {
    this(secret, random, _ -> true);
  }

  /**
   * @param own which IDs may be chosen, by their value in network order
   */
  RandomConnectionIds(EndpointSecret secret, SecureRandom random, LongPredicate own) {
    this.random = random;
    this.own = own;
    byte[] keyBytes = secret.derive(KEY_LABEL, KEY_LENGTH);
    try {
      this.mac = Mac.getInstance("HmacSHA256");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("couldn't use HMAC-SHA-256: this JDK lacks it", e);
    }
    initialise(keyBytes);
    Arrays.fill(keyBytes, (byte) 0);
  }

  private void initialise(byte[] keyBytes) {
    try {
      mac.init(new SecretKeySpec(keyBytes, "HMAC"));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("couldn't use HMAC-SHA-256: it refused a raw key", e);
    }
  }

  /** Has the provider forget the key. */
  void erase() {
    initialise(new byte[KEY_LENGTH]);
  }

  @Override
  public int length() {
    return LENGTH;
  }

  @Override
  public ConnectionId next() {
    byte[] bytes = new byte[LENGTH];
    do {
      random.nextBytes(bytes);
    } while (!own.test(ByteBuffer.wrap(bytes).getLong()));
    return ConnectionId.of(bytes);
  }

  @Override
  public byte[] statelessResetToken(ConnectionId id) {
    return Arrays.copyOf(mac.doFinal(id.toByteArray()), StatelessResetToken.LENGTH);
  }
}
