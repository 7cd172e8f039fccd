package io.hypermesh.stoq;

import io.hypermesh.stoq.connection.ConnectionSettings;
import io.hypermesh.stoq.driver.DatagramDriver;
import io.hypermesh.stoq.endpoint.Endpoint;
import io.hypermesh.stoq.endpoint.EndpointSecret;
import io.hypermesh.stoq.endpoint.EndpointSettings;
import io.hypermesh.stoq.endpoint.Shards;
import io.hypermesh.stoq.endpoint.Steering;
import io.hypermesh.stoq.handshake.PublicKeys;
import io.hypermesh.stoq.stream.ChunkPool;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.AgentRunner;
import org.jspecify.annotations.Nullable;

/**
 * The agents of one endpoint. Each has its own state machine, sockets, buffers and connections, and
 * its own thread; what they have in common is asked when a connection comes or goes ({@link
 * Shards}). They hand each other only the datagrams that came to the wrong one.
 *
 * <p>Any thread may call any method once it is made.
 */
final class EndpointAgents {
  private final List<EndpointAgent> agents = new ArrayList<>();
  private final Steering steering;
  private final DatagramDriver.Factory factory;
  private final boolean steered;
  private final boolean listens;
  private final String driverName;
  private final InetSocketAddress localAddress;
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicInteger groups = new AtomicInteger(EndpointSockets.MOVED_GROUP);
  private final AtomicInteger running;
  private String packetProtection = "";
  private volatile List<AgentRunner> runners = List.of();
  private volatile @Nullable StoqException failure;

  /**
   * Opens the sockets and makes the agents.
   *
   * @throws StoqException where the sockets can't be opened
   */
  EndpointAgents(
      StoqEndpoint owner, StoqEndpointBuilder builder, Executor executor, PublicKeys publicKeys)
      throws StoqException {
    EndpointParts parts = new EndpointParts(builder, publicKeys);
    this.steering = Shards.steering(builder.random, builder.agents);
    this.factory = parts.driverFactory();
    this.listens = builder.acceptsConnections();
    this.running = new AtomicInteger(builder.agents);
    InetSocketAddress address = builder.addressToBind();
    boolean apart = !listens && address.getPort() == 0;
    SharedPort first = open(address, apart);
    SharedPort preferred = null;
    try {
      if (builder.preferredAddress != null) {
        preferred = open(builder.preferredAddress, false);
      }
      this.steered = first.steered();
      this.driverName = first.drivers().getFirst().name();
      this.localAddress = first.drivers().getFirst().localAddress();
      int group =
          apart || builder.agents == 1 ? EndpointSockets.NO_GROUP : EndpointSockets.FIRST_GROUP;
      make(owner, builder, parts, first.drivers(), group, executor);
    } catch (StoqException | RuntimeException e) {
      first.close();
      if (preferred != null) {
        preferred.close();
      }
      throw e;
    }
    for (int i = 0; preferred != null && i < agents.size(); i++) {
      agents.get(i).keep(preferred.drivers().get(i));
    }
  }

  private SharedPort open(InetSocketAddress address, boolean apart) throws StoqException {
    try {
      return apart
          ? SharedPort.openApart(address, factory, steering)
          : SharedPort.open(address, factory, steering);
    } catch (IOException | UnsupportedOperationException e) {
      throw SharedPort.failed(address, e);
    }
  }

  private void make(
      StoqEndpoint owner,
      StoqEndpointBuilder builder,
      EndpointParts parts,
      List<DatagramDriver> drivers,
      int group,
      Executor executor) {
    int count = drivers.size();
    Shards shards = parts.shards(steering, steered);
    EndpointSettings settings = parts.endpointSettings();
    long originNanos = builder.clock.nanoTime();
    long originMillis = builder.wallClock.millis();
    try (EndpointSecret secret = builder.takeSecret()) {
      for (int i = 0; i < count; i++) {
        ShardForwarding forwarding = new ShardForwarding(agents, i);
        ChunkPool pool = parts.pool();
        ConnectionSettings connections =
            parts.connectionSettings(pool, drivers.get(i).supportsEcn());
        packetProtection = connections.packetProtection().name();
        SecureRandom random = parts.random(i);
        Endpoint endpoint =
            new Endpoint(
                settings.share(i, count),
                connections,
                parts.tlsSettings(secret, random),
                secret,
                random,
                0,
                originMillis,
                shards.shard(i, forwarding));
        agents.add(
            new EndpointAgent(
                owner,
                endpoint,
                new EndpointSockets.Opening(drivers.get(i), group, factory),
                new EndpointAgent.Place(
                    i,
                    forwarding,
                    new ForwardedDatagrams(
                        count == 1 ? 1 : builder.settings.forwardedDatagramsMax())),
                builder.settings,
                pool,
                builder.listener,
                executor,
                new SessionKeeper(builder.resumption, builder.alpns, builder.wallClock),
                builder.clock,
                originNanos));
      }
    }
  }

