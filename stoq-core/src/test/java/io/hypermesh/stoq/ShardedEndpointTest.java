package io.hypermesh.stoq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hypermesh.stoq.driver.DatagramDriver;
import io.hypermesh.stoq.driver.ForwardingDatagramDriver;
import io.hypermesh.stoq.driver.LinuxDatagramDriver;
import io.hypermesh.stoq.driver.NioDatagramDriver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.CompositeAgent;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Endpoints with several agents, over real sockets. */
@Timeout(120)
class ShardedEndpointTest extends LoopbackFixture {
  private static final int AGENTS = 3;
  private static final DatagramDriver.Factory NIO = NioDatagramDriver::open;
  private static final DatagramDriver.Factory LINUX = LinuxDatagramDriver::open;

  private final Threads threadsSeen = new Threads();

  /** Echoes, and keeps which thread tells of each connection, which has to be one. */
  private final class Threads implements StoqListener {
    private final Echo echo = new Echo();
    private final Map<StoqConnection, Thread> owners = new ConcurrentHashMap<>();
    private final AtomicBoolean crossed = new AtomicBoolean();

    private void check(StoqConnection connection) {
      Thread owner = owners.computeIfAbsent(connection, _ -> Thread.currentThread());
      if (!owner.equals(Thread.currentThread())) {
        crossed.set(true);
      }
    }

    @Override
    public void onConnection(StoqConnection connection) {
      check(connection);
      echo.onConnection(connection);
    }

    @Override
    public void onStream(StoqStream stream) {
      check(stream.connection());
      echo.onStream(stream);
    }

    @Override
    public void onClosed(StoqConnection connection, StoqCloseReason reason) {
      check(connection);
    }
  }

  private StoqEndpoint server(DatagramDriver.Factory driver) throws StoqException {
    return start(serverBuilder(threadsSeen).agents(AGENTS).driver(driver));
  }

  private static StoqEndpointBuilder nioClient() {
    return clientBuilder().driver(NIO);
  }

  /** One connection from a port of its own, so that its datagrams come by themselves. */
  private StoqConnection connectAlone(StoqEndpoint server) throws Exception {
    return get(start(nioClient()).connect(server.localAddress()));
  }

