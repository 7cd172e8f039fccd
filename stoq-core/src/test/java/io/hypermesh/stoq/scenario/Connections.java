package io.hypermesh.stoq.scenario;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The connections of one run, in the order of their starts, and both sides of each. */
final class Connections {
  private final SimulatedEndpoint server;
  private final List<Session> begun = new ArrayList<>();

  Connections(SimulatedEndpoint server) {
    this.server = server;
  }

  void add(Session session) {
    begun.add(session);
  }

  /** Those that have been begun. */
  List<Session> all() {
    return begun;
  }

  int size() {
    return begun.size();
  }

  /** The client's side; null where it hasn't been begun yet. */
  @Nullable Session client(int number) {
    return number < begun.size() ? begun.get(number) : null;
  }

  /** The server's side, once its handshake is complete; or null. */
  @Nullable Session serverOf(Session client) {
    for (Session session : server.sessions) {
      if (session.established && session.isOtherSideOf(client)) {
        return session;
      }
    }
    return null;
  }

  /** All that the server has made of a client's first datagrams: copies of them may come, too. */
  List<Session> allServersOf(Session client) {
    return server.sessions.stream().filter(session -> session.isOtherSideOf(client)).toList();
  }
}
