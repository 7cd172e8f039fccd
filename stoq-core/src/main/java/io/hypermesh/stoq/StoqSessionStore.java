package io.hypermesh.stoq;

import org.jspecify.annotations.Nullable;

/**
 * Where a client's endpoint keeps what it needs to resume connections. {@link #inMemory()} will do
 * for most; a host may keep sessions elsewhere, for example over its restarts.
 *
 * <p>Sessions carry the identity that this side showed when they were made: a store must not be
 * shared by endpoints with different certificates, nor by users who shouldn't be taken for each
 * other.
 *
 * <p>Called on the agents' threads of the endpoints that use it: it has to be safe for use by
 * several threads where several endpoints do, and must not block. Where it throws, the connection
 * goes on without it.
 *
 * {@snippet file="ApiResumptionExamplesTest.java" region="sessionStore"}
 */
public interface StoqSessionStore {
  /** Sessions that {@link #inMemory()} keeps. */
  int SESSIONS_MAX_DEFAULT = 256;

  /**
   * Whom a session is with.
   *
   * @param serverName the host name or IP literal that the certificate was verified for
   * @param port of the server
   * @param alpn the application protocol of the connection
   */
  record Key(String serverName, int port, String alpn) {}

  /** Keeps a session, which belongs to the store from now on. A server may give several. */
  void put(Key key, StoqSession session);

  /**
   * Takes a session out, the newest first; the caller owns it. No session may be given out twice
   * (RFC 8446, C.4): taking has to be atomic.
   *
   * @return null where there is none
   */
  @Nullable StoqSession take(Key key);

  /** A store in memory with {@value #SESSIONS_MAX_DEFAULT} sessions at most. */
  static StoqSessionStore inMemory() {
    return inMemory(SESSIONS_MAX_DEFAULT);
  }

  /**
   * A store in memory, which gives up the sessions of the server that wasn't asked for longest when
   * it is full, and erases them. Safe for use by any threads.
   *
   * @param sessionsMax sessions of all servers together, 1 to 1,000,000
   */
  static StoqSessionStore inMemory(int sessionsMax) {
    return new MemorySessionStore(sessionsMax);
  }
}
