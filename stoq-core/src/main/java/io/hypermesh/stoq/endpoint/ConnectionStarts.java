package io.hypermesh.stoq.endpoint;

import io.hypermesh.stoq.connection.ClientStart;
import io.hypermesh.stoq.connection.Connection;
import io.hypermesh.stoq.connection.ConnectionEvent;
import io.hypermesh.stoq.connection.ConnectionIdSource;
import io.hypermesh.stoq.connection.ConnectionSettings;
import io.hypermesh.stoq.connection.ServerStart;
import io.hypermesh.stoq.handshake.ClientSession;
import io.hypermesh.stoq.handshake.TlsSettings;
import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.QuicVersion;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Makes the connections of an endpoint, and counts them. Owned by the endpoint's thread. */
final class ConnectionStarts {
  private final ConnectionSettings connectionSettings;
  private final TlsSettings tlsSettings;
  private final ConnectionIdSource ids;
  private final SecureRandom random;
  private final EndpointTokens tokens;
  private final ConnectionCount count;
  private final BiConsumer<EndpointConnection, ConnectionEvent> events;

  /**
   * @param events takes what a connection tells that isn't known to its host yet
   */
  ConnectionStarts(
      ConnectionSettings connectionSettings,
      TlsSettings tlsSettings,
      ConnectionIdSource ids,
      SecureRandom random,
      EndpointTokens tokens,
      ConnectionCount count,
      BiConsumer<EndpointConnection, ConnectionEvent> events) {
    this.connectionSettings = connectionSettings;
    this.tlsSettings = tlsSettings;
    this.ids = ids;
    this.random = random;
    this.tokens = tokens;
    this.count = count;
    this.events = events;
  }

  /**
   * A client's connection.
   *
   * @return null where there are as many connections as allowed
   */
  @Nullable EndpointConnection client(
      InetSocketAddress remote,
      String serverName,
      @Nullable ClientSession session,
      boolean earlyData,
      long nowNanos) {
    if (!count.tryAdd()) {
      return null;
    }
    Connection connection =
        count.keepIfMade(() -> {
          QuicVersion version = ClientStart.versionFor(connectionSettings.versions(), session);
          return client(
              tokens.start(serverName, remote, version).resuming(session, earlyData), nowNanos);
        });
    EndpointConnection made = new EndpointConnection(connection, null, remote);
    made.announced = true;
    made.serverName = serverName;
    return made;
  }

  private Connection client(ClientStart start, long nowNanos) {
    return Connection.client(connectionSettings, tlsSettings, start, ids, random, nowNanos);
  }

  /** A server's connection, which admission has counted. */
  EndpointConnection server(
      ServerStart start, ConnectionId firstDestination, InetSocketAddress remote, long nowNanos) {
    Connection connection =
        count.keepIfMade(
            () -> Connection.server(connectionSettings, tlsSettings, start, ids, random, nowNanos));
    return new EndpointConnection(connection, firstDestination, remote);
  }

  /**
   * A server that doesn't speak the version of the client's first packet, but another one that is
   * spoken here, gets another first packet (RFC 9368, 2.1): the host's connection goes on as if
   * nothing had been.
   */
  void restartWhereRefused(EndpointConnection connection, long nowNanos) {
    Connection refused = connection.connection();
    QuicVersion version = refused.alternativeVersion();
    String serverName = connection.serverName;
    if (version == null || serverName == null) {
      return;
    }
    // It has told nothing but its IDs: whose server has spoken never comes here.
    for (ConnectionEvent event = refused.pollEvent(); event != null; event = refused.pollEvent()) {
      events.accept(connection, event);
    }
    ClientStart start = ClientStart.afterRefusal(serverName, connection.firstRemote, version);
    Connection again = client(start, nowNanos);
    again.startOn(refused.socket());
    connection.restart(again);
  }
}
