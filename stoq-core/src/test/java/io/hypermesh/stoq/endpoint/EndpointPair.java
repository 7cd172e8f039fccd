package io.hypermesh.stoq.endpoint;

import io.hypermesh.stoq.TestAuthority;
import io.hypermesh.stoq.connection.CloseReason;
import io.hypermesh.stoq.connection.ConnectionEvent;
import io.hypermesh.stoq.connection.ConnectionSettings;
import io.hypermesh.stoq.handshake.HandshakeTask;
import io.hypermesh.stoq.handshake.NamedGroup;
import io.hypermesh.stoq.handshake.TlsSettings;
import io.hypermesh.stoq.stream.ChunkPool;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** A client's and a server's endpoint and the datagrams between them, without sockets. */
final class EndpointPair {
  static final InetSocketAddress SERVER =
      new InetSocketAddress(InetAddress.ofLiteral("2001:db8::1"), 9292);
  static final InetSocketAddress CLIENT =
      new InetSocketAddress(InetAddress.ofLiteral("2001:db8::2"), 40_000);

  private static final TestAuthority AUTHORITY = new TestAuthority("endpoint");
  private static final TestAuthority.Identity IDENTITY = AUTHORITY.issue("EC", "server.test");
  private static final TlsSettings TLS = tls(List.of(NamedGroup.values()));

  private static TlsSettings tls(List<NamedGroup> groups) {
    return TlsSettings.builder()
        .keyManager(IDENTITY.keyManager())
        .trustManager(AUTHORITY.trustManager())
        .applicationProtocols(List.of("test"))
        .groups(groups)
        .random(new SecureRandom())
        .build();
  }

  final Endpoint client;
  Endpoint server;
  final Handler clientHandler;
  Handler serverHandler;
  long nowNanos = 1;

  private static final long EPOCH_MILLIS = 1_700_000_000_000L;
  private final EndpointSettings serverSettings;
  private final ConnectionSettings serverConnections;
  private final TlsSettings serverTls;

  EndpointPair(EndpointSettings serverSettings) {
    this(serverSettings, 1_000);
  }

  EndpointPair(EndpointSettings serverSettings, int clientConnectionsMax) {
    this(serverSettings, clientConnectionsMax, _ -> {}, _ -> {});
  }

  EndpointPair(
      EndpointSettings serverSettings,
      int clientConnectionsMax,
      Consumer<ConnectionSettings.Builder> clientChange,
      Consumer<ConnectionSettings.Builder> serverChange) {
    this(serverSettings, clientConnectionsMax, clientChange, serverChange, TLS, TLS);
  }

  /** Where each side takes these groups. */
  EndpointPair(
      EndpointSettings serverSettings,
      List<NamedGroup> clientGroups,
      List<NamedGroup> serverGroups) {
    this(serverSettings, 1_000, _ -> {}, _ -> {}, tls(clientGroups), tls(serverGroups));
  }

  private EndpointPair(
      EndpointSettings serverSettings,
      int clientConnectionsMax,
      Consumer<ConnectionSettings.Builder> clientChange,
      Consumer<ConnectionSettings.Builder> serverChange,
      TlsSettings clientTls,
      TlsSettings serverTls) {
    SecureRandom random = new SecureRandom();
    EndpointSettings clientSettings =
        new EndpointSettings(clientConnectionsMax, 1, 1, 1, 1, 0, 0, 100, 1_000, 1_000, false);
    this.serverTls = serverTls;
    this.serverSettings = serverSettings;
    this.serverConnections = connections(serverChange);
    client =
        new Endpoint(
            clientSettings,
            connections(clientChange),
            clientTls,
            EndpointSecret.random(random),
            random,
            nowNanos,
            EPOCH_MILLIS);
    server = newServer(new byte[EndpointSecret.LENGTH], EPOCH_MILLIS);
    clientHandler = new Handler(client);
    serverHandler = new Handler(server);
  }

  private Endpoint newServer(byte[] secret, long epochMillis) {
    try (EndpointSecret kept = EndpointSecret.of(secret)) {
      return new Endpoint(
          serverSettings,
          serverConnections,
          serverTls,
          kept,
          new SecureRandom(),
          nowNanos,
          epochMillis);
    }
  }

  /** The server crashes, and another one takes its place. */
  void restartServer(byte[] secret) {
    server = newServer(secret, EPOCH_MILLIS);
    serverHandler = new Handler(server);
  }

  private static ConnectionSettings connections(Consumer<ConnectionSettings.Builder> change) {
    ConnectionSettings.Builder builder = ConnectionSettings.builder(new ChunkPool(4_096, 1_000));
    change.accept(builder);
    return builder.build();
  }

