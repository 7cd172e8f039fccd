package io.hypermesh.stoq.connection;

import static io.hypermesh.stoq.connection.SimulatedPair.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.simulation.LinkConditions;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How a connection ends: idle, closed by one side or the other, or reset (RFC 9000, 10). */
class ConnectionEndTest {
  private static final LinkConditions PERFECT = LinkConditions.PERFECT;

  @Test
  void shouldEndIdleWhenThePathDies() {
    SimulatedPair pair = new SimulatedPair(51, PERFECT);
    pair.client.bytesPerStream = 10_000_000;
    pair.server.bytesPerStream = 10_000_000;
    pair.connect();
    pair.client.open(true, pair.network.nowNanos());
    pair.network.runFor(SECOND / 10);
    pair.network.setConditions(LinkConditions.BLACKHOLE);
    long brokenAt = pair.network.nowNanos();

    assertThat(pair.runUntil(() -> pair.client.isDrained() && pair.server.isDrained(), 120))
        .isTrue();
    assertThat(pair.client.closeReason().origin()).isEqualTo(CloseReason.Origin.IDLE_TIMEOUT);
    assertThat(pair.server.closeReason().origin()).isEqualTo(CloseReason.Origin.IDLE_TIMEOUT);
    assertThat(pair.client.closeReason().reason()).contains("idle timeout");
    assertThat(pair.network.nowNanos() - brokenAt).isLessThan(61 * SECOND);
    assertThat(pair.clientPool.acquired()).isZero();
    assertThat(pair.serverPool.acquired()).isZero();
  }

  @Test
  void shouldEndIdleAtTheSmallerOfTheTwoTimeouts() {
    SimulatedPair pair =
        new SimulatedPair(53, PERFECT, settings -> settings.idleTimeoutNanos(2 * SECOND));
    pair.connect();
    long quietSince = pair.network.nowNanos() + SECOND;

    assertThat(pair.runUntil(() -> pair.client.isDrained() && pair.server.isDrained(), 60))
        .isTrue();
    assertThat(pair.client.closeReason().origin()).isEqualTo(CloseReason.Origin.IDLE_TIMEOUT);
    assertThat(pair.network.nowNanos()).isLessThan(quietSince + 3 * SECOND);
  }

  @Test
  void shouldStayAliveWithKeepAlive() {
    SimulatedPair pair =
        new SimulatedPair(
            54,
            PERFECT,
            settings -> settings.idleTimeoutNanos(2 * SECOND).keepAliveNanos(SECOND / 2));
    pair.connect();
    pair.network.runFor(60 * SECOND);

    assertThat(pair.client.isEstablished()).isTrue();
    assertThat(pair.server.isEstablished()).isTrue();
    // A PING and its acknowledgement twice a second, no more.
    assertThat(pair.network.sentCount()).isLessThan(600);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldTellThePeerThatItCloses(boolean clientCloses) {
    SimulatedPair pair = new SimulatedPair(61, PERFECT);
    pair.connect();
    SimulatedPeer closer = clientCloses ? pair.client : pair.server;
    SimulatedPeer other = clientCloses ? pair.server : pair.client;
    closer.connection.close(1234, "done", pair.network.nowNanos());
    closer.work(pair.network.nowNanos());

    assertThat(pair.runUntil(() -> closer.isDrained() && other.isDrained(), 60)).isTrue();
    assertThat(closer.closeReason())
        .isEqualTo(new CloseReason(CloseReason.Origin.LOCAL, true, 1234, 0, "done"));
    assertThat(other.closeReason())
        .isEqualTo(new CloseReason(CloseReason.Origin.PEER, true, 1234, 0, "done"));
    assertThat(closer.events.getLast()).isInstanceOf(ConnectionEvent.Drained.class);
    assertThat(closer.connection.nextDeadlineNanos()).isEqualTo(Long.MAX_VALUE);
    // All IDs are given back: 4, and the one that the client made up.
    assertThat(pair.server.count(ConnectionEvent.ConnectionIdRetired.class)).isEqualTo(5);
  }

  @Test
  void shouldRepeatTheCloseWhenItIsLost() {
    SimulatedPair pair = new SimulatedPair(62, PERFECT);
    pair.client.bytesPerStream = 10_000_000;
    pair.connect();
    pair.client.open(false, pair.network.nowNanos());
    pair.network.runFor(SECOND / 10);
    pair.network.setConditions(LinkConditions.BLACKHOLE);
    pair.server.connection.close(5, "enough", pair.network.nowNanos());
    pair.network.runFor(10_000_000);
    pair.network.setConditions(PERFECT);

    assertThat(pair.runUntil(() -> pair.client.closeReason() != null, 60)).isTrue();
    assertThat(pair.client.closeReason().origin()).isEqualTo(CloseReason.Origin.PEER);
  }

  @Test
  void shouldHideTheApplicationsReasonFromAPeerThatIsNotAuthenticated() {
    SimulatedPair pair = new SimulatedPair(63, PERFECT);
    pair.client.connect(SimulatedPair.SERVER_ADDRESS, 0);
    pair.network.runFor(12_000_000);
    pair.client.connection.close(77, "secret", pair.network.nowNanos());

    assertThat(pair.runUntil(() -> pair.server.closeReason() != null, 60)).isTrue();
    assertThat(pair.server.closeReason())
        .isEqualTo(
            new CloseReason(
                CloseReason.Origin.PEER, false, TransportErrorCode.APPLICATION_ERROR, 0, ""));
  }

  @Test
  void shouldEndOnAStatelessReset() {
    SimulatedPair pair = new SimulatedPair(64, PERFECT);
    pair.connect();
    pair.network.runFor(SECOND);
    byte[] token =
        pair.server.events.stream()
            .filter(ConnectionEvent.ConnectionIdIssued.class::isInstance)
            .map(event -> ((ConnectionEvent.ConnectionIdIssued) event).statelessResetToken())
            .findFirst()
            .orElseThrow();
    byte[] datagram = new byte[60];
    new Random(64).nextBytes(datagram);
    datagram[0] = 0x40;
    MemorySegment segment = MemorySegment.ofArray(datagram);
    assertThat(pair.client.connection.handleStatelessReset(segment, 0, 60, pair.network.nowNanos()))
        .isFalse();
    System.arraycopy(token, 0, datagram, 44, 16);

    assertThat(pair.client.connection.handleStatelessReset(segment, 0, 60, pair.network.nowNanos()))
        .isTrue();
    pair.client.work(pair.network.nowNanos());
    assertThat(pair.client.closeReason().origin()).isEqualTo(CloseReason.Origin.STATELESS_RESET);
    assertThat(pair.runUntil(pair.client::isDrained, 60)).isTrue();
  }
}
