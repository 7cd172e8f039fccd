package io.hypermesh.stoq.endpoint;

import io.hypermesh.stoq.connection.ConnectionIdSource;
import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.StatelessResetToken;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Chooses the connection IDs by which this endpoint's connections are reached, and their stateless
 * reset tokens.
 *
 * <p>An ID is 8 random bytes: nobody can tell which IDs belong to one connection (RFC 9000, 5.1),
 * and no peer can choose where in the routing table its connections lie. A token is HMAC-SHA-256 of
 * the ID under a random key, cut to 16 bytes (10.3.2), so that it is known without being kept.
 *
 * <p>Owned by the endpoint's thread.
 */
final class RandomConnectionIds implements ConnectionIdSource {
  /** Length of every local connection ID in bytes. */
  static final int LENGTH = Long.BYTES;

  private final SecureRandom random;
  private final Mac mac;

  RandomConnectionIds(SecureRandom random) {
    this.random = random;
    byte[] keyBytes = new byte[32];
    random.nextBytes(keyBytes);
    try {
      this.mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(keyBytes, "HMAC"));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("couldn't use HMAC-SHA-256: this JDK lacks it", e);
    }
    Arrays.fill(keyBytes, (byte) 0);
  }

  @Override
  public int length() {
    return LENGTH;
  }

  @Override
  public ConnectionId next() {
    byte[] bytes = new byte[LENGTH];
    random.nextBytes(bytes);
    return ConnectionId.of(bytes);
  }

  @Override
  public byte[] statelessResetToken(ConnectionId id) {
    return Arrays.copyOf(mac.doFinal(id.toByteArray()), StatelessResetToken.LENGTH);
  }
}
