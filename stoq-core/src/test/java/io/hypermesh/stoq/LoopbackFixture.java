package io.hypermesh.stoq;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;

/** Endpoints over real sockets on {@code [::1]}, closed after each test. */
class LoopbackFixture {
  static final InetSocketAddress ANY_PORT = new InetSocketAddress(InetAddress.ofLiteral("::1"), 0);
  static final Duration WAIT = Duration.ofSeconds(20);
  static final TestAuthority AUTHORITY = new TestAuthority("loopback");
  static final TestAuthority.Identity SERVER = AUTHORITY.issue("Ed25519", "server.test", "::1");
  static final TestAuthority.Identity CLIENT = AUTHORITY.issue("EC", "client.test");

  private final List<StoqEndpoint> endpoints = new ArrayList<>();
  final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  @AfterEach
  void close() {
    endpoints.forEach(StoqEndpoint::close);
    threads.shutdownNow();
  }

  /** Sends every stream's bytes back on it. */
  final class Echo implements StoqListener {
    final CompletableFuture<StoqConnection> connected = new CompletableFuture<>();

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

  /** A listener that hands on each stream that the peer opens. */
  static StoqListener tellingOfStreams(Consumer<StoqStream> taker) {
    return new StoqListener() {
      @Override
      public void onStream(StoqStream stream) {
        taker.accept(stream);
      }
    };
  }

  /** A listener that hands on each connection, and leaves streams to be accepted. */
  static StoqListener tellingOfConnections(Consumer<StoqConnection> taker) {
    return new StoqListener() {
      @Override
      public void onConnection(StoqConnection connection) {
        taker.accept(connection);
      }
    };
  }

  static StoqEndpointBuilder serverBuilder(StoqListener listener) {
    return StoqEndpoint.builder()
        .bindAddress(ANY_PORT)
        .keyManager(SERVER.keyManager())
        .trustManager(AUTHORITY.trustManager())
        .listener(listener);
  }

  static StoqEndpointBuilder clientBuilder() {
    return StoqEndpoint.builder()
        .bindAddress(ANY_PORT)
        .clientOnly()
        .keyManager(CLIENT.keyManager())
        .trustManager(AUTHORITY.trustManager());
  }

  StoqEndpoint start(StoqEndpointBuilder builder) throws StoqException {
    return closeLater(builder.start());
  }

  /** Has an endpoint closed after the test. */
  StoqEndpoint closeLater(StoqEndpoint endpoint) {
    endpoints.add(endpoint);
    return endpoint;
  }

  static <T> T get(CompletableFuture<T> future) throws Exception {
    return future.get(WAIT.toMillis(), TimeUnit.MILLISECONDS);
  }

  StoqConnection connect(StoqEndpoint server) throws Exception {
    return get(start(clientBuilder()).connect(server.localAddress()));
  }

  /** Sends random bytes to an echo, gets them back and compares. */
  void transfer(StoqConnection connection, int total) throws Exception {
    StoqStream stream = get(connection.openStream());
    MessageDigest sent = MessageDigest.getInstance("SHA-256");
    Future<byte[]> sender =
        threads.submit(() -> {
          Random random = new Random(total);
          byte[] block = new byte[32 << 10];
          try (OutputStream output = stream.outputStream(WAIT)) {
            for (int left = total; left > 0; left -= block.length) {
              random.nextBytes(block);
              int count = Math.min(left, block.length);
              sent.update(block, 0, count);
              output.write(block, 0, count);
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
}
