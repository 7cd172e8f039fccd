package io.hypermesh.stoq.recovery;

import static io.hypermesh.stoq.recovery.PacketNumberSpace.APPLICATION;
import static io.hypermesh.stoq.recovery.PacketNumberSpace.HANDSHAKE;
import static io.hypermesh.stoq.recovery.PacketNumberSpace.INITIAL;
import static io.hypermesh.stoq.recovery.RecoveryHarness.DATAGRAM;
import static io.hypermesh.stoq.recovery.RecoveryHarness.millis;
import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.packet.TransportException;
import org.junit.jupiter.api.Test;

/** What RFC 9002 demands with MUST and {@link RecoveryTest} doesn't show already, by section. */
class LossDetectionRequirementsTest {
  private final RecoveryHarness peer = RecoveryHarness.confirmed();

  @Test
  void shouldNotLoseWhatWasSentAfterTheLargestAcknowledged6_1() throws TransportException {
    peer.send(APPLICATION);
    peer.advance(100);
    peer.ack(APPLICATION, 0);
    peer.send(APPLICATION, 5);
    peer.advance(10);
    long last = peer.send(APPLICATION);
    peer.advance(5_000);
    peer.ack(APPLICATION, 1);
    assertThat(peer.lost).isEmpty();
    assertThat(peer.recovery.bytesInFlight()).isEqualTo(5 * DATAGRAM);
    assertThat(last).isEqualTo(6);
  }

  @Test
  void shouldSetTheProbeTimerAnewWheneverSomethingIsSent6_2_1() {
    peer.send(APPLICATION);
    double first = peer.deadlineMillis();
    peer.advance(100);
    peer.send(APPLICATION);
    assertThat(peer.deadlineMillis()).isEqualTo(first);
    // What needs no acknowledgement doesn't matter.
    peer.advance(100);
    peer.send(APPLICATION, 40, false, false);
    assertThat(peer.deadlineMillis()).isEqualTo(first - 100);
  }

  @Test
  void shouldNotSetTheProbeTimerWhileTheLossTimerIs6_2_1() throws TransportException {
    peer.send(APPLICATION, 2);
    peer.advance(100);
    peer.ack(APPLICATION, 1);
    assertThat(peer.deadlineMillis()).isEqualTo(12.5);
    peer.timeOut();
    assertThat(peer.lost).containsExactly("A0");
    assertThat(peer.recovery.probeTimeoutCount()).isZero();
    assertThat(peer.recovery.probesPending(APPLICATION)).isZero();
  }

  @Test
  void shouldNotBackOffAfterKeysAreDiscarded6_2_2() {
    RecoveryHarness server = new RecoveryHarness(true);
    server.send(INITIAL);
    server.send(HANDSHAKE);
    server.timeOut();
    assertThat(server.recovery.probeTimeoutCount()).isEqualTo(1);
    server.recovery.discardSpace(INITIAL, server.now);
    assertThat(server.recovery.probeTimeoutCount()).isZero();
    assertThat(server.recovery.probesPending(INITIAL)).isZero();
    assertThat(server.recovery.bytesInFlight()).isEqualTo(DATAGRAM);
  }

  @Test
  void shouldProbeInBothSpacesOfTheHandshake6_2_4() {
    RecoveryHarness server = new RecoveryHarness(true);
    server.send(HANDSHAKE);
    server.advance(5);
    server.send(INITIAL);
    server.send(APPLICATION);
    server.timeOut();
    // The client may have the keys of one of them alone, and which isn't known.
    assertThat(server.recovery.probesPending(HANDSHAKE)).isEqualTo(2);
    assertThat(server.recovery.probesPending(INITIAL)).isEqualTo(2);
    assertThat(server.recovery.probesPending(APPLICATION)).isZero();
  }

  @Test
  void shouldProbeForAServerHelloThatWaitsBehindAFullWindow6_2_4() throws TransportException {
    RecoveryHarness server = new RecoveryHarness(true);
    server.send(INITIAL, 2);
    server.send(HANDSHAKE, 9);
    server.advance(20);
    // Number 0 said ServerHello and is lost; number 1 was a PING.
    server.ack(INITIAL, 1);
    server.timeOut();
    assertThat(server.lost).containsExactly("I0");
    // No Handshake packet is lost before one is acknowledged, and none is without ServerHello.
    for (int i = 0; i < 5; i++) {
      server.timeOut();
      assertThat(server.recovery.congestionWindowAvailable()).isZero();
      assertThat(server.recovery.probesPending(INITIAL)).isEqualTo(2);
      server.send(HANDSHAKE, 2);
    }
  }

  @Test
  void shouldNeverWaitLessThanTheTimersGranularity6_2_1() throws TransportException {
    for (int i = 0; i < 50; i++) {
      long number = peer.send(APPLICATION);
      peer.advance(0.001);
      peer.ack(APPLICATION, number);
    }
    assertThat(peer.recovery.rtt().probeTimeoutNanos())
        .isGreaterThanOrEqualTo(RttEstimator.GRANULARITY_NANOS);
  }

  @Test
  void shouldLetProbesExceedTheWindowAndCountThem7_5() {
    peer.send(APPLICATION, 10);
    assertThat(peer.recovery.congestionWindowAvailable()).isZero();
    peer.timeOut();
    assertThat(peer.recovery.probesPending(APPLICATION)).isEqualTo(2);
    peer.send(APPLICATION, 2);
    assertThat(peer.recovery.bytesInFlight()).isEqualTo(12 * DATAGRAM);
    assertThat(peer.recovery.congestionWindowAvailable()).isZero();
    assertThat(peer.recovery.congestionWindowBytes()).isEqualTo(10 * DATAGRAM);
  }

  @Test
  void shouldNotTakeLossesOfPaddingForPersistentCongestion7_6_2() throws TransportException {
    peer.send(APPLICATION);
    peer.advance(100);
    peer.ack(APPLICATION, 0);
    for (int i = 0; i < 8; i++) {
      peer.send(APPLICATION, DATAGRAM, false, true);
      peer.advance(400);
    }
    peer.send(APPLICATION);
    peer.advance(100);
    peer.ack(APPLICATION, 9);
    assertThat(peer.lost).hasSize(8);
    assertThat(peer.recovery.congestionWindowBytes()).isGreaterThan(3 * DATAGRAM);
  }

  @Test
  void shouldTakeTheNextRoundTripForTheLeastAfterPersistentCongestion5_2()
      throws TransportException {
    peer.send(APPLICATION);
    peer.advance(20);
    peer.ack(APPLICATION, 0);
    assertThat(peer.recovery.rtt().minNanos()).isEqualTo(millis(20));
    for (int i = 0; i < 8; i++) {
      peer.send(APPLICATION);
      peer.advance(400);
    }
    peer.send(APPLICATION);
    peer.advance(70);
    peer.ack(APPLICATION, 9);
    assertThat(peer.recovery.congestionWindowBytes()).isLessThanOrEqualTo(3 * DATAGRAM);
    assertThat(peer.recovery.rtt().minNanos()).isEqualTo(millis(70));
  }
}
