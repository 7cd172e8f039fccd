package io.hypermesh.stoq;

import io.hypermesh.stoq.handshake.ClientSession;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands between an endpoint and the host's {@link StoqSessionStore}. A failing store costs
 * resumption and nothing else. On the agent's thread.
 */
final class SessionKeeper {
  private static final Logger LOGGER = LoggerFactory.getLogger(SessionKeeper.class);

  private final StoqResumption resumption;
  private final List<String> alpns;
  private final InstantSource wallClock;

  SessionKeeper(StoqResumption resumption, List<String> alpns, InstantSource wallClock) {
    this.resumption = resumption;
    this.alpns = alpns;
    this.wallClock = wallClock;
  }

  /** A session with this server that can be resumed now, or null. */
  @Nullable ClientSession take(String serverName, int port) {
    StoqSessionStore store = resumption.sessionStore();
    if (store == null) {
      return null;
    }
    try {
      String host = ClientSession.hostOf(serverName);
      for (String alpn : alpns) {
        StoqSessionStore.Key key = new StoqSessionStore.Key(host, port, alpn);
        for (StoqSession taken = store.take(key); taken != null; taken = store.take(key)) {
          if (wallClock.instant().isBefore(taken.expiresAt())) {
            return taken.session();
          }
          taken.erase();
        }
      }
    } catch (RuntimeException e) {
      LOGGER.warn("couldn't take a session out of the host's store", e);
    }
    return null;
  }

  void put(StoqConnection connection, ClientSession session) {
    StoqSessionStore store = resumption.sessionStore();
    if (store == null) {
      session.erase();
      return;
    }
    StoqSessionStore.Key key =
        new StoqSessionStore.Key(
            session.serverHost(),
            connection.remoteAddress().getPort(),
            session.applicationProtocol());
    try {
      store.put(key, new StoqSession(session));
    } catch (RuntimeException e) {
      session.erase();
      LOGGER.warn("couldn't put a session into the host's store", e);
    }
  }
}
