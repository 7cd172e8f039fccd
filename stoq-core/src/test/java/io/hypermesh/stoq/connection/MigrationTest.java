package io.hypermesh.stoq.connection;

import static io.hypermesh.stoq.connection.SimulatedPair.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.simulation.LinkConditions;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

/** The client's address changes, or seems to (RFC 9000, 9). */
class MigrationTest {
  private static final LinkConditions PERFECT = LinkConditions.PERFECT;

  @Test
  void shouldFollowAClientWhosePortWasRebound() {
    SimulatedPair pair = new SimulatedPair(56, PERFECT);
    pair.client.bytesPerStream = 2_000_000;
    pair.server.bytesPerStream = 2_000_000;
    pair.connect();
    pair.client.open(true, pair.network.nowNanos());
    pair.network.runFor(SECOND / 10);
    InetSocketAddress rebound =
        new InetSocketAddress(SimulatedPair.CLIENT_ADDRESS.getAddress(), 40_000);
    pair.network.detach(SimulatedPair.CLIENT_ADDRESS);
    pair.network.attach(rebound, pair.client);

    assertThat(pair.runUntil(() -> pair.client.streamsEnded + pair.server.streamsEnded == 2, 60))
        .isTrue();
    assertThat(pair.server.count(ConnectionEvent.PathChanged.class)).isEqualTo(1);
    assertThat(pair.server.connection.remoteAddress()).isEqualTo(rebound);
    assertThat(pair.client.wrong + pair.server.wrong).isEmpty();
  }

  @Test
  void shouldFindAClientThatOnlyReceivesThoughTheWindowIsFull() {
    SimulatedPair pair =
        new SimulatedPair(
            57, PERFECT.withLoss(0.02, 1), settings -> settings.keepAliveNanos(SECOND / 10));
    pair.client.bytesPerStream = 10;
    pair.server.bytesPerStream = 3_000_000;
    pair.connect();
    pair.client.open(true, pair.network.nowNanos());
    pair.network.runFor(SECOND / 10);
    assertThat(pair.client.streamsEnded).isZero();
    // Until the client has acknowledged all that it got, what the server sends is lost; then a
    // PING, which acknowledges nothing new, comes from elsewhere.
    pair.network.setFilter(
        (datagram, number) -> datagram.to().equals(SimulatedPair.SERVER_ADDRESS));
    pair.network.runFor(SECOND / 2);
    InetSocketAddress rebound =
        new InetSocketAddress(SimulatedPair.CLIENT_ADDRESS.getAddress(), 40_000);
    pair.network.detach(SimulatedPair.CLIENT_ADDRESS);
    pair.network.attach(rebound, pair.client);
    pair.network.setFilter(null);

    assertThat(pair.runUntil(() -> pair.client.streamsEnded == 1, 10)).isTrue();
    assertThat(pair.client.wrong + pair.server.wrong).isEmpty();
    assertThat(pair.server.connection.remoteAddress()).isEqualTo(rebound);
  }

  @Test
  void shouldFollowAClientThatChangesItsIdsWhileItsPortIsRebound() {
    SimulatedPair pair =
        new SimulatedPair(58, PERFECT, settings -> settings.activeConnectionIdLimit(2));
    pair.connect();
    pair.network.runFor(SECOND);
    InetSocketAddress rebound =
        new InetSocketAddress(SimulatedPair.CLIENT_ADDRESS.getAddress(), 40_000);
    pair.network.detach(SimulatedPair.CLIENT_ADDRESS);
    pair.network.attach(rebound, pair.client);
    // The packet that shows the new port retires the ID which that port was answered with.
    assertThat(pair.client.connection.rotateConnectionIds()).isTrue();
    pair.client.work(pair.network.nowNanos());

    pair.client.bytesPerStream = 100_000;
    pair.server.bytesPerStream = 100_000;
    pair.network.runFor(SECOND);
    pair.client.open(true, pair.network.nowNanos());
    assertThat(pair.runUntil(() -> pair.client.streamsEnded + pair.server.streamsEnded == 2, 60))
        .as("%s %s", pair.client.closeReason(), pair.server.closeReason())
        .isTrue();
    pair.network.runFor(20 * SECOND);
    assertThat(pair.client.closeReason()).isNull();
    assertThat(pair.server.connection.remoteAddress()).isEqualTo(rebound);
    assertThat(pair.server.count(ConnectionEvent.PathChanged.class)).isEqualTo(1);
  }

