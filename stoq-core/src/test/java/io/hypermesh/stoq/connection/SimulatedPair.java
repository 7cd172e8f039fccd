package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.handshake.CheapHandshakes;
import io.hypermesh.stoq.simulation.LinkConditions;
import io.hypermesh.stoq.simulation.SimulatedNetwork;
import io.hypermesh.stoq.stream.ChunkPool;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.function.Consumer;

/** A client and a server on a simulated network, each with a pool of its own. */
final class SimulatedPair {
  static final long SECOND = 1_000_000_000L;
  static final InetSocketAddress CLIENT_ADDRESS = address(1);
  static final InetSocketAddress SERVER_ADDRESS = address(2);

  final SimulatedNetwork network;
  final ChunkPool clientPool = new ChunkPool(4_096, 4_096);
  final ChunkPool serverPool = new ChunkPool(4_096, 4_096);
  final SimulatedPeer client;
  final SimulatedPeer server;

  SimulatedPair(long seed, LinkConditions conditions) {
    this(seed, conditions, settings -> {});
  }

  SimulatedPair(long seed, LinkConditions conditions, Consumer<ConnectionSettings.Builder> change) {
    this(seed, conditions, change, change);
  }

  SimulatedPair(
      long seed,
      LinkConditions conditions,
      Consumer<ConnectionSettings.Builder> clientChange,
      Consumer<ConnectionSettings.Builder> serverChange) {
    network = new SimulatedNetwork(seed, conditions);
    client = new SimulatedPeer(true, seed, settings(clientPool, clientChange));
    server = new SimulatedPeer(false, seed, settings(serverPool, serverChange));
    network.attach(CLIENT_ADDRESS, client);
    network.attach(SERVER_ADDRESS, server);
  }

  private static ConnectionSettings settings(
      ChunkPool pool, Consumer<ConnectionSettings.Builder> change) {
    ConnectionSettings.Builder builder = ConnectionSettings.builder(pool);
    change.accept(builder);
    return builder.build();
  }

  static InetSocketAddress address(int last) {
    byte[] bytes = new byte[16];
    bytes[0] = (byte) 0xfd;
    bytes[15] = (byte) last;
    try {
      return new InetSocketAddress(InetAddress.getByAddress(bytes), 9292);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  /** The session of a connection made for it, as bytes. */
  static byte[] session(CheapHandshakes handshakes, boolean earlyData) {
    SimulatedPair pair = new SimulatedPair(1, LinkConditions.PERFECT);
    pair.server.serverTls = handshakes.server(2, 1, earlyData);
    pair.client.connect(SERVER_ADDRESS, handshakes.client(1, _ -> {}), pair.network.nowNanos());
    pair.runUntil(() -> pair.client.count(ConnectionEvent.SessionKept.class) > 0, 60);
    return pair.client.events.stream()
        .filter(ConnectionEvent.SessionKept.class::isInstance)
        .map(event -> ((ConnectionEvent.SessionKept) event).session().encode())
        .findFirst()
        .orElseThrow();
  }

  /** Connects; true where both sides are established in time. */
  boolean connect() {
    client.connect(SERVER_ADDRESS, network.nowNanos());
    return network.runUntil(
        () -> client.isEstablished() && server.isEstablished(), network.nowNanos() + 60 * SECOND);
  }

  boolean runUntil(java.util.function.BooleanSupplier done, long seconds) {
    return network.runUntil(done, network.nowNanos() + seconds * SECOND);
  }
}
