package io.hypermesh.jmh.compare;

import io.hypermesh.stoq.StoqConnection;
import io.hypermesh.stoq.StoqEndpoint;
import io.hypermesh.stoq.StoqException;
import io.hypermesh.stoq.StoqListener;
import io.hypermesh.stoq.StoqSettings;
import io.hypermesh.stoq.StoqStream;
import io.hypermesh.stoq.StoqStreamListener;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * STOQ's connections by themselves: made one after the other, or many that then idle and answer a
 * ping. The server answers a byte on a stream with a byte.
 *
 * <p>Parameters: {@code connections} that may be open at once.
 */
final class StoqConnections {
  private static final long WAIT_SECONDS_MAX = 20;

  /** Connections that are made at the same time, where many are. */
  private static final int CONNECTING_MAX = 64;

  /** What an endpoint's settings allow. */
  private static final int CONNECTIONS_MAX = 1_000_000;

  private StoqConnections() {}

  private static StoqSettings settings(Parameters parameters) {
    return StoqEndpoints.settings(parameters)
        .connectionsMax(
            Math.min(CONNECTIONS_MAX, parameters.number("connections", 100_000) + 1_000))
        .handshakesInFlightMax(10_000)
        .handshakesPerPrefixMax(10_000)
        .retryThreshold(10_000)
        .build();
  }

  static Role server(Parameters parameters) throws GeneralSecurityException, IOException {
    return new Server(parameters);
  }

  static Role handshakes(Parameters parameters) throws GeneralSecurityException, IOException {
    return new Handshakes(parameters);
  }

  static Role idle(Parameters parameters) throws GeneralSecurityException, IOException {
    return new Idle(parameters);
  }

  private static final class Server implements Role, StoqListener, StoqStreamListener {
    private final StoqEndpoint endpoint;

    Server(Parameters parameters) throws GeneralSecurityException, IOException {
      endpoint = StoqEndpoints.start(parameters, "server", settings(parameters), this);
    }

    @Override
    public Parameters describe() {
      return Parameters.NONE.with("port", Integer.toString(endpoint.localAddress().getPort()));
    }

    @Override
    public void onStream(StoqStream stream) {
      stream.listener(this);
    }

    @Override
    public void onReadable(StoqStream stream) throws StoqException {
      byte[] ping = new byte[1];
      if (stream.read(ping, 0, 1) == 1) {
        stream.write(ping, 0, 1);
        stream.finish();
      }
    }

    @Override
    public void close() throws IOException {
      endpoint.close();
    }
  }

  private static final class Handshakes implements Role {
    private final StoqEndpoint endpoint;
    private final int port;

    Handshakes(Parameters parameters) throws GeneralSecurityException, IOException {
      endpoint =
          StoqEndpoints.start(parameters, "client", settings(parameters), new StoqListener() {});
      port = parameters.number("port");
    }

    @Override
    public Parameters run(String verb, Parameters arguments) throws Exception {
      return HandshakeDiscipline.repeat(verb, arguments, this::connect);
    }

    private long connect() throws Exception {
      StoqConnection connection =
          endpoint.connect(StoqEndpoints.server(port)).get(WAIT_SECONDS_MAX, TimeUnit.SECONDS);
      long stood = System.nanoTime();
      connection.close();
      return stood;
    }

    @Override
    public void close() throws IOException {
      endpoint.close();
    }
  }

  private static final class Idle implements Role, StoqStreamListener {
    private final List<StoqConnection> connections = new ArrayList<>();
    private final AtomicInteger answers = new AtomicInteger();
    private final StoqEndpoint endpoint;
    private final int port;

    Idle(Parameters parameters) throws GeneralSecurityException, IOException {
      endpoint =
          StoqEndpoints.start(parameters, "client", settings(parameters), new StoqListener() {});
      port = parameters.number("port");
    }

    @Override
    public Parameters run(String verb, Parameters arguments) throws Exception {
      return switch (verb) {
        case "open" -> open(arguments.number("count"));
        case "ping" -> ping();
        default -> throw new IllegalArgumentException("couldn't do what idlers can't: " + verb);
      };
    }

    private Parameters open(int count) throws InterruptedException {
      Semaphore permits = new Semaphore(CONNECTING_MAX);
      List<CompletableFuture<StoqConnection>> confirmed = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        permits.acquire();
        confirmed.add(
            endpoint
                .connect(StoqEndpoints.server(port))
                .thenCompose(StoqConnection::handshakeConfirmed)
                .whenComplete((_, _) -> permits.release()));
      }
      confirmed.forEach(future -> connections.add(future.join()));
      return Parameters.NONE.with("opened", Integer.toString(connections.size()));
    }

    private Parameters ping() throws Exception {
      answers.set(0);
      byte[] ping = {1};
      for (StoqConnection connection : connections) {
        StoqStream stream = connection.openStream().get(WAIT_SECONDS_MAX, TimeUnit.SECONDS);
        stream.listener(this);
        stream.write(ping, 0, 1);
        stream.finish();
      }
      return IdleRow.awaitAnswers(answers, connections.size());
    }

    @Override
    public void onReadable(StoqStream stream) throws StoqException {
      if (stream.read(new byte[1], 0, 1) == 1) {
        answers.incrementAndGet();
      }
    }

    @Override
    public void close() throws IOException {
      endpoint.close();
    }
  }
}