  static EndpointSettings settings(
      int connectionsMax, int handshakesInFlightMax, int retryThreshold) {
    return settings(connectionsMax, handshakesInFlightMax, 1_000, retryThreshold, 1_000);
  }

  static EndpointSettings settings(
      int connectionsMax,
      int handshakesInFlightMax,
      int handshakesPerPrefixMax,
      int retryThreshold,
      int unauthenticInitialsPerSecondMax) {
    return new EndpointSettings(
        connectionsMax,
        handshakesInFlightMax,
        handshakesPerPrefixMax,
        retryThreshold,
        10_000_000_000L,
        3_600_000_000_000L,
        100,
        100,
        1_000,
        unauthenticInitialsPerSecondMax,
        true);
  }

  EndpointConnection connect() {
    EndpointConnection connection = client.connect(SERVER, "server.test", nowNanos);
    client.pollEvents(clientHandler);
    return connection;
  }

  void toServer(byte[] datagram) {
    deliver(server, serverHandler, datagram, CLIENT);
  }

  void toServer(byte[] datagram, InetSocketAddress from) {
    deliver(server, serverHandler, datagram, from);
  }

  void toClient(byte[] datagram) {
    deliver(client, clientHandler, datagram, SERVER);
  }

  private void deliver(
      Endpoint endpoint, Handler handler, byte[] datagram, InetSocketAddress from) {
    MemorySegment copy = MemorySegment.ofArray(datagram.clone());
    endpoint.handleDatagram(copy, 0, datagram.length, 0, from, 0, nowNanos);
    poll(endpoint, handler);
  }

  private static void poll(Endpoint endpoint, Handler handler) {
    while (endpoint.hasTouched()) {
      endpoint.pollEvents(handler);
    }
  }

  byte[] pollClient() {
    return poll(client);
  }

  byte[] pollServer() {
    return poll(server);
  }

  private byte[] poll(Endpoint endpoint) {
    byte[] buffer = new byte[1_500];
    int length =
        new DatagramPoll(endpoint, buffer.length, 1).poll(MemorySegment.ofArray(buffer), nowNanos);
    return length == 0 ? null : Arrays.copyOf(buffer, length);
  }

  /** Carries datagrams until neither side has one; time moves by a millisecond a round. */
  void run() {
    boolean any = true;
    while (any) {
      any = false;
      for (byte[] d = pollClient(); d != null; d = pollClient()) {
        toServer(d);
        any = true;
      }
      for (byte[] d = pollServer(); d != null; d = pollServer()) {
        toClient(d);
        any = true;
      }
      nowNanos += 1_000_000;
      poll(client, clientHandler);
      poll(server, serverHandler);
      timeouts();
    }
  }

  /** Lets time pass, deadline by deadline. */
  void runUntil(long endNanos) {
    while (nowNanos < endNanos) {
      long deadline = Math.min(client.nextDeadlineNanos(), server.nextDeadlineNanos());
      nowNanos = Math.max(nowNanos, Math.min(deadline, endNanos));
      timeouts();
      run();
    }
  }

  private void timeouts() {
    client.handleTimeout(nowNanos);
    server.handleTimeout(nowNanos);
    poll(client, clientHandler);
    poll(server, serverHandler);
  }

  /** Runs tasks at once and takes notes. */
  final class Handler implements EndpointHandler {
    private final Endpoint endpoint;
    final List<EndpointConnection> accepted = new ArrayList<>();
    final List<EndpointConnection> established = new ArrayList<>();
    final List<EndpointConnection> removed = new ArrayList<>();
    final Map<EndpointConnection, CloseReason> closed = new HashMap<>();
    int peerStreams;
    EndpointConnection defectExpected;
    boolean defectsExpected;

    Handler(Endpoint endpoint) {
      this.endpoint = endpoint;
    }

    @Override
    public void onAccepted(EndpointConnection connection) {
      accepted.add(connection);
    }

    @Override
    public void onEvent(EndpointConnection connection, ConnectionEvent event) {
      switch (event) {
        case ConnectionEvent.Established e -> established.add(connection);
        case ConnectionEvent.Closed e -> closed.put(connection, e.reason());
        case ConnectionEvent.PeerStreamOpened e -> peerStreams++;
        default -> {}
      }
    }

    @Override
    public void onTask(EndpointConnection connection, HandshakeTask task) {
      task.run();
      connection.connection().handleTaskDone(task, nowNanos);
      endpoint.touch(connection);
    }

    @Override
    public void onUpdated(EndpointConnection connection) {}

    @Override
    public void onRemoved(EndpointConnection connection, RuntimeException defect) {
      if (defect != null && connection != defectExpected && !defectsExpected) {
        throw defect;
      }
      removed.add(connection);
    }
  }
}
