package io.hypermesh.stoq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.stoq.driver.DatagramHandler;
import io.hypermesh.stoq.driver.DriverKind;
import io.hypermesh.stoq.driver.ForwardingDatagramDriver;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.agrona.concurrent.AgentInvoker;
import org.agrona.concurrent.CompositeAgent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two endpoints over real sockets: their connections. */
@Timeout(60)
class LoopbackTest extends LoopbackFixture {
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
  void shouldTellTheCipherSuiteThatTheServerPrefers() throws Exception {
    Echo echo = new Echo();
    StoqEndpoint server =
        start(
            serverBuilder(echo)
                .cipherSuites(
                    StoqCipherSuite.CHACHA20_POLY1305_SHA256, StoqCipherSuite.AES_128_GCM_SHA256));

    assertThat(connect(server).cipherSuite()).isEqualTo(StoqCipherSuite.CHACHA20_POLY1305_SHA256);
    assertThat(get(echo.connected).cipherSuite())
        .isEqualTo(StoqCipherSuite.CHACHA20_POLY1305_SHA256);
  }

  @Test
  void shouldUpdateTheKeysOfBothSidesWhenAsked() throws Exception {
    Echo echo = new Echo();
    StoqEndpoint server = start(serverBuilder(echo));
    StoqConnection connection = connect(server);
    StoqStream stream = get(connection.openStream());
    // An answer shows that the handshake is confirmed: a server sends nothing before.
    stream.write(new byte[] {1}, 0, 1);
    InputStream input = stream.inputStream(WAIT);
    assertThat(input.read()).isEqualTo(1);

    assertThat(get(connection.updateKeys())).isTrue();
    assertThat(get(connection.updateKeys())).as("before it is acknowledged").isFalse();
    stream.write(new byte[] {2}, 0, 1);
    assertThat(input.read()).isEqualTo(2);
    assertThat(connection.keyUpdates()).isEqualTo(1);
    assertThat(get(echo.connected).keyUpdates()).isEqualTo(1);
    connection.close();
    get(connection.closed());
    assertThat(get(connection.updateKeys())).isFalse();
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
        .hasMessageStartingWith("couldn't connect to [::1]:")
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
        .hasMessage("couldn't bind [::1]:" + port + " because the port is in use")
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
  void shouldEndAConnectionWhoseListenerFails() throws Exception {
    StoqEndpoint server =
        start(
            serverBuilder(
                tellingOfStreams(stream -> {
                  throw new IllegalStateException("made to fail");
                })));
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
      client.close();
      assertThat(client.ended()).isNotDone();
      invoker.invoke();
      assertThat(client.ended()).isDone();
      // The other agent on this thread goes on.
      invoker.invoke();
      assertThat(server.ended()).isNotDone();
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
  void shouldConnectThroughARetryAndCountIt() throws Exception {
    StoqSettings always = StoqSettings.builder().retryThreshold(0).build();
    StoqEndpoint server = start(serverBuilder(new Echo()).settings(always));
    StoqConnection connection = connect(server);
    StoqStream stream = get(connection.openStream());
    stream.write(new byte[] {1}, 0, 1);
    assertThat(stream.inputStream(WAIT).read()).isEqualTo(1);

    assertThat(server.statistics())
        .satisfies(counted -> {
          assertThat(counted.retries()).isEqualTo(1);
          assertThat(counted.connectionsAccepted()).isEqualTo(1);
          assertThat(counted.connections()).isEqualTo(1);
          assertThat(counted.datagramsReceived()).isGreaterThan(2);
          assertThat(counted.datagramsMalformed()).isZero();
        });
    assertThat(connection.endpoint().statistics().connectionsAccepted()).isZero();
    server.close();
    get(server.ended());
    assertThat(server.statistics().connections()).isZero();
    assertThat(server.statistics().connectionsAccepted()).isEqualTo(1);
  }

  @Test
  void shouldSleepWhenThereIsNothingToDoAndWakeUpForTheHostAndTheNetwork() throws Exception {
    AtomicLong cycles = new AtomicLong();
    CompletableFuture<Long> asleep = new CompletableFuture<>();
    StoqEndpoint server =
        start(
            serverBuilder(new Echo())
                .driver(address ->
                    new ForwardingDatagramDriver(DriverKind.preferred().open(address)) {
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

  @Test
  void shouldServeHundredsOfConnectionsAtOnce() throws Exception {
    // All of them at once take as long as the machine makes them.
    StoqSettings patient = StoqSettings.builder().handshakeTimeout(Duration.ofMinutes(1)).build();
    StoqEndpoint server = start(serverBuilder(new Echo()).settings(patient));
    StoqEndpoint client = start(clientBuilder().settings(patient));
    List<CompletableFuture<StoqConnection>> connecting = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      connecting.add(client.connect(server.localAddress()));
    }
    for (CompletableFuture<StoqConnection> each : connecting) {
      StoqStream stream = get(each.get(1, TimeUnit.MINUTES).openStream());
      assertThat(stream.write(new byte[] {7}, 0, 1)).isEqualTo(1);
      assertThat(stream.inputStream(WAIT).read()).isEqualTo(7);
    }
  }

  @Test
  void shouldFailAConnectionWhoseCertificatesNobodyVerifies() throws Exception {
    StoqEndpoint server = start(serverBuilder(new Echo()));
    StoqEndpoint client =
        start(
            clientBuilder()
                .taskExecutor(task -> {
                  throw new RejectedExecutionException("full");
                }));
    assertThatThrownBy(() -> get(client.connect(server.localAddress())))
        .hasCauseInstanceOf(StoqClosedException.class);
  }

  @Test
  void shouldEndWithTheCauseWhereTheSocketFails() throws Exception {
    StoqEndpoint server = start(serverBuilder(new Echo()));
    AtomicBoolean failing = new AtomicBoolean();
    StoqEndpoint client =
        start(
            clientBuilder()
                .driver(address ->
                    new ForwardingDatagramDriver(DriverKind.preferred().open(address)) {
                      @Override
                      public int receive(DatagramHandler handler, int limit) throws IOException {
                        if (failing.get()) {
                          throw new IOException("made to fail");
                        }
                        return super.receive(handler, limit);
                      }
                    }));
    StoqConnection connection = get(client.connect(server.localAddress()));
    failing.set(true);
    CompletableFuture<StoqStream> waking = connection.openStream();

    assertThat(get(connection.closed()).initiator()).isEqualTo(StoqCloseReason.Initiator.LOCAL);
    assertThatThrownBy(() -> get(client.ended()))
        .cause()
        .isInstanceOf(StoqException.class)
        .hasMessageContaining("the socket on [::1]:")
        .hasRootCauseMessage("made to fail");
    assertThat(waking).isDone();
    assertThatThrownBy(() -> get(connection.openStream()))
        .hasCauseInstanceOf(StoqClosedException.class);
    assertThatThrownBy(() -> get(client.connect(server.localAddress())))
        .cause()
        .hasMessageContaining("the endpoint is closed");
  }

  @Test
  void shouldTellThePeerTheHostsReasonAlthoughTheEndpointClosesAtOnce() throws Exception {
    Echo echo = new Echo();
    StoqEndpoint server = start(serverBuilder(echo));
    StoqEndpoint client = start(clientBuilder());
    StoqConnection connection = get(client.connect(server.localAddress()));
    StoqConnection accepted = get(echo.connected);
    connection.close(9, "bye");
    client.close();

    assertThat(get(accepted.closed()))
        .isEqualTo(new StoqCloseReason(StoqCloseReason.Initiator.PEER, true, 9, "bye"));
  }

  @Test
  void shouldLetAListenerCloseItsEndpoint() throws Exception {
    AtomicReference<StoqEndpoint> own = new AtomicReference<>();
    StoqEndpoint server = start(serverBuilder(tellingOfStreams(stream -> own.get().close())));
    own.set(server);
    StoqConnection connection = connect(server);
    get(connection.openStream()).write(new byte[] {1}, 0, 1);

    assertThat(get(connection.closed()).reason()).isEqualTo("endpoint closed");
    get(server.ended());
    server.close();
  }

  @Test
  void shouldSayThatAServersNameIsUnusable() throws Exception {
    StoqEndpoint client = start(clientBuilder());
    for (String name : List.of("", "[]", ".", "%eth0")) {
      assertThatThrownBy(() -> get(client.connect(ANY_PORT, name)))
          .cause()
          .isInstanceOf(StoqException.class)
          .hasMessage("couldn't connect to [::1]:0 because the server's name is unusable: " + name)
          .extracting(e -> ((StoqException) e).category())
          .isEqualTo(StoqException.Category.CALLER_MISTAKE);
    }
  }
}