  private void shouldServe(DatagramDriver.Factory driver) throws Exception {
    StoqEndpoint server = server(driver);
    StoqEndpoint client = start(nioClient().agents(AGENTS));
    List<StoqConnection> connections = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      connections.add(get(client.connect(server.localAddress())));
    }
    for (StoqConnection connection : connections) {
      transfer(connection, 40_000);
    }
    assertThat(get(connections.getFirst().updateKeys())).isTrue();
    transfer(connections.getFirst(), 1_000);
    for (StoqConnection connection : connections) {
      connection.close();
      get(connection.closed());
    }
    assertThat(threadsSeen.crossed).isFalse();
    StoqEndpointStatistics counted = server.statistics();
    assertThat(counted.connectionsAccepted()).isEqualTo(12);
    assertThat(client.statistics().datagramsForwarded()).isZero();
    assertThat(counted.forwardsDropped()).isZero();
  }

  @Test
  void shouldServeConnectionsWithoutLinuxCalls() throws Exception {
    shouldServe(NIO);
  }

  @Test
  void shouldServeConnectionsThatTheKernelSteers() throws Exception {
    assumeTrue(LinuxDatagramDriver.isAvailable(), "Linux's driver isn't available");
    shouldServe(LINUX);
  }

  /** With 20 connections, all on one of three agents would be one chance in a billion. */
  private void shouldSpread(DatagramDriver.Factory driver) throws Exception {
    StoqEndpoint server = server(driver);
    for (int i = 0; i < 20; i++) {
      transfer(connectAlone(server), 1_000);
    }
    assertThat(Set.copyOf(threadsSeen.owners.values())).hasSizeBetween(2, AGENTS);
    // From one port come one connection's datagrams: those that its first packet led to its agent.
    assertThat(server.statistics().datagramsForwarded()).isZero();
  }

  @Test
  void shouldSpreadConnectionsByTheirAddressesWithoutForwarding() throws Exception {
    shouldSpread(NIO);
  }

  @Test
  void shouldSpreadConnectionsByTheirIdsWithoutForwarding() throws Exception {
    assumeTrue(LinuxDatagramDriver.isAvailable(), "Linux's driver isn't available");
    shouldSpread(LINUX);
  }

  private void move(StoqConnection connection) throws Exception {
    for (int i = 0; ; i++) {
      try {
        get(connection.migrate(ANY_PORT));
        return;
      } catch (ExecutionException e) {
        if (i == 10_000
            || !(e.getCause() instanceof StoqException refused)
            || refused.category() != StoqException.Category.RETRYABLE) {
          throw e;
        }
        transfer(connection, 10);
      }
    }
  }

  @Test
  void shouldForwardWhatComesToAnotherAgentFromAConnectionThatMoved() throws Exception {
    StoqEndpoint server = server(NIO);
    StoqConnection connection = connectAlone(server);
    transfer(connection, 1_000);
    // Each port leads to another agent in two of three cases.
    for (int i = 0; i < 40 && server.statistics().datagramsForwarded() == 0; i++) {
      move(connection);
      transfer(connection, 20_000);
    }
    assertThat(server.statistics().datagramsForwarded()).isPositive();
    assertThat(threadsSeen.crossed).isFalse();
    assertThat(threadsSeen.owners).hasSize(1);
    assertThat(server.statistics().connectionsAccepted()).isEqualTo(1);
  }

  @Test
  void shouldForwardNothingOfAConnectionThatMovedWhereTheKernelSteers() throws Exception {
    assumeTrue(LinuxDatagramDriver.isAvailable(), "Linux's driver isn't available");
    StoqEndpoint server = server(LINUX);
    StoqConnection connection = connectAlone(server);
    transfer(connection, 1_000);
    for (int i = 0; i < 6; i++) {
      move(connection);
      transfer(connection, 20_000);
    }
    assertThat(server.statistics().datagramsForwarded()).isZero();
    assertThat(threadsSeen.crossed).isFalse();
  }

  @Test
  void shouldMoveAllConnectionsOfAllAgents() throws Exception {
    StoqEndpoint server = server(NIO);
    StoqEndpoint client = start(nioClient().agents(AGENTS));
    List<StoqConnection> connections = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      connections.add(get(client.connect(server.localAddress())));
      transfer(connections.get(i), 100);
    }
    InetSocketAddress moved = get(client.rebind(ANY_PORT));
    assertThat(client.localAddress()).isEqualTo(moved);
    for (StoqConnection connection : connections) {
      transfer(connection, 20_000);
    }
    // To one port for all of them, where one is given.
    InetSocketAddress free;
    try (NioDatagramDriver probe = NioDatagramDriver.open(ANY_PORT)) {
      free = probe.localAddress();
    }
    assertThat(get(client.rebind(free))).isEqualTo(free);
    for (StoqConnection connection : connections) {
      transfer(connection, 20_000);
    }
    transfer(get(client.connect(server.localAddress())), 1_000);
    assertThatThrownBy(() -> get(client.rebind(server.localAddress())))
        .hasMessageContaining("no socket could be opened there");
    transfer(connections.getFirst(), 1_000);
  }

  @Test
  void shouldConnectFromTheSharedPort() throws Exception {
    // Both listen and connect, and the kernel knows addresses alone.
    StoqEndpoint server = server(NIO);
    StoqEndpoint peer = start(serverBuilder(new Echo()).agents(AGENTS).driver(NIO));
    for (int i = 0; i < AGENTS; i++) {
      transfer(get(peer.connect(server.localAddress())), 20_000);
    }
    // All of its datagrams come to one agent, and are for three.
    assertThat(peer.statistics().datagramsForwarded()).isPositive();
  }

  @Test
  void shouldFollowAServerToItsPreferredAddress() throws Exception {
    InetSocketAddress preferred;
    try (NioDatagramDriver free = NioDatagramDriver.open(ANY_PORT)) {
      preferred = free.localAddress();
    }
    StoqEndpoint server =
        start(serverBuilder(threadsSeen).agents(AGENTS).driver(NIO).preferredAddress(preferred));
    StoqConnection connection = connectAlone(server);
    for (int i = 0; i < 1_000 && !connection.remoteAddress().equals(preferred); i++) {
      transfer(connection, 10);
    }
    assertThat(connection.remoteAddress()).isEqualTo(preferred);
    transfer(connection, 50_000);
    assertThat(threadsSeen.crossed).isFalse();
  }

  @Test
  void shouldHoldTheLimitOfConnectionsForAllAgentsTogether() throws Exception {
    StoqSettings settings = StoqSettings.builder().connectionsMax(2).build();
    StoqEndpoint server =
        start(serverBuilder(threadsSeen).agents(AGENTS).driver(NIO).settings(settings));
    StoqConnection first = connectAlone(server);
    transfer(connectAlone(server), 100);
    transfer(first, 100);
    assertThatThrownBy(() -> connectAlone(server)).isInstanceOf(ExecutionException.class);
    assertThat(server.statistics().connections()).isEqualTo(2);
    // A refusal leaves before its agent tells of it; the last word is that of the end.
    server.close();
    assertThat(server.statistics().connectionsRefused()).isPositive();
  }

  @Test
  void shouldTakeEarlyDataWithAnyAgentsTickets() throws Exception {
    StoqEndpoint server =
        start(
            serverBuilder(threadsSeen)
                .agents(AGENTS)
                .driver(NIO)
                .resumption(StoqResumption.builder().acceptReplayableEarlyData().build()));
    StoqSessionStore store = StoqSessionStore.inMemory();
    StoqResumption resuming = StoqResumption.builder().sessionStore(store).build();
    int accepted = 0;
    for (int i = 0; i < 8; i++) {
      StoqConnection connection =
          get(
              start(nioClient().resumption(resuming))
                  .connectWithReplayableEarlyData(server.localAddress(), "server.test"));
      get(connection.handshakeConfirmed());
      transfer(connection, 100);
      accepted += connection.earlyDataAccepted() ? 1 : 0;
    }
    // All but the first, whichever agents the ticket and the connection came from.
    assertThat(accepted).isEqualTo(7);
  }

  /** Sends nothing once its host says so, as one that has crashed. */
  private static final class Silenced extends ForwardingDatagramDriver {
    private final AtomicBoolean silent;

    Silenced(DatagramDriver driver, AtomicBoolean silent) {
      super(driver);
      this.silent = silent;
    }

    @Override
    public void commit(int length, InetSocketAddress destination, int ecn) {
      if (!silent.get()) {
        super.commit(length, destination, ecn);
      }
    }

    @Override
    public @Nullable DatagramDriver openSibling() throws IOException {
      DatagramDriver sibling = delegate().openSibling();
      return sibling == null ? null : new Silenced(sibling, silent);
    }
  }

  @Test
  void shouldEndTheConnectionsOfEveryAgentByStatelessResets() throws Exception {
    AtomicBoolean crashed = new AtomicBoolean();
    byte[] secret = new byte[32];
    StoqEndpoint server =
        start(
            serverBuilder(threadsSeen)
                .agents(AGENTS)
                .secret(secret)
                .driver(at -> new Silenced(NioDatagramDriver.open(at), crashed)));
    InetSocketAddress at = server.localAddress();
    // From one port, where resets come to any agent: their connection IDs are made up.
    StoqEndpoint client = start(serverBuilder(new Echo()).agents(AGENTS).driver(NIO));
    List<StoqStream> streams = new ArrayList<>();
    for (int i = 0; i < AGENTS; i++) {
      StoqConnection connection = get(client.connect(at));
      transfer(connection, 100);
      get(connection.handshakeConfirmed());
      streams.add(get(connection.openStream()));
    }
    crashed.set(true);
    server.close();
    start(serverBuilder(new Echo()).agents(AGENTS).secret(secret).bindAddress(at).driver(NIO));
    for (StoqStream stream : streams) {
      try {
        stream.outputStream(WAIT).write(new byte[100]);
      } catch (IOException closed) {
        // An acknowledgement that was late has been answered by a reset already.
        assertThat(stream.connection().isOpen()).isFalse();
      }
    }
    for (StoqStream stream : streams) {
      StoqConnection connection = stream.connection();
      assertThat(get(connection.closed()).initiator())
          .isEqualTo(StoqCloseReason.Initiator.STATELESS_RESET);
    }
  }

  @Test
  void shouldLoseWhatIsForwardedOverTheBoundAndGoOn() throws Exception {
    StoqSettings settings = StoqSettings.builder().forwardedDatagramsMax(2).build();
    StoqEndpoint server =
        start(serverBuilder(threadsSeen).agents(AGENTS).driver(NIO).settings(settings));
    StoqEndpoint peer =
        start(serverBuilder(new Echo()).agents(AGENTS).driver(NIO).settings(settings));
    List<StoqConnection> connections = new ArrayList<>();
    for (int i = 0; i < AGENTS; i++) {
      connections.add(get(peer.connect(server.localAddress())));
    }
    for (int i = 0; i < 20 && peer.statistics().forwardsDropped() == 0; i++) {
      for (StoqConnection connection : connections) {
        transfer(connection, 200_000);
      }
    }
    assertThat(peer.statistics().forwardsDropped()).isPositive();
    for (StoqConnection connection : connections) {
      transfer(connection, 10_000);
    }
  }

  @Test
  void shouldRunOnThreadsOfTheHosts() throws Exception {
    StoqEndpoint server = server(NIO);
    StoqEndpointBuilder builder = nioClient();
    StoqEndpoint client = closeLater(builder.agents(2).build());
    List<AgentRunner> runners = new ArrayList<>();
    for (Agent agent : client.agents()) {
      AgentRunner runner =
          new AgentRunner(
              client.idleStrategy(agent),
              error -> {
                throw new IllegalStateException(error);
              },
              null,
              agent);
      AgentRunner.startOnThread(runner);
      runners.add(runner);
    }
    assertThatThrownBy(client::agent).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(client::idleStrategy).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> client.idleStrategy(new CompositeAgent(client.agents())))
        .isInstanceOf(IllegalArgumentException.class);
    transfer(get(client.connect(server.localAddress())), 1_000);
    transfer(get(client.connect(server.localAddress())), 1_000);
    client.close();
    client.ended().get(20, TimeUnit.SECONDS);
    runners.forEach(AgentRunner::close);
  }

  @Test
  void shouldEndAllAgentsWhereOneFails() throws Exception {
    AtomicBoolean fails = new AtomicBoolean();
    class Failing extends ForwardingDatagramDriver {
      private final boolean second;

      Failing(DatagramDriver driver, boolean second) {
        super(driver);
        this.second = second;
      }

      @Override
      public int receive(io.hypermesh.stoq.driver.DatagramHandler handler, int limit)
          throws IOException {
        if (second && fails.get()) {
          throw new IOException("made to fail");
        }
        return super.receive(handler, limit);
      }

      @Override
      public @Nullable DatagramDriver openSibling() throws IOException {
        DatagramDriver sibling = delegate().openSibling();
        return sibling == null ? null : new Failing(sibling, true);
      }
    }
    StoqEndpoint server =
        start(
            serverBuilder(threadsSeen)
                .agents(AGENTS)
                .driver(at -> new Failing(NioDatagramDriver.open(at), false)));
    StoqConnection connection = connectAlone(server);
    transfer(connection, 100);
    fails.set(true);
    // Any work of the failing one.
    for (int i = 0; i < 6; i++) {
      var _ = server.connect(connection.endpoint().localAddress());
    }
    assertThatThrownBy(() -> get(server.ended()))
        .hasCauseInstanceOf(StoqException.class)
        .hasStackTraceContaining("made to fail");
    get(connection.closed());
  }

  @Test
  void shouldEndFromAListenerOfOneOfItsAgents() throws Exception {
    List<StoqEndpoint> made = new ArrayList<>();
    StoqListener closing = tellingOfConnections(connection -> connection.endpoint().close());
    made.add(start(serverBuilder(closing).agents(AGENTS).driver(NIO)));
    StoqConnection connection = connectAlone(made.getFirst());
    made.getFirst().ended().get(20, TimeUnit.SECONDS);
    get(connection.closed());
    assertThat(made.getFirst().statistics().connections()).isZero();
  }

  @Test
  void shouldSayWhyThereCanNotBeSeveral() throws Exception {
    assertThatThrownBy(() -> StoqEndpoint.builder().agents(0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> StoqEndpoint.builder().agents(65))
        .isInstanceOf(IllegalArgumentException.class);
    StoqEndpointBuilder unsharing =
        serverBuilder(threadsSeen)
            .agents(2)
            .driver(at -> new ForwardingDatagramDriver(NioDatagramDriver.open(at)) {});
    assertThatThrownBy(unsharing::build)
        .isInstanceOfSatisfying(
            StoqException.class,
            e -> assertThat(e.category()).isEqualTo(StoqException.Category.CALLER_MISTAKE))
        .hasMessageContaining("siblings");
  }

  @Test
  void shouldShareItsPortWithNobodyElse() throws Exception {
    StoqEndpoint server = server(NIO);
    StoqEndpointBuilder second =
        serverBuilder(threadsSeen).agents(AGENTS).driver(NIO).bindAddress(server.localAddress());
    assertThatThrownBy(second::build)
        .isInstanceOf(StoqException.class)
        .hasMessageContaining("in use");
  }
}
