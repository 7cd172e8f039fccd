package io.hypermesh.stoq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.stoq.driver.DatagramHandler;
import io.hypermesh.stoq.driver.NioDatagramDriver;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.concurrent.AgentInvoker;
import org.agrona.concurrent.CompositeAgent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two endpoints over real sockets on {@code [::1]}. */
@Timeout(60)
class LoopbackTest {
  private static final InetSocketAddress ANY_PORT =
      new InetSocketAddress(InetAddress.ofLiteral("::1"), 0);
  private static final Duration WAIT = Duration.ofSeconds(20);
  private static final TestAuthority AUTHORITY = new TestAuthority("loopback");
  private static final TestAuthority.Identity SERVER =
      AUTHORITY.issue("Ed25519", "server.test", "::1");
  private static final TestAuthority.Identity CLIENT = AUTHORITY.issue("EC", "client.test");

  private final List<StoqEndpoint> endpoints = new ArrayList<>();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  @AfterEach
  void close() {
    endpoints.forEach(StoqEndpoint::close);
    threads.shutdownNow();
  }

  /** Sends every stream's bytes back on it. */
  private final class Echo implements StoqListener {
    private final CompletableFuture<StoqConnection> connected = new CompletableFuture<>();

    @Override
    public void onConnection(StoqConnection connection) {
      connected.complete(connection);
    }

    @Override
    public void onStream(StoqStream stream) {
      Future<Long> _ =
          threads.submit(() -> {
            try (InputStream input = stream.inputStream(WAIT);
                OutputStream output = stream.outputStream(WAIT)) {
              return input.transferTo(output);
            }
          });
    }
  }

  private static StoqEndpoint.Builder serverBuilder(StoqListener listener) {
    return StoqEndpoint.builder()
        .bindAddress(ANY_PORT)
        .keyManager(SERVER.keyManager())
        .trustManager(AUTHORITY.trustManager())
        .listener(listener);
  }

  private static StoqEndpoint.Builder clientBuilder() {
    return StoqEndpoint.builder()
        .bindAddress(ANY_PORT)
        .clientOnly()
        .keyManager(CLIENT.keyManager())
        .trustManager(AUTHORITY.trustManager());
  }

  private StoqEndpoint start(StoqEndpoint.Builder builder) throws StoqException {
    StoqEndpoint endpoint = builder.start();
    endpoints.add(endpoint);
    return endpoint;
  }

  private static <T> T get(CompletableFuture<T> future) throws Exception {
    return future.get(WAIT.toMillis(), TimeUnit.MILLISECONDS);
  }

  private StoqConnection connect(StoqEndpoint server) throws Exception {
    return get(start(clientBuilder()).connect(server.localAddress()));
  }

  @Test
  void shouldEchoAndKnowThePeerOnBothSides() throws Exception {
    Echo echo = new Echo();
    StoqEndpoint server = start(serverBuilder(echo));
    StoqConnection connection = connect(server);

    assertThat(connection.alpn()).isEqualTo("stoq/1.0");
    assertThat(connection.peerCertificates().getFirst()).isEqualTo(SERVER.certificate());
    assertThat(connection.remoteAddress()).isEqualTo(server.localAddress());
    StoqConnection accepted = get(echo.connected);
    assertThat(accepted.isServer()).isTrue();
    assertThat(accepted.peerCertificates().getFirst()).isEqualTo(CLIENT.certificate());

    StoqStream stream = get(connection.openStream());
    try (OutputStream output = stream.outputStream(WAIT)) {
      output.write("hello".getBytes(StandardCharsets.UTF_8));
    }
    try (InputStream input = stream.inputStream(WAIT)) {
      assertThat(input.readAllBytes()).asString().isEqualTo("hello");
    }
    assertThat(connection.pathStatistics().datagramsSent()).isPositive();
    assertThat(connection.pathStatistics().smoothedRttNanos()).isPositive();
  }

