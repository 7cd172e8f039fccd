package io.hypermesh.stoq;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.AgentInvoker;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.CompositeAgent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The examples of threads and of addresses that the Javadoc and the README show, run. */
@Timeout(60)
class ApiAgentExamplesTest extends LoopbackFixture {
  private final ErrorHandler errorHandler =
      error -> {
        throw new IllegalStateException(error);
      };

  @Test
  void shouldRunInTheHostsDutyCycle() throws Exception {
    InetSocketAddress server = start(serverBuilder(new Echo())).localAddress();
    StoqEndpointBuilder builder = clientBuilder();
    // @start region="invoker"
    StoqEndpoint endpoint = builder.build(); // not start(): the host does the work
    try (AgentInvoker invoker = new AgentInvoker(errorHandler, null, endpoint.agent())) {
      invoker.start();
      CompletableFuture<StoqConnection> connecting = endpoint.connect(server);
      while (!connecting.isDone()) {
        invoker.invoke(); // beside what else the host's loop does
      }
    } // closes the endpoint
    // @end
    assertThat(endpoint.ended()).isCompleted();
    assertThat(endpoint.statistics().datagramsSent()).isGreaterThan(1);
  }

  @Test
  void shouldRunOnAThreadOfTheHosts() throws Exception {
    InetSocketAddress server = start(serverBuilder(new Echo())).localAddress();
    StoqEndpointBuilder builder = clientBuilder();
    // @start region="runner"
    StoqEndpoint endpoint = builder.build();
    try (AgentRunner runner =
        new AgentRunner(
            endpoint.idleStrategy(), // sleeps in the socket while there is nothing to do
            errorHandler,
            null,
            endpoint.agent())) {
      AgentRunner.startOnThread(runner, Thread.ofPlatform().name("network").factory());
      StoqConnection connection = endpoint.connect(server).get(5, SECONDS);
      connection.close();
    }
    // @end
    assertThat(endpoint.ended()).isCompleted();
  }

  @Test
  void shouldShareAThread() throws Exception {
    StoqEndpointBuilder serverBuilder = serverBuilder(new Echo());
    StoqEndpointBuilder clientBuilder = clientBuilder();
    // @start region="sharedThread"
    StoqEndpoint server = serverBuilder.build();
    StoqEndpoint client = clientBuilder.build();
    CompositeAgent both = new CompositeAgent(server.agent(), client.agent());
    // @end
    try (AgentInvoker invoker = new AgentInvoker(errorHandler, null, both)) {
      invoker.start();
      CompletableFuture<StoqConnection> connecting = client.connect(server.localAddress());
      while (!connecting.isDone()) {
        invoker.invoke();
      }
      assertThat(get(connecting).isOpen()).isTrue();
    }
  }

  @Test
  void shouldHaveSeveralAgents() throws Exception {
    StoqEndpointBuilder builder = serverBuilder(new Echo());
    // @start region="agents"
    int cores = Runtime.getRuntime().availableProcessors();
    StoqEndpoint endpoint = builder.agents(Math.min(cores, 64)).start();
    // @end
    roundTrip(get(start(clientBuilder()).connect(closeLater(endpoint).localAddress())));
  }

  @Test
  void shouldMoveAConnection() throws Exception {
    Echo echo = new Echo();
    StoqEndpoint server = start(serverBuilder(echo));
    StoqEndpoint client = start(clientBuilder());
    StoqConnection connection = get(client.connect(server.localAddress()));
    roundTrip(connection);
    InetSocketAddress newLocal = ANY_PORT;
    // @start region="migrate"
    InetSocketAddress moved = connection.migrate(newLocal).get(5, SECONDS); // its streams go on
    // @end
    assertThat(moved.getPort()).isNotEqualTo(client.localAddress().getPort());
    StoqConnection accepted = get(echo.connected);
    roundTripUntil(connection, () -> accepted.remoteAddress().getPort() == moved.getPort());
  }

  @Test
  void shouldMoveAnEndpoint() throws Exception {
    Echo echo = new Echo();
    StoqEndpoint client = start(clientBuilder());
    StoqConnection connection = get(client.connect(start(serverBuilder(echo)).localAddress()));
    roundTrip(connection);
    InetSocketAddress newLocal = ANY_PORT;
    // @start region="rebind"
    InetSocketAddress bound = client.rebind(newLocal).get(5, SECONDS); // all of its connections
    // @end
    assertThat(client.localAddress()).isEqualTo(bound);
    StoqConnection accepted = get(echo.connected);
    roundTripUntil(connection, () -> accepted.remoteAddress().getPort() == bound.getPort());
  }

  @Test
  void shouldSendClientsToThePreferredAddress() throws Exception {
    InetSocketAddress ownAddress = freeAddress();
    StoqEndpointBuilder builder = serverBuilder(new Echo());
    // @start region="preferredAddress"
    StoqEndpoint server = builder.preferredAddress(ownAddress).start(); // bound there, too
    // @end
    closeLater(server);
    StoqConnection connection = connect(server);
    assertThat(server.localAddress()).isNotEqualTo(ownAddress);
    roundTripUntil(connection, () -> connection.remoteAddress().equals(ownAddress));
    roundTrip(connection);
  }

  private static InetSocketAddress freeAddress() throws Exception {
    try (DatagramSocket socket = new DatagramSocket(ANY_PORT)) {
      return new InetSocketAddress(InetAddress.ofLiteral("::1"), socket.getLocalPort());
    }
  }

  private static void roundTrip(StoqConnection connection) throws Exception {
    StoqStream stream = get(connection.openStream());
    stream.write(new byte[] {7}, 0, 1);
    stream.finish();
    assertThat(stream.inputStream(WAIT).readAllBytes()).containsExactly(7);
  }

  private static void roundTripUntil(StoqConnection connection, BooleanSupplier done)
      throws Exception {
    Instant end = Instant.now().plus(WAIT);
    while (!done.getAsBoolean()) {
      assertThat(Instant.now()).isBefore(end);
      roundTrip(connection);
    }
  }
}
