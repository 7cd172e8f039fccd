package io.hypermesh.stoq;

import io.hypermesh.stoq.handshake.PublicKeys;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentTerminationException;
import org.agrona.concurrent.IdleStrategy;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One UDP socket on IPv6 with all its connections, client and server at once.
 *
 * {@snippet file="ApiExamplesTest.java" region="server"}
 *
 * <p>It tells its listener what comes:
 *
 * {@snippet file="ApiExamplesTest.java" region="echoListener"}
 *
 * <p>And it connects, if need be without taking connections itself:
 *
 * {@snippet file="ApiExamplesTest.java" region="client"}
 *
 * <p>Its work is done by an Agrona {@link Agent}, in one of three ways: {@link
 * StoqEndpointBuilder#start()} gives it a thread of its own, which sleeps when there is nothing to
 * do; or {@link StoqEndpointBuilder#build()} leaves it to the host, who runs {@link #agent()} by an
 * {@code AgentInvoker}, an {@code AgentRunner}, or together with other agents on one thread.
 *
 * <p>In a loop of the host's, on a thread of the host's, or several on one:
 *
 * {@snippet file="ApiAgentExamplesTest.java" region="invoker"}
 *
 * {@snippet file="ApiAgentExamplesTest.java" region="runner"}
 *
 * {@snippet file="ApiAgentExamplesTest.java" region="sharedThread"}
 *
 * <p>Any thread may call any method.
 */
public final class StoqEndpoint implements AutoCloseable {
  /** The port of a server that doesn't say otherwise. */
  public static final int DEFAULT_PORT = 9292;

  /** The application protocol of an endpoint that doesn't say otherwise. */
  public static final String DEFAULT_ALPN = "stoq/1.0";

  private static final Logger LOGGER = LoggerFactory.getLogger(StoqEndpoint.class);

  private final EndpointAgents agents;
  private final String driverName;
  private final String packetProtection;
  private volatile InetSocketAddress localAddress;
  private final @Nullable ExecutorService ownExecutor;
  private final CompletableFuture<@Nullable Void> ended = new CompletableFuture<>();
  private final @Nullable Qlog qlog;
  private final PublicKeys publicKeys;
  private volatile boolean agentGiven;

  StoqEndpoint(StoqEndpointBuilder builder) throws StoqException {
    this.qlog = builder.qlog;
    ExecutorService own = null;
    Executor executor = builder.taskExecutor;
    if (executor == null) {
      own = newTaskExecutor();
      executor = own;
    }
    this.ownExecutor = own;
    this.publicKeys =
        new PublicKeys(
            builder.publicKeys.provider(), builder.settings.ephemeralKeysMax(), builder.random);
    this.agents =
        new EndpointAgents(this, builder, new HandshakeExecutor(executor, publicKeys), publicKeys);
    this.localAddress = agents.localAddress();
    this.driverName = agents.driverName();
    this.packetProtection = agents.packetProtection();
    LOGGER.debug("{} protects packets with {}", this, packetProtection);
  }

  /** Threads for certificates: few, and none when there is nothing to verify. */
  private static ExecutorService newTaskExecutor() {
    int threads = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    ThreadPoolExecutor executor =
        new ThreadPoolExecutor(
            threads,
            threads,
            10,
            TimeUnit.SECONDS,
            // Bounded by the handshakes in flight.
            new LinkedBlockingQueue<>(),
            Thread.ofPlatform().daemon().name("stoq-handshake-", 0).factory());
    executor.allowCoreThreadTimeOut(true);
    return executor;
  }

  /** A builder with every default. */
  public static StoqEndpointBuilder builder() {
    return new StoqEndpointBuilder();
  }

  /** The address that the socket is bound to; its port is never 0. */
  public InetSocketAddress localAddress() {
    return localAddress;
  }

  /**
   * Connects to a server. The future completes when the handshake does, the server's identity
   * included; it fails with {@link StoqClosedException} where the server can't be reached or
   * trusted, and with a retryable {@link StoqException} where there are too many connections.
   * Cancelling it closes the connection.
   *
   * @param remote a resolved IPv6 address
   * @param serverName the name or IPv6 address that the server's certificate has to be for
   * @throws StoqAddressException where the address isn't a resolved IPv6 address
   */
  public CompletableFuture<StoqConnection> connect(InetSocketAddress remote, String serverName) {
    return connect(remote, serverName, false);
  }

  /**
   * As {@link #connect(InetSocketAddress, String)}; and where an earlier connection can be resumed
   * whose server gave leave for it, what is written to the connection's streams and datagrams goes
   * out at once, as early data. The future completes then before the server has answered.
   *
   * <p><b>Early data can be replayed:</b> whoever records it can send it again, and the server may
   * carry it out more than once. It's only for what may happen twice; see {@link StoqResumption}.
   * To send anything else, wait for {@link StoqConnection#handshakeConfirmed()}.
   *
   * {@snippet file="ApiResumptionExamplesTest.java" region="earlyData"}
   *
   * <p>A server may reject early data: then it's sent again once the handshake is complete, without
   * the host's doing, and {@link StoqListener#onEarlyDataRejected} tells. Datagrams aren't sent
   * again.
   */
  public CompletableFuture<StoqConnection> connectWithReplayableEarlyData(
      InetSocketAddress remote, String serverName) {
    return connect(remote, serverName, true);
  }

  private CompletableFuture<StoqConnection> connect(
      InetSocketAddress remote, String serverName, boolean earlyData) {
    StoqAddressException.requireIpv6(remote, "connect to");
    EndpointAgent agent = agents.next();
    StoqConnection connection = new StoqConnection(this, agent, false, remote);
    CompletableFuture<StoqConnection> future = connection.established().copy();
    agent.execute(
        () -> agent.connect(connection, serverName, earlyData),
        () ->
            connection
                .established()
                .completeExceptionally(
                    new StoqException(
                        StoqException.Category.CALLER_MISTAKE,
                        "couldn't connect to "
                            + Ipv6Text.of(remote)
                            + " because the endpoint is closed")));
    CompletableFuture<StoqConnection> _ =
        future.whenComplete((_, failure) -> {
          if (failure instanceof CancellationException) {
            connection.close();
          }
        });
    return future;
  }

  /** As {@link #connect(InetSocketAddress, String)}, where the certificate is for the address. */
  public CompletableFuture<StoqConnection> connect(InetSocketAddress remote) {
    StoqAddressException.requireIpv6(remote, "connect to");
    return connect(remote, Ipv6Text.of(remote.getAddress()));
  }

  /**
   * Moves this endpoint's connections to servers to another local address, for a host whose network
   * has changed: as {@link StoqConnection#migrate}, but the old address is taken to be gone, so a
   * connection ends where its server can't be reached from the new one, or where the server forbids
   * its clients to move. New connections start from the new address. Connections of clients stay
   * where they are, and so does an endpoint that accepts them.
   *
   * <p>The future completes with the address as soon as the socket is open, before any connection
   * has moved: from then on new connections start from there, and each connection's packets leave
   * from there while it proves the new path to its server. A connection that couldn't move tells so
   * by {@link StoqConnection#closed()}. The future fails with a retryable {@link StoqException}
   * where there can't be such a socket, and then nothing has changed.
   *
   * {@snippet file="ApiAgentExamplesTest.java" region="rebind"}
   *
   * @param newLocal an IPv6 address of this machine; port 0 for any free one
   * @throws StoqAddressException where the address isn't a resolved IPv6 address
   */
  public CompletableFuture<InetSocketAddress> rebind(InetSocketAddress newLocal) {
    StoqAddressException.requireIpv6(newLocal, "move to");
    return EndpointMove.start(agents, newLocal)
        .thenApply(address -> {
          if (!agents.listens()) {
            localAddress = address;
          }
          return address;
        });
  }

  /**
   * The duty cycle, for a host that runs it itself: one thread at a time, and as often as it can
   * while {@code doWork()} returns more than 0. Not for an endpoint that was started, nor for one
   * with several {@link #agents()}.
   */
  public Agent agent() {
    if (agents.all().size() > 1) {
      throw new IllegalStateException(
          "couldn't give the agent away because there are several: " + agents.all().size());
    }
    return agents().getFirst();
  }

  /**
   * The duty cycles of an endpoint with {@linkplain StoqEndpointBuilder#agents several agents}, for
   * a host that runs them itself: each by one thread at a time, together in a {@code
   * CompositeAgent} or on threads of their own. All of them have to run. Not for an endpoint that
   * was started.
   */
  public List<Agent> agents() {
    if (agents.isStarted()) {
      throw new IllegalStateException(
          "couldn't give the agent away because the endpoint's own thread runs it");
    }
    agentGiven = true;
    return List.copyOf(agents.all());
  }

  /**
   * An idle strategy that sleeps in the socket until there is something to do; for a host that runs
   * {@link #agent()}, and nothing else, on a thread. Not for an endpoint with several {@link
   * #agents()}.
   */
  public IdleStrategy idleStrategy() {
    if (agents.all().size() > 1) {
      throw new IllegalStateException(
          "couldn't wait for all agents at once because there are several: " + agents.all().size());
    }
    return new BlockingIdleStrategy(agents.first());
  }

  /**
   * As {@link #idleStrategy()}, for one of {@link #agents()} on a thread of its own.
   *
   * @throws IllegalArgumentException where it's not an agent of this endpoint
   */
  public IdleStrategy idleStrategy(Agent agent) {
    for (EndpointAgent own : agents.all()) {
      if (own.equals(agent)) {
        return new BlockingIdleStrategy(own);
      }
    }
    throw new IllegalArgumentException(
        "couldn't wait for an agent that isn't this endpoint's: " + agent.roleName());
  }

  /** What has been counted since the start; cheap. */
  public StoqEndpointStatistics statistics() {
    return agents.statistics();
  }

  /** Bytes of memory that the buffers of all streams take now. */
  public long streamBufferBytes() {
    return agents.streamBufferBytes();
  }

  /** Completes when the endpoint has ended; exceptionally where its socket failed. */
  public CompletableFuture<@Nullable Void> ended() {
    return ended.copy();
  }

  void startThreads() {
    agents.start(this::handleAgentError);
  }

  private void handleAgentError(Throwable error) {
    // A termination is how the thread ends; ended() has the reason.
    if (!(error instanceof AgentTerminationException)) {
      LOGGER.error("a duty cycle of {} failed", this, error);
    }
  }

  void onAgentClosed(@Nullable StoqException agentFailure) {
    if (!agents.onClosed(agentFailure)) {
      return;
    }
    StoqException failure = agents.failure();
    if (ownExecutor != null) {
      ownExecutor.shutdown();
    }
    publicKeys.close();
    Qlog logs = qlog;
    if (logs == null) {
      complete(failure);
    } else {
      // It may wait for a disk, which this thread must not.
      Thread.startVirtualThread(() -> {
        try {
          logs.close();
        } finally {
          complete(failure);
        }
      });
    }
  }

  private void complete(@Nullable StoqException failure) {
    if (failure == null) {
      ended.complete(null);
    } else {
      ended.completeExceptionally(failure);
    }
  }

  /**
   * Closes all connections with application error code 0, tells the peers, and frees the socket.
   * Returns when that is done, unless the host runs {@link #agent()} or this is called from a
   * listener: then the next duty cycle does it, and {@link #ended()} tells. Idempotent.
   */
  @Override
  public void close() {
    agents.close(agentGiven);
    Qlog logs = qlog;
    if (logs != null && agents.isClosed()) {
      logs.close();
    }
  }

  /**
   * Who encrypts and decrypts packets here, {@code jce} for example; and where that isn't the same
   * for each cipher suite, who does the others.
   */
  public String packetProtection() {
    return packetProtection;
  }

  @Override
  public String toString() {
    return "StoqEndpoint[" + Ipv6Text.of(localAddress) + ", " + driverName + ']';
  }
}