  @Test
  void shouldFollowAClientToAnotherAddress() {
    SimulatedPair pair = new SimulatedPair(67, PERFECT);
    pair.client.bytesPerStream = 2_000_000;
    pair.server.bytesPerStream = 2_000_000;
    pair.connect();
    pair.client.open(true, pair.network.nowNanos());
    pair.network.runFor(SECOND / 10);
    pair.network.detach(SimulatedPair.CLIENT_ADDRESS);
    pair.network.attach(SimulatedPair.address(3), pair.client);

    assertThat(pair.runUntil(() -> pair.client.streamsEnded + pair.server.streamsEnded == 2, 60))
        .isTrue();
    assertThat(pair.client.wrong + pair.server.wrong).isEmpty();
    assertThat(pair.server.connection.remoteAddress()).isEqualTo(SimulatedPair.address(3));
    assertThat(pair.server.count(ConnectionEvent.PathChanged.class)).isEqualTo(1);
  }

  @Test
  void shouldComeBackFromAnAddressThatSomeoneMadeUp() {
    SimulatedPair pair = new SimulatedPair(68, PERFECT);
    pair.client.bytesPerStream = 500_000;
    pair.connect();
    pair.network.runFor(SECOND);
    pair.client.open(false, pair.network.nowNanos());
    sendFromElsewhere(pair);

    assertThat(pair.runUntil(() -> pair.server.streamsEnded == 1, 60)).isTrue();
    assertThat(pair.server.wrong).isEmpty();
    assertThat(pair.server.connection.remoteAddress()).isEqualTo(SimulatedPair.CLIENT_ADDRESS);
    assertThat(pair.server.count(ConnectionEvent.PathChanged.class)).isZero();
  }

  @Test
  void shouldComeBackFromAMadeUpAddressThoughTheClientIsSilent() {
    SimulatedPair pair = new SimulatedPair(69, PERFECT);
    pair.client.bytesPerStream = 10;
    pair.server.bytesPerStream = 50_000;
    pair.connect();
    pair.network.runFor(SECOND);
    pair.client.open(true, pair.network.nowNanos());
    sendFromElsewhere(pair);
    long sentBefore = pair.network.sentCount();
    pair.network.runFor(SECOND / 1_000);
    // RFC 9000, 8.1 and 9.3.1: three times a small packet, whatever the server has to send.
    assertThat(pair.network.sentCount() - sentBefore).isLessThanOrEqualTo(3);

    assertThat(pair.runUntil(() -> pair.client.streamsEnded == 1, 60)).isTrue();
    assertThat(pair.client.wrong).isEmpty();
    assertThat(pair.server.connection.remoteAddress()).isEqualTo(SimulatedPair.CLIENT_ADDRESS);
  }

  @Test
  void shouldFollowAClientThatOnlyReceives() {
    SimulatedPair pair = new SimulatedPair(71, PERFECT);
    pair.client.bytesPerStream = 10;
    pair.server.bytesPerStream = 1_000_000;
    pair.connect();
    pair.client.open(true, pair.network.nowNanos());
    pair.network.runFor(SECOND / 10);
    // Longer than an acknowledgement is delayed: nothing new will tell the server where it is.
    rebind(pair, SECOND / 25);
    assertThat(pair.runUntil(() -> pair.client.streamsEnded == 1, 10)).isTrue();
    // And two sides without anything to say don't keep each other talking.
    pair.network.runFor(SECOND);
    long sent = pair.network.sentCount();
    pair.network.runFor(SECOND);
    assertThat(pair.network.sentCount()).isEqualTo(sent);
  }

  /** What is under way to the client is lost; it's at another port after a while. */
  private static void rebind(SimulatedPair pair, long awayNanos) {
    pair.network.detach(SimulatedPair.CLIENT_ADDRESS);
    pair.network.attach(SimulatedPair.address(100), pair.client);
    pair.network.setConditions(LinkConditions.BLACKHOLE);
    pair.network.runFor(awayNanos);
    pair.network.setConditions(PERFECT);
    pair.network.detach(SimulatedPair.address(100));
    pair.network.attach(
        new InetSocketAddress(SimulatedPair.CLIENT_ADDRESS.getAddress(), 40_000), pair.client);
  }

  /** The client's next packet comes from an address where nobody answers. */
  private static void sendFromElsewhere(SimulatedPair pair) {
    MemorySegment buffer = MemorySegment.ofArray(new byte[1_500]);
    int length = pair.client.pollTransmit(buffer, pair.network.nowNanos());
    assertThat(length).isPositive();
    pair.server.handleDatagram(
        buffer.asSlice(0, length), SimulatedPair.address(9), pair.network.nowNanos());
    assertThat(pair.server.connection.isEstablished()).isTrue();
  }
}