  @Test
  void shouldCarryManyStreamsAtOnceBeyondThePeersLimit() throws Exception {
    StoqSettings few = StoqSettings.builder().bidirectionalStreamsMax(10).build();
    StoqEndpoint server = start(serverBuilder(new Echo()).settings(few));
    StoqConnection connection = connect(server);

    List<Future<Integer>> results = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      byte[] message = ("stream " + i).repeat(1 + i).getBytes(StandardCharsets.UTF_8);
      CompletableFuture<StoqStream> opening = connection.openStream();
      results.add(
          threads.submit(() -> {
            StoqStream stream = get(opening);
            try (OutputStream output = stream.outputStream(WAIT)) {
              output.write(message);
            }
            assertThat(stream.inputStream(WAIT).readAllBytes()).isEqualTo(message);
            return message.length;
          }));
    }
    for (Future<Integer> result : results) {
      assertThat(result.get(WAIT.toMillis(), TimeUnit.MILLISECONDS)).isPositive();
    }
  }

  @Test
  void shouldTransferTwentyMegabytesEachWay() throws Exception {
    int total = 20 << 20;
    StoqEndpoint server = start(serverBuilder(new Echo()));
    StoqConnection connection = connect(server);
    StoqStream stream = get(connection.openStream());

    MessageDigest sent = MessageDigest.getInstance("SHA-256");
    Future<byte[]> sender =
        threads.submit(() -> {
          Random random = new Random(1);
          byte[] block = new byte[64 << 10];
          try (OutputStream output = stream.outputStream(WAIT)) {
            for (int at = 0; at < total; at += block.length) {
              random.nextBytes(block);
              sent.update(block);
              output.write(block);
            }
          }
          return sent.digest();
        });
    MessageDigest received = MessageDigest.getInstance("SHA-256");
    long count = 0;
    try (InputStream input = stream.inputStream(WAIT)) {
      byte[] block = new byte[64 << 10];
      for (int n = input.read(block); n >= 0; n = input.read(block)) {
        received.update(block, 0, n);
        count += n;
      }
    }
    assertThat(count).isEqualTo(total);
    assertThat(received.digest()).isEqualTo(sender.get(1, TimeUnit.SECONDS));
  }

  @Test
  void shouldRefuseAServerOfAnotherAuthority() throws Exception {
    TestAuthority stranger = new TestAuthority("stranger");
    StoqEndpoint server =
        start(serverBuilder(new Echo()).keyManager(stranger.issue("Ed25519", "::1").keyManager()));
    StoqEndpoint client = start(clientBuilder());

    assertThatThrownBy(() -> get(client.connect(server.localAddress())))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOf(StoqClosedException.class)
        .hasMessageStartingWith("couldn't connect to /[0:0:0:0:0:0:0:1]:")
        .extracting(e -> ((StoqClosedException) e).closeReason().initiator())
        .isEqualTo(StoqCloseReason.Initiator.LOCAL);
  }

  @Test
  void shouldRefuseAServerForAnotherName() throws Exception {
    StoqEndpoint server = start(serverBuilder(new Echo()));
    StoqEndpoint client = start(clientBuilder());

    assertThatThrownBy(() -> get(client.connect(server.localAddress(), "other.test")))
        .hasCauseInstanceOf(StoqClosedException.class);
    assertThat(get(client.connect(server.localAddress(), "server.test")).isOpen()).isTrue();
  }

  @Test
  void shouldRefuseAClientOfAnotherAuthorityOrWithoutACertificate() throws Exception {
    Echo echo = new Echo();
    StoqEndpoint server = start(serverBuilder(echo));
    TestAuthority stranger = new TestAuthority("stranger");
    StoqEndpoint foreign =
        start(clientBuilder().keyManager(stranger.issue("EC", "client.test").keyManager()));
    StoqEndpoint anonymous =
        start(StoqEndpoint.builder().bindAddress(ANY_PORT).trustManager(AUTHORITY.trustManager()));

    for (StoqEndpoint client : List.of(foreign, anonymous)) {
      // TLS 1.3 clients learn of the refusal after their handshake is complete.
      StoqCloseReason reason;
      try {
        reason = get(get(client.connect(server.localAddress())).closed());
      } catch (ExecutionException e) {
        reason = ((StoqClosedException) e.getCause()).closeReason();
      }
      assertThat(reason.initiator()).isEqualTo(StoqCloseReason.Initiator.PEER);
      assertThat(reason.errorCode()).isBetween(0x100L, 0x1ffL);
    }
    assertThat(echo.connected).isNotDone();
  }

  @Test
  void shouldServeAnonymousClientsWhereTheyAreAllowed() throws Exception {
    Echo echo = new Echo();
    StoqEndpoint server =
        start(serverBuilder(echo).clientAuthentication(ClientAuthentication.WANTED));
    StoqEndpoint anonymous =
        start(StoqEndpoint.builder().bindAddress(ANY_PORT).trustManager(AUTHORITY.trustManager()));

    assertThat(get(anonymous.connect(server.localAddress())).isOpen()).isTrue();
    assertThat(get(echo.connected).peerCertificates()).isEmpty();
  }

  @Test
  void shouldAgreeOnAnApplicationProtocolOrRefuse() throws Exception {
    StoqEndpoint server = start(serverBuilder(new Echo()).alpns("a/1", "b/1"));
    StoqEndpoint client = start(clientBuilder().alpns("x/1", "b/1"));
    assertThat(get(client.connect(server.localAddress())).alpn()).isEqualTo("b/1");

    StoqEndpoint other = start(clientBuilder().alpns("c/1"));
    assertThatThrownBy(() -> get(other.connect(server.localAddress())))
        .cause()
        .isInstanceOf(StoqClosedException.class)
        .extracting(e -> ((StoqClosedException) e).closeReason().errorCode())
        .isEqualTo(0x178L);
  }

  @Test
  void shouldSayInOneLineThatThePortIsInUse() throws Exception {
    StoqEndpoint first = start(serverBuilder(new Echo()));
    int port = first.localAddress().getPort();

    assertThatThrownBy(() -> serverBuilder(new Echo()).bindAddress(first.localAddress()).start())
        .isInstanceOf(StoqException.class)
        .hasMessage("couldn't bind [0:0:0:0:0:0:0:1]:" + port + " because the port is in use")
        .extracting(e -> ((StoqException) e).category())
        .isEqualTo(StoqException.Category.RETRYABLE);
  }

  @Test
  void shouldRefuseToConnectToIpv4() throws Exception {
    StoqEndpoint client = start(clientBuilder());
    assertThatThrownBy(
            () -> client.connect(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 1)))
        .isInstanceOf(StoqAddressException.class)
        .hasMessageContaining("IPv6 only");
  }

  @Test
  void shouldShowBackPressureToAWriterWhosePeerDoesNotRead() throws Exception {
    StoqSettings settings =
        StoqSettings.builder().streamWindowBytes(64 << 10).sendBufferBytes(64 << 10).build();
    CompletableFuture<StoqStream> accepted = new CompletableFuture<>();
    StoqEndpoint server =
        start(
            serverBuilder(
                    new StoqListener() {
                      @Override
                      public void onStream(StoqStream stream) {
                        accepted.complete(stream);
                      }
                    })
                .settings(settings));
    StoqEndpoint client = start(clientBuilder().settings(settings));
    StoqConnection connection = get(client.connect(server.localAddress()));
    StoqStream stream = get(connection.openStream());
    CompletableFuture<Void> full = new CompletableFuture<>();
    byte[] block = new byte[8 << 10];
    long written = 0;
    int accept = stream.write(block, 0, block.length);
    // Until the peer's window and the own buffer are full, however fast the network is.
    int idle = 0;
    while (idle < 3) {
      written += accept;
      int seen = stream.writeSignals();
      accept = stream.write(block, 0, block.length);
      if (accept == 0) {
        try {
          stream.awaitWritable(seen, Duration.ofMillis(100));
        } catch (StoqTimeoutException e) {
          idle++;
        }
      }
    }
    assertThat(written)
        .isBetween(
            settings.streamWindowBytes(),
            settings.streamWindowBytes() + settings.sendBufferBytes());
    stream.listener(
        new StoqStreamListener() {
          @Override
          public void onWritable(StoqStream writable) {
            if (writable.writable() > 0) {
              full.complete(null);
            }
          }
        });
    assertThat(full).isNotDone();

    StoqStream reading = get(accepted);
    long read = 0;
    while (read < written) {
      int seen = reading.readSignals();
      int count = reading.read(block, 0, block.length);
      if (count == 0) {
        reading.awaitReadable(seen, WAIT);
      }
      read += count;
    }
    get(full);
  }

  @Test
  void shouldTellBothSidesWhyAConnectionEnded() throws Exception {
    Echo echo = new Echo();
    StoqEndpoint server = start(serverBuilder(echo));
    StoqConnection connection = connect(server);
    StoqStream stream = get(connection.openStream());
    Future<Integer> reading = threads.submit(() -> stream.inputStream(WAIT).read());

    get(echo.connected).close(42, "enough");

    StoqCloseReason reason = get(connection.closed());
    assertThat(reason)
        .isEqualTo(new StoqCloseReason(StoqCloseReason.Initiator.PEER, true, 42, "enough"));
    assertThatThrownBy(() -> reading.get(WAIT.toMillis(), TimeUnit.MILLISECONDS))
        .cause()
        .isInstanceOf(StoqClosedException.class)
        .hasMessageContaining("enough");
    assertThatThrownBy(() -> get(connection.openStream()))
        .hasCauseInstanceOf(StoqClosedException.class);
    assertThatThrownBy(() -> connection.acceptStream(WAIT)).isInstanceOf(StoqClosedException.class);
    assertThat(get(get(echo.connected).closed()).initiator())
        .isEqualTo(StoqCloseReason.Initiator.LOCAL);
  }

  @Test
  void shouldTellTheOtherSideThatAStreamIsResetOrNotRead() throws Exception {
    CompletableFuture<StoqStream> accepted = new CompletableFuture<>();
    StoqEndpoint server =
        start(
            serverBuilder(
                new StoqListener() {
                  @Override
                  public void onStream(StoqStream stream) {
                    accepted.complete(stream);
                  }
                }));
    StoqConnection connection = connect(server);
    StoqStream stream = get(connection.openStream());
    stream.write(new byte[] {1}, 0, 1);
    StoqStream peers = get(accepted);
    peers.stopSending(7);
    peers.reset(8);

    assertThatThrownBy(() -> stream.inputStream(WAIT).readAllBytes())
        .isInstanceOf(StoqStreamException.class)
        .extracting(e -> ((StoqStreamException) e).applicationErrorCode())
        .isEqualTo(8L);
    assertThatThrownBy(
            () -> {
              OutputStream output = stream.outputStream(WAIT);
              while (true) {
                output.write(new byte[1_000]);
              }
            })
        .isInstanceOf(StoqStreamException.class)
        .extracting(e -> ((StoqStreamException) e).applicationErrorCode())
        .isEqualTo(7L);
    assertThatThrownBy(() -> peers.read(new byte[1], 0, 1))
        .isInstanceOf(StoqException.class)
        .hasMessageContaining("this side has given up");
  }

  @Test
  void shouldEndABlockedReadOnTimeoutAndOnInterrupt() throws Exception {
    StoqEndpoint server = start(serverBuilder(new Echo()));
    StoqStream stream = get(connect(server).openStream());

    assertThatThrownBy(() -> stream.inputStream(Duration.ofMillis(50)).read())
        .isInstanceOf(StoqTimeoutException.class);
    CompletableFuture<Throwable> failure = new CompletableFuture<>();
    Thread reader =
        Thread.startVirtualThread(() -> {
          try {
            failure.complete(new AssertionError("read " + stream.inputStream().read()));
          } catch (Exception e) {
            failure.complete(e);
          }
        });
    reader.interrupt();
    assertThat(get(failure)).isInstanceOf(java.io.InterruptedIOException.class);
  }

  @Test
  void shouldAcceptStreamsByBlockingWhereNoListenerTakesThem() throws Exception {
    CompletableFuture<StoqConnection> connected = new CompletableFuture<>();
    StoqEndpoint server =
        start(
            serverBuilder(
                new StoqListener() {
                  @Override
                  public void onConnection(StoqConnection connection) {
                    connected.complete(connection);
                  }
                }));
    StoqConnection connection = connect(server);
    Future<byte[]> accepting =
        threads.submit(() -> {
          StoqStream stream = get(connected).acceptStream(WAIT);
          assertThat(stream.isBidirectional()).isFalse();
          assertThat(stream.hasOutput()).isFalse();
          return stream.inputStream(WAIT).readAllBytes();
        });
    StoqStream stream = get(connection.openUnidirectionalStream());
    try (OutputStream output = stream.outputStream(WAIT)) {
      output.write(new byte[] {1, 2, 3});
    }
    assertThat(accepting.get(WAIT.toMillis(), TimeUnit.MILLISECONDS)).containsExactly(1, 2, 3);
    assertThatThrownBy(() -> get(connected).acceptStream(Duration.ofMillis(20)))
        .isInstanceOf(StoqTimeoutException.class);
  }

  @Test
  void shouldEndAConnectionWhoseListenerFails() throws Exception {
    StoqEndpoint server =
        start(
            serverBuilder(
                new StoqListener() {
                  @Override
                  public void onStream(StoqStream stream) {
                    throw new IllegalStateException("made to fail");
                  }
                }));
    StoqConnection connection = connect(server);
    get(connection.openStream()).write(new byte[] {1}, 0, 1);

    assertThat(get(connection.closed()).errorCode()).isEqualTo(StoqListener.ERROR_LISTENER_FAILED);
  }

  @Test
  void shouldRunBothEndpointsOnTheHostsThread() throws Exception {
    StoqEndpoint server = serverBuilder(new Echo()).build();
    StoqEndpoint client = clientBuilder().build();
    try (AgentInvoker invoker =
        new AgentInvoker(
            e -> {
              throw new IllegalStateException(e);
            },
            null,
            new CompositeAgent(server.agent(), client.agent()))) {
      invoker.start();
      CompletableFuture<StoqConnection> connecting = client.connect(server.localAddress());
      long deadline = System.nanoTime() + WAIT.toNanos();
      while (!connecting.isDone() && System.nanoTime() < deadline) {
        invoker.invoke();
      }
      assertThat(get(connecting).isOpen()).isTrue();
    }
    assertThat(server.ended()).isDone();
    assertThatThrownBy(() -> get(client.connect(server.localAddress())))
        .cause()
        .hasMessageContaining("the endpoint is closed");
  }

  @Test
  void shouldTakeUpToConnectionsMaxAndRefuseTheRest() throws Exception {
    StoqSettings two = StoqSettings.builder().connectionsMax(2).build();
    StoqEndpoint server = start(serverBuilder(new Echo()).settings(two));
    StoqEndpoint client = start(clientBuilder());
    get(client.connect(server.localAddress()));
    get(client.connect(server.localAddress()));

    assertThatThrownBy(() -> get(client.connect(server.localAddress())))
        .cause()
        .isInstanceOf(StoqClosedException.class)
        .extracting(e -> ((StoqClosedException) e).category())
        .isEqualTo(StoqException.Category.RETRYABLE);
  }

  @Test
  void shouldConnectThroughARetry() throws Exception {
    StoqSettings always = StoqSettings.builder().retryThreshold(0).build();
    StoqEndpoint server = start(serverBuilder(new Echo()).settings(always));
    assertThat(connect(server).isOpen()).isTrue();
  }

  @Test
  void shouldSleepWhenThereIsNothingToDoAndWakeUpForTheHostAndTheNetwork() throws Exception {
    AtomicLong cycles = new AtomicLong();
    CompletableFuture<Long> asleep = new CompletableFuture<>();
    StoqEndpoint server =
        start(
            serverBuilder(new Echo())
                .driver(address ->
                    new WatchedDriver(NioDatagramDriver.open(address)) {
                      @Override
                      public int receive(DatagramHandler handler, int limit) throws IOException {
                        cycles.incrementAndGet();
                        return super.receive(handler, limit);
                      }

                      @Override
                      public void await(long timeoutNanos) throws IOException {
                        if (timeoutNanos > 1_000_000_000L) {
                          asleep.complete(cycles.get());
                        }
                        super.await(timeoutNanos);
                      }
                    }));
    assertThat(get(asleep)).isLessThan(100);
    StoqStream stream = get(connect(server).openStream());
    InputStream input = stream.inputStream(WAIT);
    OutputStream output = stream.outputStream(WAIT);
    for (int i = 0; i < 100; i++) {
      output.write(i);
      assertThat(input.read()).isEqualTo(i);
    }
  }
}
