package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.packet.TransportException;
import io.hypermesh.stoq.protection.Hkdf;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Seals and opens session tickets, so that a server keeps nothing about sessions that it might
 * resume (RFC 8446, 4.6.1; RFC 5077, 4).
 *
 * <p>A ticket is sealed with AES-256-GCM. Its key belongs to a span of time, an epoch, and is
 * derived from one secret by HKDF: it changes by itself, servers that share the secret open each
 * other's tickets, and one that keeps it opens them after a restart. Only tickets of the current
 * epoch and of the one before are opened. Whoever learns the secret can read early data that was
 * recorded before, and take the place of a client; other data stays safe, because every handshake
 * also agrees on a key that nobody keeps (psk_dhe_ke).
 *
 * <pre>{@code
 * format (1) | epoch (4) | nonce (12) | sealed: ServerSession | tag (16)
 * }</pre>
 *
 * <p>Owned by the endpoint's thread.
 */
public final class SessionTickets {
  /** Bytes of the secret. */
  public static final int SECRET_LENGTH = 32;

  /**
   * The longest ticket that is given: it has to fit in the ClientHello, and with it in the few
   * packets that a client may send at first. A client whose chain makes it longer gets none, and
   * connects anew each time.
   */
  public static final int TICKET_BYTES_MAX = 4_096;

  private static final byte FORMAT = 1;
  private static final int HEADER_LENGTH = 1 + Integer.BYTES;
  private static final int NONCE_LENGTH = 12;
  private static final int TAG_LENGTH = 16;
  private static final int KEY_LENGTH = 32;
  private static final String HASH = "SHA-256";

  private final byte[] secret;
  private final long epochMillis;
  private final SecureRandom random;
  private final Cipher cipher;
  private final Key current = new Key();
  private final Key previous = new Key();

  /** A key with its epoch, derived when first needed. */
  private static final class Key {
    private long epoch = -1;
    private @Nullable SecretKeySpec spec;

    private void forget() {
      epoch = -1;
      spec = null;
    }
  }

  /**
   * @param secret of {@value #SECRET_LENGTH} bytes; copied
   * @param keyLifetime how long a key seals tickets; it opens them for as long again
   */
  public SessionTickets(byte[] secret, Duration keyLifetime, SecureRandom random) {
    if (secret.length != SECRET_LENGTH || keyLifetime.toMillis() < 1_000) {
      throw new IllegalArgumentException(
          "couldn't make session tickets: the secret has "
              + secret.length
              + " bytes, not 32, or keys live under a second: "
              + keyLifetime);
    }
    this.secret = secret.clone();
    this.epochMillis = keyLifetime.toMillis();
    this.random = random;
    try {
      this.cipher = Cipher.getInstance("AES/GCM/NoPadding");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("couldn't use AES-GCM: this JDK lacks it", e);
    }
  }

  /** Tickets under a secret that is made now and lives as long as this object. */
  public static SessionTickets withFreshSecret(Duration keyLifetime, SecureRandom random) {
    byte[] secret = new byte[SECRET_LENGTH];
    random.nextBytes(secret);
    SessionTickets tickets = new SessionTickets(secret, keyLifetime, random);
    Arrays.fill(secret, (byte) 0);
    return tickets;
  }

  /** How long a ticket can be opened at least, whenever it is sealed. */
  Duration openableFor() {
    return Duration.ofMillis(epochMillis);
  }

  /** A ticket, or null where it would be longer than {@link #TICKET_BYTES_MAX}. */
  byte @Nullable [] seal(ServerSession session, long nowMillis) {
    byte[] plaintext = session.encode();
    int length = HEADER_LENGTH + NONCE_LENGTH + plaintext.length + TAG_LENGTH;
    if (length > TICKET_BYTES_MAX) {
      Arrays.fill(plaintext, (byte) 0);
      return null;
    }
    long epoch = nowMillis / epochMillis;
    byte[] nonce = new byte[NONCE_LENGTH];
    random.nextBytes(nonce);
    byte[] ticket = ByteBuffer.allocate(length).put(FORMAT).putInt((int) epoch).put(nonce).array();
    try {
      cipher.init(
          Cipher.ENCRYPT_MODE, keyOf(epoch, epoch), new GCMParameterSpec(TAG_LENGTH * 8, nonce));
      cipher.updateAAD(ticket, 0, HEADER_LENGTH);
      cipher.doFinal(plaintext, 0, plaintext.length, ticket, HEADER_LENGTH + NONCE_LENGTH);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("couldn't seal a session ticket", e);
    } finally {
      Arrays.fill(plaintext, (byte) 0);
    }
    return ticket;
  }

  /** What is in a ticket; null where it isn't one of ours, or its key is no longer used. */
  @Nullable ServerSession open(byte[] ticket, long nowMillis) {
    if (ticket.length < HEADER_LENGTH + NONCE_LENGTH + TAG_LENGTH
        || ticket.length > TICKET_BYTES_MAX
        || ticket[0] != FORMAT) {
      return null;
    }
    long now = nowMillis / epochMillis;
    int named = ByteBuffer.wrap(ticket).getInt(1);
    long epoch = named == (int) now ? now : now - 1;
    if (named != (int) epoch) {
      return null;
    }
    byte[] plaintext;
    try {
      cipher.init(
          Cipher.DECRYPT_MODE,
          keyOf(epoch, now),
          new GCMParameterSpec(TAG_LENGTH * 8, ticket, HEADER_LENGTH, NONCE_LENGTH));
      cipher.updateAAD(ticket, 0, HEADER_LENGTH);
      int sealed = HEADER_LENGTH + NONCE_LENGTH;
      plaintext = cipher.doFinal(ticket, sealed, ticket.length - sealed);
    } catch (AEADBadTagException e) {
      return null;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("couldn't open a session ticket", e);
    }
    try {
      return ServerSession.decode(plaintext);
    } catch (TransportException e) {
      return null; // sealed by another version of this code under the same secret
    } finally {
      Arrays.fill(plaintext, (byte) 0);
    }
  }

  /** Erases the secret, at the end of the endpoint: nothing is sealed or opened afterwards. */
  public void erase() {
    Arrays.fill(secret, (byte) 0);
    current.forget();
    previous.forget();
  }

  private SecretKeySpec keyOf(long epoch, long now) {
    Key key = epoch == now ? current : previous;
    SecretKeySpec spec = key.spec;
    if (spec == null || key.epoch != epoch) {
      byte[] context = ByteBuffer.allocate(Long.BYTES).putLong(epoch).array();
      byte[] bytes = Hkdf.expandLabel(HASH, secret, "stoq ticket", context, KEY_LENGTH);
      spec = new SecretKeySpec(bytes, "AES");
      Arrays.fill(bytes, (byte) 0);
      key.epoch = epoch;
      key.spec = spec;
    }
    return spec;
  }
}
