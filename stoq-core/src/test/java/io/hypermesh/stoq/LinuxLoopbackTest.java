package io.hypermesh.stoq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hypermesh.stoq.driver.DriverKind;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two endpoints over Linux's own socket calls. */
@Timeout(60)
class LinuxLoopbackTest extends LoopbackFixture {
  private final Echo echo = new Echo();

  /** The driver that endpoints have here. */
  DriverKind kind() {
    return DriverKind.LINUX;
  }

  @BeforeEach
  void skipWhereThereIsNone() {
    assumeTrue(kind().isAvailable(), () -> "no " + kind() + ": " + kind().unavailableBecause());
  }

  private StoqEndpoint server() throws Exception {
    return start(serverBuilder(echo).driver(kind()));
  }

  private StoqEndpoint client() throws Exception {
    return start(clientBuilder().driver(kind()));
  }

  @Test
  void shouldTransferTwentyMegabytesEachWayAndMarkThem() throws Exception {
    StoqConnection connection = get(client().connect(server().localAddress()));
    transfer(connection, 20 << 20);
    assertThat(connection.pathStatistics().ecn()).isEqualTo(StoqPathStatistics.Ecn.CAPABLE);
  }

  @Test
  void shouldSpeakWithTheOtherDriver() throws Exception {
    StoqEndpoint portable = start(clientBuilder().driver(DriverKind.NIO));
    transfer(get(portable.connect(server().localAddress())), 1 << 20);
    StoqEndpoint portableServer = start(serverBuilder(echo).driver(DriverKind.NIO));
    transfer(get(client().connect(portableServer.localAddress())), 1 << 20);
  }

  @Test
  void shouldServeHundredsOfConnectionsAtOnce() throws Exception {
    // All of them at once take as long as the machine makes them.
    StoqSettings patient = StoqSettings.builder().handshakeTimeout(Duration.ofMinutes(1)).build();
    StoqEndpoint server = start(serverBuilder(echo).settings(patient).driver(kind()));
    StoqEndpoint client = start(clientBuilder().settings(patient).driver(kind()));
    List<CompletableFuture<StoqConnection>> connecting = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      connecting.add(client.connect(server.localAddress()));
    }
    for (CompletableFuture<StoqConnection> each : connecting) {
      StoqStream stream = get(each.get(1, TimeUnit.MINUTES).openStream());
      assertThat(stream.write(new byte[] {7}, 0, 1)).isEqualTo(1);
      assertThat(stream.inputStream(WAIT).read()).isEqualTo(7);
    }
  }

  @Test
  void shouldMoveConnectionsToOtherSockets() throws Exception {
    StoqEndpoint client = client();
    StoqConnection connection = get(client.connect(server().localAddress()));
    transfer(connection, 100_000);
    InetSocketAddress moved = migrate(connection);
    transfer(connection, 1_000_000);
    awaitRemote(connection, moved);
    InetSocketAddress rebound = get(client.rebind(ANY_PORT));
    transfer(connection, 1_000_000);
    assertThat(client.localAddress()).isEqualTo(rebound);
    awaitRemote(connection, rebound);
  }

  /** Goes on until the server knows where its client is. */
  private void awaitRemote(StoqConnection connection, InetSocketAddress address) throws Exception {
    StoqConnection accepted = get(echo.connected);
    for (int i = 0; i < 1_000 && !accepted.remoteAddress().equals(address); i++) {
      transfer(connection, 10);
    }
    assertThat(accepted.remoteAddress()).isEqualTo(address);
  }

  /** Moves as soon as there is a connection ID for it. */
  private InetSocketAddress migrate(StoqConnection connection) throws Exception {
    for (int i = 0; ; i++) {
      try {
        return get(connection.migrate(ANY_PORT));
      } catch (ExecutionException e) {
        if (i == 1_000
            || !(e.getCause() instanceof StoqException refused)
            || refused.category() != StoqException.Category.RETRYABLE) {
          throw e;
        }
        transfer(connection, 10);
      }
    }
  }
}