  /** All of them, in their order. */
  List<EndpointAgent> all() {
    return Collections.unmodifiableList(agents);
  }

  EndpointAgent first() {
    return agents.getFirst();
  }

  /** Whose turn it is to make a connection. */
  EndpointAgent next() {
    return agents.size() == 1
        ? agents.getFirst()
        : agents.get(Math.floorMod(next.getAndIncrement(), agents.size()));
  }

  String driverName() {
    return driverName;
  }

  String packetProtection() {
    return packetProtection;
  }

  InetSocketAddress localAddress() {
    return localAddress;
  }

  /** Whether the kernel leads datagrams to the agents by their connection IDs. */
  boolean isSteered() {
    return steered;
  }

  boolean listens() {
    return listens;
  }

  /** Opens sockets to move to: on one port where it's given, else each on its own. */
  SharedPort openToMoveTo(InetSocketAddress address) throws IOException {
    return address.getPort() == 0
        ? SharedPort.openApart(address, factory, steering)
        : SharedPort.open(address, factory, steering);
  }

  /** The group of the sockets that are moved to next. */
  int nextGroup(InetSocketAddress address) {
    return address.getPort() == 0 || agents.size() == 1
        ? EndpointSockets.NO_GROUP
        : groups.getAndIncrement();
  }

  StoqEndpointStatistics statistics() {
    StoqEndpointStatistics sum = agents.getFirst().statistics();
    for (int i = 1; i < agents.size(); i++) {
      sum = sum.plus(agents.get(i).statistics());
    }
    return sum;
  }

  long streamBufferBytes() {
    return agents.stream().mapToLong(EndpointAgent::streamBufferBytes).sum();
  }

  // ---- Threads and the end ----

  /** Gives each its own thread. */
  void start(ErrorHandler errors) {
    List<AgentRunner> started = new ArrayList<>();
    for (EndpointAgent agent : agents) {
      started.add(new AgentRunner(new BlockingIdleStrategy(agent), errors, null, agent));
      agent.ownsThread();
    }
    runners = List.copyOf(started);
    for (int i = 0; i < started.size(); i++) {
      String name = agents.get(i).roleName();
      AgentRunner.startOnThread(
          started.get(i), task -> Thread.ofPlatform().daemon().name(name).unstarted(task));
    }
  }

  boolean isStarted() {
    return !runners.isEmpty();
  }

  /**
   * Ends all. Waits for their threads, unless it's called by one of them; where they have none, and
   * the host won't run them, it does their work.
   */
  void close(boolean hostRuns) {
    agents.forEach(EndpointAgent::prepareClose);
    List<AgentRunner> started = runners;
    if (started.isEmpty()) {
      if (!hostRuns) {
        agents.forEach(EndpointAgent::onClose);
      }
      return;
    }
    for (AgentRunner runner : started) {
      if (runner.thread() == Thread.currentThread()) {
        return;
      }
    }
    started.forEach(AgentRunner::close);
  }

  boolean isClosed() {
    return running.get() == 0;
  }

  /**
   * One of them has ended; where it failed, the others end, too.
   *
   * @return whether it was the last
   */
  boolean onClosed(@Nullable StoqException cause) {
    if (cause != null) {
      failure = cause;
      agents.forEach(EndpointAgent::prepareClose);
    }
    return running.decrementAndGet() == 0;
  }

  /** Why they have ended, where one has failed. */
  @Nullable StoqException failure() {
    return failure;
  }
}
