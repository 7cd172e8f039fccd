package io.hypermesh.stoq;

import io.hypermesh.stoq.connection.ConnectionSettings;
import io.hypermesh.stoq.driver.DatagramDriver;
import io.hypermesh.stoq.driver.NioDatagramDriver;
import io.hypermesh.stoq.endpoint.Endpoint;
import io.hypermesh.stoq.endpoint.EndpointSettings;
import io.hypermesh.stoq.handshake.KeyLog;
import io.hypermesh.stoq.handshake.TlsSettings;
import io.hypermesh.stoq.stream.ChunkPool;
import java.io.IOException;
import java.net.BindException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.AgentTerminationException;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One UDP socket on IPv6 with all its connections, client and server at once.
 *
 * <pre>{@code
 * try (StoqEndpoint server =
 *     StoqEndpoint.builder()
 *         .bindAddress(new InetSocketAddress(InetAddress.ofLiteral("::1"), 9292))
 *         .keyManager(keyManager)
 *         .trustManager(trustManager)
 *         .listener(listener)
 *         .start()) {
 *   ...
 * }
 * }</pre>
 *
 * <p>Its work is done by an Agrona {@link Agent}, in one of three ways: {@link Builder#start()}
 * gives it a thread of its own, which sleeps when there is nothing to do; or {@link
 * Builder#build()} leaves it to the host, who runs {@link #agent()} by an {@code AgentInvoker}, an
 * {@code AgentRunner}, or together with other agents on one thread.
 *
 * <p>Any thread may call any method.
 */
public final class StoqEndpoint implements AutoCloseable {
  /** The port of a server that doesn't say otherwise. */
  public static final int DEFAULT_PORT = 9292;

  /** The application protocol of an endpoint that doesn't say otherwise. */
  public static final String DEFAULT_ALPN = "stoq/1.0";

  /** Chunks that stream buffers are made of, in bytes. */
  private static final int CHUNK_BYTES = 16 << 10;

  private static final Logger LOGGER = LoggerFactory.getLogger(StoqEndpoint.class);

  private final EndpointAgent agent;
  private final InetSocketAddress localAddress;
  private final @Nullable ExecutorService ownExecutor;
  private final CompletableFuture<@Nullable Void> ended = new CompletableFuture<>();
  private volatile @Nullable AgentRunner runner;
  private volatile boolean agentGiven;

  private StoqEndpoint(Builder builder) throws StoqException {
    X509ExtendedTrustManager trustManager = builder.trustManager;
    if (trustManager == null) {
      throw new IllegalArgumentException(
          "couldn't make an endpoint because it has no trust manager to verify peers with");
    }
    DatagramDriver driver = open(builder);
    this.localAddress = driver.localAddress();
    ExecutorService own = null;
    Executor executor = builder.taskExecutor;
    if (executor == null) {
      own = newTaskExecutor();
      executor = own;
    }
    this.ownExecutor = own;
    StoqSettings settings = builder.settings;
    ChunkPool pool =
        new ChunkPool(CHUNK_BYTES, (int) (settings.sendBuffersBytesMax() / CHUNK_BYTES));
    long originNanos = builder.clock.nanoTime();
    Endpoint endpoint =
        new Endpoint(
            endpointSettings(builder),
            connectionSettings(settings, pool),
            tlsSettings(builder, trustManager),
            builder.random,
            0);
    this.agent =
        new EndpointAgent(
            this,
            endpoint,
            driver,
            settings,
            pool,
            builder.listener,
            executor,
            builder.clock,
            originNanos);
  }

  private static DatagramDriver open(Builder builder) throws StoqException {
    InetSocketAddress address = builder.addressToBind();
    String text = Ipv6Text.of(address);
    try {
      return builder.driver.open(address);
    } catch (BindException e) {
      String message = e.getMessage();
      boolean inUse = message != null && message.contains("in use");
      throw new StoqException(
          inUse ? StoqException.Category.RETRYABLE : StoqException.Category.CALLER_MISTAKE,
          "couldn't bind "
              + text
              + " because "
              + (inUse ? "the port is in use" : "the system refused the address: " + message),
          e);
    } catch (IOException e) {
      throw new StoqException(
          StoqException.Category.FATAL,
          "couldn't bind " + text + " because the socket failed: " + e.getMessage(),
          e);
    }
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

  private static EndpointSettings endpointSettings(Builder builder) {
    StoqSettings settings = builder.settings;
    return new EndpointSettings(
        settings.connectionsMax(),
        settings.handshakesInFlightMax(),
        settings.retryThreshold(),
        settings.retryTokenLifetime().toNanos(),
        settings.statelessAnswersPerSecondMax(),
        builder.acceptsConnections());
  }

  private static ConnectionSettings connectionSettings(StoqSettings settings, ChunkPool pool) {
    return ConnectionSettings.builder(pool)
        .idleTimeoutNanos(settings.idleTimeout().toNanos())
        .keepAliveNanos(settings.keepAliveInterval().toNanos())
        .handshakeTimeoutNanos(settings.handshakeTimeout().toNanos())
        .connectionWindowBytes(settings.connectionWindowBytes())
        .streamWindowBytes(settings.streamWindowBytes())
        .sendBufferBytes(settings.sendBufferBytes())
        .bidirectionalStreamsMax(settings.bidirectionalStreamsMax())
        .unidirectionalStreamsMax(settings.unidirectionalStreamsMax())
        .datagramSendBytes(settings.datagramBytes())
        .build();
  }

  private static TlsSettings tlsSettings(Builder builder, X509ExtendedTrustManager trustManager) {
    Consumer<String> sink = builder.keyLog;
    KeyLog keyLog = sink == null ? null : sink::accept;
    return TlsSettings.builder()
        .keyManager(builder.keyManager)
        .trustManager(trustManager)
        .applicationProtocols(builder.alpns)
        .clientAuthentication(
            switch (builder.clientAuthentication) {
              case REQUIRED -> io.hypermesh.stoq.handshake.ClientAuthentication.REQUIRED;
              case WANTED -> io.hypermesh.stoq.handshake.ClientAuthentication.WANTED;
              case NONE -> io.hypermesh.stoq.handshake.ClientAuthentication.NONE;
            })
        .keyLog(keyLog)
        .random(builder.random)
        .build();
  }

  /** A builder with every default. */
  public static Builder builder() {
    return new Builder();
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
    StoqAddressException.requireIpv6(remote, "connect to");
    StoqConnection connection = new StoqConnection(this, agent, false, remote);
    CompletableFuture<StoqConnection> future = connection.established().copy();
    agent.execute(
        () -> agent.connect(connection, serverName),
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
   * The duty cycle, for a host that runs it itself: one thread at a time, and as often as it can
   * while {@code doWork()} returns more than 0. Not for an endpoint that was started.
   */
  public Agent agent() {
    if (runner != null) {
      throw new IllegalStateException(
          "couldn't give the agent away because the endpoint's own thread runs it");
    }
    agentGiven = true;
    return agent;
  }

  /**
   * An idle strategy that sleeps in the socket until there is something to do; for a host that runs
   * {@link #agent()}, and nothing else, on a thread.
   */
  public IdleStrategy idleStrategy() {
    return new BlockingIdleStrategy(agent);
  }

  /** What has been counted since the start; cheap. */
  public StoqEndpointStatistics statistics() {
    return agent.statistics();
  }

  /** Bytes of memory that the buffers of all streams take now. */
  public long streamBufferBytes() {
    return agent.streamBufferBytes();
  }

  /** Completes when the endpoint has ended; exceptionally where its socket failed. */
  public CompletableFuture<@Nullable Void> ended() {
    return ended.copy();
  }

  private void startThread() {
    AgentRunner started =
        new AgentRunner(new BlockingIdleStrategy(agent), this::handleAgentError, null, agent);
    runner = started;
    agent.ownsThread();
    AgentRunner.startOnThread(
        started, task -> Thread.ofPlatform().daemon().name(agent.roleName()).unstarted(task));
  }

  private void handleAgentError(Throwable error) {
    // A termination is how the thread ends; ended() has the reason.
    if (!(error instanceof AgentTerminationException)) {
      LOGGER.error("a duty cycle of {} failed", this, error);
    }
  }

  void onAgentClosed(@Nullable StoqException failure) {
    if (ownExecutor != null) {
      ownExecutor.shutdown();
    }
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
    agent.prepareClose();
    AgentRunner running = runner;
    if (running != null) {
      if (running.thread() != Thread.currentThread()) {
        running.close();
      }
    } else if (!agentGiven) {
      agent.onClose();
    }
  }

  @Override
  public String toString() {
    return "StoqEndpoint[" + Ipv6Text.of(localAddress) + ']';
  }

  /** Builds endpoints. Each setter checks its value. Not safe for use by several threads. */
  public static final class Builder {
    private @Nullable InetSocketAddress bindAddress;
    private List<String> alpns = List.of(DEFAULT_ALPN);
    private @Nullable X509ExtendedKeyManager keyManager;
    private @Nullable X509ExtendedTrustManager trustManager;
    private ClientAuthentication clientAuthentication = ClientAuthentication.REQUIRED;
    private boolean clientOnly;
    private StoqSettings settings = StoqSettings.defaults();
    private StoqListener listener = new StoqListener() {};
    private @Nullable Consumer<String> keyLog;
    private NanoClock clock = SystemNanoClock.INSTANCE;
    private SecureRandom random = new SecureRandom();
    private @Nullable Executor taskExecutor;
    private DatagramDriver.Factory driver = NioDatagramDriver::open;

    private Builder() {}

    /**
     * Where to bind the socket; {@code [::]:9292} unless set, for a client only {@code [::]:0}.
     *
     * @throws StoqAddressException where it isn't a resolved IPv6 address
     */
    public Builder bindAddress(InetSocketAddress value) {
      bindAddress = StoqAddressException.requireIpv6(value, "bind");
      return this;
    }

    /** The application protocols in order of preference; {@value #DEFAULT_ALPN} unless set. */
    public Builder alpns(String... values) {
      if (values.length == 0) {
        throw new IllegalArgumentException("couldn't set alpns because there is none");
      }
      alpns = List.of(values);
      return this;
    }

    /**
     * The keys and certificates of this side. Asked anew in every handshake, on the task executor's
     * threads: a certificate that is rotated in it serves the next handshake. An endpoint without
     * one is an anonymous client only. Of the JDK's own, {@code SunX509} keeps keys ready, while
     * {@code PKIX} (also called {@code NewSunX509}) decrypts the key in every handshake, which
     * takes milliseconds.
     */
    public Builder keyManager(X509ExtendedKeyManager value) {
      keyManager = value;
      return this;
    }

    /** Who verifies the peers' chains, on the task executor's threads. Has to be set. */
    public Builder trustManager(X509ExtendedTrustManager value) {
      trustManager = value;
      return this;
    }

    /** Whether clients have to show a certificate; {@code REQUIRED} unless set. */
    public Builder clientAuthentication(ClientAuthentication value) {
      clientAuthentication = value;
      return this;
    }

    /** Takes no connections, only makes them. */
    public Builder clientOnly() {
      clientOnly = true;
      return this;
    }

    /** Limits and timeouts; {@link StoqSettings#defaults()} unless set. */
    public Builder settings(StoqSettings value) {
      settings = value;
      return this;
    }

    /** Who is told about new connections and streams; nobody unless set. */
    public Builder listener(StoqListener value) {
      listener = value;
      return this;
    }

    /**
     * Who gets the secrets of every connection, as lines of the NSS key log format without their
     * terminator; for debugging only: whoever has them can decrypt the connections. Called on the
     * agent's thread.
     */
    public Builder keyLog(Consumer<String> value) {
      keyLog = value;
      return this;
    }

    /** The clock; the system's unless set. */
    public Builder clock(NanoClock value) {
      clock = value;
      return this;
    }

    /** The source of keys, connection IDs and nonces; a new {@link SecureRandom} unless set. */
    public Builder random(SecureRandom value) {
      random = value;
      return this;
    }

    /**
     * Who verifies certificates and signs; a few daemon threads of the endpoint's own unless set.
     * It must not run them on the agent's thread.
     */
    public Builder taskExecutor(Executor value) {
      taskExecutor = value;
      return this;
    }

    /** How to open the socket; {@link NioDatagramDriver} unless set. */
    public Builder driver(DatagramDriver.Factory value) {
      driver = value;
      return this;
    }

    /**
     * Binds the socket; the host runs {@link StoqEndpoint#agent()}.
     *
     * @throws StoqException where the address can't be bound
     * @throws IllegalArgumentException where the trust manager is missing
     */
    public StoqEndpoint build() throws StoqException {
      return new StoqEndpoint(this);
    }

    /**
     * Binds the socket and starts a daemon thread that runs the agent.
     *
     * @throws StoqException where the address can't be bound
     * @throws IllegalArgumentException where the trust manager is missing
     */
    public StoqEndpoint start() throws StoqException {
      StoqEndpoint endpoint = build();
      endpoint.startThread();
      return endpoint;
    }

    private boolean acceptsConnections() {
      return keyManager != null && !clientOnly;
    }

    private InetSocketAddress addressToBind() {
      InetSocketAddress address = bindAddress;
      if (address != null) {
        return address;
      }
      try {
        return new InetSocketAddress(
            Inet6Address.getByAddress(null, new byte[16], 0),
            acceptsConnections() ? DEFAULT_PORT : 0);
      } catch (UnknownHostException e) {
        throw new IllegalStateException("couldn't make the address ::", e);
      }
    }
  }
}
