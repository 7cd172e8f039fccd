package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.protection.CipherSuite;
import io.hypermesh.stoq.protection.Hkdf;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Exports keying material of a completed handshake (RFC 8446, 7.5; RFC 5705): secrets that only
 * both ends of this one connection can derive, to bind other things to it.
 *
 * <p>Holds one secret of the handshake's hash length until it is closed, which erases it. Safe for
 * use by any thread: a host exports on its own, while the connection's thread closes; whoever is
 * the last to need the secret erases it.
 */
public final class KeyExporter implements AutoCloseable {
  /** Longest label, in bytes: HkdfLabel holds 255, "tls13 " among them (RFC 8446, 7.1). */
  public static final int LABEL_BYTES_MAX = 249;

  /** Longest context, in bytes (RFC 5705, 4). */
  public static final int CONTEXT_BYTES_MAX = 65_535;

  /** Most keying material at once, in bytes: 255 blocks of SHA-256 (RFC 5869, 2.3). */
  public static final int LENGTH_BYTES_MAX = 255 * 32;

  private static final byte[] EMPTY = new byte[0];

  /** Added to the threads that are inside once it is closed. */
  private static final int CLOSED = Integer.MIN_VALUE;

  private final CipherSuite suite;
  private final byte[] secret;

  /** How many threads read the secret now; negative once closed. */
  private final AtomicInteger readers = new AtomicInteger();

  /**
   * @param secret the exporter_secret; kept, and erased by {@link #close()}
   */
  KeyExporter(CipherSuite suite, byte[] secret) {
    this.suite = suite;
    this.secret = secret;
  }

  /**
   * The keying material of a label and context; the caller erases it.
   *
   * @param label in ASCII, 1 to {@value #LABEL_BYTES_MAX} bytes
   * @param context up to {@value #CONTEXT_BYTES_MAX} bytes; an empty one is the same as none
   * @param length bytes wanted, 1 to {@value #LENGTH_BYTES_MAX}
   * @return null where the connection is over
   * @throws IllegalArgumentException where an argument is out of its range
   */
  public byte @Nullable [] export(String label, byte[] context, int length) {
    require(
        !label.isEmpty()
            && label.length() <= LABEL_BYTES_MAX
            && StandardCharsets.US_ASCII.newEncoder().canEncode(label),
        "the label isn't 1 to " + LABEL_BYTES_MAX + " characters of ASCII");
    require(
        context.length <= CONTEXT_BYTES_MAX,
        "the context is longer than " + CONTEXT_BYTES_MAX + " bytes: " + context.length);
    require(
        length >= 1 && length <= LENGTH_BYTES_MAX,
        "the length is out of 1 to " + LENGTH_BYTES_MAX + " bytes: " + length);
    byte[] derived = derive(label);
    if (derived == null) {
      return null;
    }
    try {
      return Hkdf.expandLabel(suite.hashAlgorithm(), derived, "exporter", hash(context), length);
    } finally {
      KeySchedule.erase(derived);
    }
  }

  /** Derive-Secret of the label over an empty transcript; null where it is closed. */
  private byte @Nullable [] derive(String label) {
    if (readers.getAndUpdate(count -> count < 0 ? count : count + 1) < 0) {
      return null;
    }
    try {
      return Hkdf.expandLabel(
          suite.hashAlgorithm(), secret, label, hash(EMPTY), suite.hashLength());
    } finally {
      if (readers.decrementAndGet() == CLOSED) {
        KeySchedule.erase(secret);
      }
    }
  }

  private byte[] hash(byte[] content) {
    try {
      return MessageDigest.getInstance(suite.hashAlgorithm()).digest(content);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(
          "couldn't export keys: this JDK lacks " + suite.hashAlgorithm(), e);
    }
  }

  private static void require(boolean holds, String why) {
    if (!holds) {
      throw new IllegalArgumentException("couldn't export keying material because " + why);
    }
  }

  /** Erases the secret, or has the thread do it that is exporting. Idempotent. */
  @Override
  public void close() {
    if (readers.getAndUpdate(count -> count | CLOSED) == 0) {
      KeySchedule.erase(secret);
    }
  }

  /** Names the suite, and no secret. */
  @Override
  public String toString() {
    return "KeyExporter[" + suite + "]";
  }
}
