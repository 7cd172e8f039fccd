package io.hypermesh.stoq.endpoint;

import io.hypermesh.stoq.protection.Hkdf;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;

/**
 * What an endpoint's own keys come from: those of stateless reset tokens, of Retry tokens, of
 * NEW_TOKEN's, and of session tickets. Each is derived with a label of its own (HKDF, RFC 5869), so
 * none tells anything about another.
 *
 * <p>An endpoint that is started with the same secret again knows the tokens that it gave out
 * before: peers of a lost connection learn of the loss at once (RFC 9000, 10.3.2), and clients that
 * have proved their address needn't do it again, and resume their sessions.
 *
 * <p>Whoever knows the secret can end the endpoint's connections and pass for any client, so it is
 * never printed and is erased when closed. Not safe for use by several threads.
 */
public final class EndpointSecret implements AutoCloseable {
  /** Length in bytes. */
  public static final int LENGTH = 32;

  private static final String HASH = "SHA-256";
  private static final byte[] SALT = "stoq endpoint".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] NO_CONTEXT = new byte[0];

  private final byte[] extracted;
  private boolean closed;

  private EndpointSecret(byte[] extracted) {
    this.extracted = extracted;
  }

  /**
   * From {@link #LENGTH} bytes that nobody can guess.
   *
   * @param bytes the caller keeps and erases them
   */
  public static EndpointSecret of(byte[] bytes) {
    if (bytes.length != LENGTH) {
      throw new IllegalArgumentException(
          "couldn't use an endpoint's secret because it has to have "
              + LENGTH
              + " bytes: "
              + bytes.length);
    }
    return new EndpointSecret(Hkdf.extract(HASH, SALT, bytes));
  }

  /** One that nobody has seen. */
  public static EndpointSecret random(SecureRandom random) {
    byte[] bytes = new byte[LENGTH];
    random.nextBytes(bytes);
    EndpointSecret secret = of(bytes);
    Arrays.fill(bytes, (byte) 0);
    return secret;
  }

  /**
   * The key for one purpose.
   *
   * @param label the purpose; another one gives an unrelated key
   * @param length in bytes
   * @return the caller's to erase
   */
  public byte[] derive(String label, int length) {
    if (closed) {
      throw new IllegalStateException("couldn't derive a key: the endpoint's secret is erased");
    }
    return Hkdf.expandLabel(HASH, extracted, label, NO_CONTEXT, length);
  }

  /** Erases it. Idempotent. */
  @Override
  public void close() {
    closed = true;
    Arrays.fill(extracted, (byte) 0);
  }

  /** Says what it is, not which. */
  @Override
  public String toString() {
    return "EndpointSecret";
  }
}
