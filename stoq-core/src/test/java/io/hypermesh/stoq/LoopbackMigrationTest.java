package io.hypermesh.stoq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.stoq.driver.DatagramDriver;
import io.hypermesh.stoq.driver.DriverKind;
import io.hypermesh.stoq.driver.ForwardingDatagramDriver;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Paths over real sockets: moving between them, and what they carry. */
@Timeout(60)
class LoopbackMigrationTest extends LoopbackFixture {
  private final Echo echo = new Echo();

  /** Sends bytes and gets them back. */
  private static void echo(StoqConnection connection, int length) throws Exception {
    StoqStream stream = get(connection.openStream());
    byte[] bytes = new byte[length];
    bytes[length - 1] = 1;
    Thread writer =
        Thread.ofVirtual()
            .start(() -> {
              try (OutputStream output = stream.outputStream(WAIT)) {
                output.write(bytes);
              } catch (IOException e) {
                stream.reset(1);
              }
            });
    try (InputStream input = stream.inputStream(WAIT)) {
      assertThat(input.readAllBytes()).isEqualTo(bytes);
    }
    writer.join();
  }

  /** Goes on until the server knows where its client is. */
  private void awaitRemote(StoqConnection connection, InetSocketAddress address) throws Exception {
    StoqConnection accepted = get(echo.connected);
    for (int i = 0; i < 1_000 && !accepted.remoteAddress().equals(address); i++) {
      echo(connection, 10);
    }
    assertThat(accepted.remoteAddress()).isEqualTo(address);
  }

  /** Moves as soon as there is a connection ID for it. */
  private static InetSocketAddress migrate(StoqConnection connection) throws Exception {
    for (int i = 0; ; i++) {
      try {
        return get(connection.migrate(ANY_PORT));
      } catch (ExecutionException e) {
        if (i == 100_000
            || !(e.getCause() instanceof StoqException refused)
            || refused.category() != StoqException.Category.RETRYABLE) {
          throw e;
        }
        echo(connection, 10);
      }
    }
  }

  @Test
  void shouldMoveAConnectionToAnotherSocketAndOn() throws Exception {
    StoqEndpoint server = start(serverBuilder(echo));
    StoqConnection connection = connect(server);
    echo(connection, 100);
    // More often than there are sockets at once: those that nobody uses any more are closed.
    InetSocketAddress before = connection.endpoint().localAddress();
    for (int i = 0; i < 4; i++) {
      InetSocketAddress moved = migrate(connection);
      assertThat(moved).isNotEqualTo(before);
      awaitRemote(connection, moved);
      before = moved;
    }
    echo(connection, 1_000_000);
    assertThat(connection.isOpen()).isTrue();
  }

  @Test
  void shouldHearSocketsThatCanNotWakeIt() throws Exception {
    StoqEndpoint server = start(serverBuilder(echo));
    StoqEndpoint client =
        start(
            clientBuilder()
                .driver(at -> new ForwardingDatagramDriver(DriverKind.preferred().open(at)) {}));
    StoqConnection connection = get(client.connect(server.localAddress()));
    echo(connection, 100);
    awaitRemote(connection, migrate(connection));
    echo(connection, 100_000);
  }

  @Test
  void shouldSayWhyAConnectionCanNotMove() throws Exception {
    StoqEndpoint server = start(serverBuilder(echo).clientsMayMigrate(false));
    StoqConnection connection = connect(server);
    echo(connection, 100);
    assertThatThrownBy(() -> get(connection.migrate(ANY_PORT)))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOf(StoqException.class)
        .hasMessageEndingWith("because the server doesn't want it");
    assertThatThrownBy(() -> get(get(echo.connected).migrate(ANY_PORT)))
        .hasMessageContaining("because only clients can move");
    assertThatThrownBy(() -> get(connection.migrate(server.localAddress())))
        .hasMessageContaining("because no socket could be opened there");
    assertThatThrownBy(
            () -> connection.migrate(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0)))
        .isInstanceOf(StoqAddressException.class);
    echo(connection, 100);
    connection.close();
    get(connection.closed());
    assertThatThrownBy(() -> get(connection.migrate(ANY_PORT)))
        .hasMessageContaining("because the connection is closed");
  }

  @Test
  void shouldMoveAllConnectionsOfAnEndpoint() throws Exception {
    StoqEndpoint server = start(serverBuilder(echo));
    StoqEndpoint client = start(clientBuilder());
    StoqConnection first = get(client.connect(server.localAddress()));
    StoqConnection second = get(client.connect(server.localAddress()));
    echo(first, 100);
    echo(second, 100);
    InetSocketAddress moved = get(client.rebind(ANY_PORT));
    assertThat(client.localAddress()).isEqualTo(moved);
    awaitRemote(first, moved);
    echo(second, 100_000);
    StoqConnection third = get(client.connect(server.localAddress()));
    echo(third, 100_000);
  }

  @Test
  void shouldFollowAServerToItsPreferredAddress() throws Exception {
    InetSocketAddress preferred;
    try (DatagramDriver free = DriverKind.preferred().open(ANY_PORT)) {
      preferred = free.localAddress();
    }
    StoqEndpoint server = start(serverBuilder(echo).preferredAddress(preferred));
    StoqConnection connection = connect(server);
    for (int i = 0; i < 1_000 && !connection.remoteAddress().equals(preferred); i++) {
      echo(connection, 10);
    }
    assertThat(connection.remoteAddress()).isEqualTo(preferred);
    echo(connection, 1_000_000);

    StoqEndpoint stays = start(clientBuilder().followPreferredAddress(false));
    StoqConnection staying = get(stays.connect(server.localAddress()));
    echo(staying, 100_000);
    assertThat(staying.remoteAddress()).isEqualTo(server.localAddress());
    assertThatThrownBy(() -> serverBuilder(echo).preferredAddress(ANY_PORT))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no port");
  }

  @Test
  void shouldUseLargeDatagramsOnTheLoopback() throws Exception {
    StoqSettings settings = StoqSettings.builder().datagramBytes(65_527).build();
    StoqEndpoint server = start(serverBuilder(echo).settings(settings));
    StoqConnection connection =
        get(start(clientBuilder().settings(settings)).connect(server.localAddress()));
    for (int i = 0; i < 200 && connection.pathStatistics().datagramBytes() < 16_000; i++) {
      echo(connection, 1_000_000);
    }
    assertThat(connection.pathStatistics().datagramBytes()).isGreaterThanOrEqualTo(16_000);
    boolean marks = DriverKind.preferred() != DriverKind.NIO;
    assertThat(connection.pathStatistics().ecn())
        .isEqualTo(marks ? StoqPathStatistics.Ecn.CAPABLE : StoqPathStatistics.Ecn.OFF);
  }
}
