package io.hypermesh.stoq;

import io.hypermesh.stoq.handshake.ClientSession;
import java.time.Instant;

/**
 * What a client keeps to resume a connection to a server, once (RFC 8446, 4.6.1): opaque, and
 * secret. Whoever has it can take this side's place towards the server until it expires, and read
 * early data that was sent with it.
 *
 * <p>A {@link StoqSessionStore} owns the sessions that it was given; one that gives a session up
 * has to {@link #erase()} it. Not safe for use by several threads at once.
 */
public final class StoqSession {
  private final ClientSession session;

  StoqSession(ClientSession session) {
    this.session = session;
  }

  ClientSession session() {
    return session;
  }

  /**
   * All of it as bytes, for a store that keeps sessions elsewhere; as secret as a private key.
   * Another version of this library may not be able to read them.
   */
  public byte[] encode() {
    return session.encode();
  }

  /**
   * Reads what {@link #encode()} gave.
   *
   * @throws IllegalArgumentException where the bytes are no session, or one of another version of
   *     this library
   */
  public static StoqSession decode(byte[] bytes) {
    return new StoqSession(ClientSession.decode(bytes));
  }

  /** From then on it is of no use: at most seven days, and never beyond a certificate's end. */
  public Instant expiresAt() {
    return session.expiresAt();
  }

  /** Whether the server gave leave for early data. */
  public boolean allowsEarlyData() {
    return session.allowsEarlyData();
  }

  /** Erases the secret, whereupon the session is of no use. Idempotent. */
  public void erase() {
    session.erase();
  }

  /** Names what it is for, and no secret. */
  @Override
  public String toString() {
    return "Stoq" + session;
  }
}
