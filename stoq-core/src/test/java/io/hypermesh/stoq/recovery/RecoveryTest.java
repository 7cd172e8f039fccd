package io.hypermesh.stoq.recovery;

import static io.hypermesh.stoq.recovery.PacketNumberSpace.APPLICATION;
import static io.hypermesh.stoq.recovery.PacketNumberSpace.HANDSHAKE;
import static io.hypermesh.stoq.recovery.PacketNumberSpace.INITIAL;
import static io.hypermesh.stoq.recovery.RecoveryHarness.DATAGRAM;
import static io.hypermesh.stoq.recovery.RecoveryHarness.millis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.packet.TransportException;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class RecoveryTest {
  @Nested
  class LossDetection {
    private final RecoveryHarness peer = RecoveryHarness.confirmed();

    @Test
    void shouldLosePacketsThreeBehindTheLargestAcknowledged() throws TransportException {
      peer.send(APPLICATION, 6);
      peer.advance(100);
      peer.ack(APPLICATION, 4);
      assertThat(peer.acked).containsExactly("A4");
      assertThat(peer.lost).containsExactly("A0", "A1");
      assertThat(peer.recovery.bytesInFlight()).isEqualTo(3 * DATAGRAM);
      // 9/8 of 100 ms after they were sent, the two others are late.
      assertThat(peer.deadlineMillis()).isEqualTo(12.5);
    }

    @Test
    void shouldLosePacketsByTime() throws TransportException {
      peer.send(APPLICATION, 2);
      peer.advance(20);
      peer.send(APPLICATION);
      peer.advance(80);
      peer.ack(APPLICATION, 2);
      // The smoothed time is 80 ms, so 90 ms are the limit, and 100 have gone by.
      assertThat(peer.lost).containsExactly("A0", "A1");

      peer.send(APPLICATION, 3);
      peer.advance(80);
      peer.ack(APPLICATION, 5);
      assertThat(peer.lost).hasSize(2);
      assertThat(peer.deadlineMillis()).isEqualTo(10);
      peer.timeOut();
      assertThat(peer.lost).endsWith("A3", "A4");
      assertThat(peer.recovery.bytesInFlight()).isZero();
      assertThat(peer.recovery.lostPacketCount()).isEqualTo(4);
      assertThat(peer.deadlineMillis()).isEqualTo(-1);
    }

    @Test
    void shouldWaitAtLeastAMillisecondBeforeLosingByTime() throws TransportException {
      peer.send(APPLICATION, 2);
      peer.advance(0.01);
      peer.ack(APPLICATION, 1);
      assertThat(peer.lost).isEmpty();
      assertThat(peer.deadlineMillis()).isEqualTo(0.99);
    }

    @Test
    void shouldNotBeConfusedByAnAcknowledgementOfALostPacket() throws TransportException {
      peer.send(APPLICATION, 5);
      peer.advance(100);
      peer.ack(APPLICATION, 3, 4);
      peer.ack(APPLICATION, 0, 3, 4);
      assertThat(peer.acked).containsExactly("A3", "A4");
      assertThat(peer.lost).containsExactly("A0", "A1");
      assertThat(peer.recovery.bytesInFlight()).isEqualTo(DATAGRAM);
    }

    @Test
    void shouldDoNothingBeforeTheDeadline() {
      peer.send(APPLICATION);
      peer.recovery.onTimeout(peer.recovery.nextDeadlineNanos() - 1, peer);
      assertThat(peer.recovery.probesPending(APPLICATION)).isZero();
    }

    @Test
    void shouldRefuseAnAcknowledgementOfWhatWasNeverSent() throws TransportException {
      peer.send(APPLICATION, 3);
      peer.recovery.onPacketNumberSkipped(APPLICATION, peer.next[2]++);
      peer.send(APPLICATION, 3);
      for (long[] numbers : new long[][] {{7}, {0, 1, 2, 3, 4}, {3}}) {
        assertThatExceptionOfType(TransportException.class)
            .isThrownBy(() -> peer.ack(APPLICATION, numbers))
            .satisfies(
                e -> assertThat(e.errorCode()).isEqualTo(TransportErrorCode.PROTOCOL_VIOLATION));
      }
      assertThat(peer.acked).isEmpty();
      assertThat(peer.recovery.bytesInFlight()).isEqualTo(6 * DATAGRAM);
      peer.ack(APPLICATION, 0, 1, 2, 4, 5, 6);
      assertThat(peer.recovery.bytesInFlight()).isZero();
    }

    @Test
    void shouldKeepTheSpacesApart() throws TransportException {
      peer.send(INITIAL, 5);
      peer.send(HANDSHAKE, 5);
      peer.ack(HANDSHAKE, 0, 1, 2, 3, 4);
      assertThat(peer.lost).isEmpty();
      assertThat(peer.recovery.largestAcked(INITIAL)).isEqualTo(-1);
      assertThat(peer.recovery.largestAcked(HANDSHAKE)).isEqualTo(4);
      assertThat(peer.recovery.bytesInFlight()).isEqualTo(5 * DATAGRAM);
    }

    @Test
    void shouldForgetADiscardedSpaceWithoutCongestion() {
      peer.send(INITIAL, 3);
      peer.send(APPLICATION);
      long window = peer.recovery.congestionWindowBytes();
      peer.recovery.discardSpace(INITIAL, peer.now);
      assertThat(peer.recovery.bytesInFlight()).isEqualTo(DATAGRAM);
      assertThat(peer.recovery.congestionWindowBytes()).isEqualTo(window);
      assertThat(peer.lost).isEmpty();
      assertThat(peer.acked).isEmpty();
      // Space goes on after a Retry.
      peer.send(INITIAL);
      assertThat(peer.recovery.bytesInFlight()).isEqualTo(2 * DATAGRAM);
    }

    @Test
    void shouldRefuseAPacketNumberThatDoesNotRise() {
      peer.send(APPLICATION, 3);
      peer.next[2] = 2;
      assertThatIllegalArgumentException().isThrownBy(() -> peer.send(APPLICATION));
    }
  }

  @Nested
  class RoundTripTimes {
    private final RecoveryHarness peer = RecoveryHarness.confirmed();

    @Test
    void shouldSampleOnlyWhenTheLargestIsNew() throws TransportException {
      peer.send(APPLICATION, 2);
      peer.advance(50);
      peer.ack(APPLICATION, 1);
      assertThat(peer.recovery.rtt().latestNanos()).isEqualTo(millis(50));
      peer.advance(1);
      peer.ack(APPLICATION, 0, 1);
      assertThat(peer.acked).containsExactly("A1", "A0");
      assertThat(peer.recovery.rtt().latestNanos()).isEqualTo(millis(50));
    }

    @Test
    void shouldNotSampleAPacketThatOnlyAcknowledges() throws TransportException {
      peer.send(APPLICATION, 40, false, false);
      peer.advance(50);
      peer.ack(APPLICATION, 0);
      assertThat(peer.recovery.rtt().hasSample()).isFalse();
      assertThat(peer.acked).isEmpty();
    }

    @Test
    void shouldSampleAPacketThatOnlyAcknowledgesWithOneThatElicits() throws TransportException {
      peer.send(APPLICATION);
      peer.advance(10);
      peer.send(APPLICATION, 40, false, false);
      assertThat(peer.recovery.bytesInFlight()).isEqualTo(DATAGRAM);
      peer.advance(50);
      peer.ack(APPLICATION, 0, 1);
      assertThat(peer.recovery.rtt().latestNanos()).isEqualTo(millis(50));
    }

    @Test
    void shouldBelieveAtMostMaxAckDelayOnceConfirmed() throws TransportException {
      peer.send(APPLICATION);
      peer.advance(100);
      peer.ack(APPLICATION, 0);
      peer.send(APPLICATION);
      peer.advance(200);
      peer.ackDelayed(APPLICATION, millis(90), 1);
      assertThat(peer.recovery.rtt().smoothedNanos()).isEqualTo(millis(100 + 75 / 8.0));
    }

    @Test
    void shouldBelieveLongerDelaysBeforeConfirmation() throws TransportException {
      RecoveryHarness early = new RecoveryHarness(true);
      early.send(HANDSHAKE);
      early.advance(100);
      early.ack(HANDSHAKE, 0);
      early.send(HANDSHAKE);
      early.advance(200);
      early.ackDelayed(HANDSHAKE, millis(90), 1);
      assertThat(early.recovery.rtt().smoothedNanos()).isEqualTo(millis(100 + 10 / 8.0));
    }
  }

  @Nested
  class Congestion {
    private final RecoveryHarness peer = RecoveryHarness.confirmed();

    @Test
    void shouldHalveTheWindowOnceForARoundTrip() throws TransportException {
      peer.send(APPLICATION, 10);
      assertThat(peer.recovery.congestionWindowAvailable()).isZero();
      peer.advance(100);
      peer.ack(APPLICATION, 3);
      assertThat(peer.lost).containsExactly("A0");
      assertThat(peer.recovery.congestionWindowBytes()).isEqualTo(5 * DATAGRAM);
      peer.ack(APPLICATION, 3, 6);
      assertThat(peer.lost).hasSize(3);
      assertThat(peer.recovery.congestionWindowBytes()).isEqualTo(5 * DATAGRAM);
    }

    @Test
    void shouldTakeACongestionMarkForALoss() throws TransportException {
      peer.marks = true;
      peer.send(APPLICATION, 10);
      peer.advance(100);
      peer.ackWithEcn(APPLICATION, 1, 0, 0);
      assertThat(peer.recovery.congestionWindowBytes()).isGreaterThanOrEqualTo(10 * DATAGRAM);
      peer.ackWithEcn(APPLICATION, 1, 1, 0, 1);
      assertThat(peer.recovery.congestionWindowBytes()).isLessThan(6 * DATAGRAM);
    }

    @Test
    void shouldNotBelieveMarksThatCanNotBe() throws TransportException {
      peer.marks = true;
      peer.send(APPLICATION, 10);
      peer.advance(100);
      peer.ackWithEcn(APPLICATION, 1, 0, 0, 1);
      assertThat(peer.recovery.path().ecn().state()).isEqualTo(EcnValidation.State.FAILED);
      peer.ackWithEcn(APPLICATION, 2, 5, 0, 1, 2);
      assertThat(peer.recovery.congestionWindowBytes()).isGreaterThanOrEqualTo(10 * DATAGRAM);
    }

    /** RFC 9002, 7.6.3, with its unit of time such that the probe timeout is two. */
    @Test
    void shouldEstablishPersistentCongestionInTheExampleOfTheRfc() throws TransportException {
      double unit = 162.5;
      peer.send(APPLICATION);
      peer.advance(100);
      peer.ack(APPLICATION, 0);
      assertThat(peer.recovery.probeTimeoutNanos()).isEqualTo(millis(2 * unit));
      long start = peer.now;
      for (double at : new double[] {1, 2, 3, 4, 5, 6, 8, 12}) {
        peer.now = start + millis(at * unit);
        peer.send(APPLICATION);
      }
      peer.now = start + millis(12.2 * unit);
      peer.ack(APPLICATION, 8);
      assertThat(peer.lost).hasSize(7);
      // The smallest window, and slow start for the packet that got through.
      assertThat(peer.recovery.congestionWindowBytes()).isEqualTo(3 * DATAGRAM);
    }

    @Test
    void shouldNotEstablishPersistentCongestionAcrossAnAcknowledgement() throws TransportException {
      double unit = 162.5;
      peer.send(APPLICATION);
      peer.advance(100);
      peer.ack(APPLICATION, 0);
      long start = peer.now;
      for (double at : new double[] {1, 2, 3, 4, 5, 6, 8, 12}) {
        peer.now = start + millis(at * unit);
        peer.send(APPLICATION);
      }
      peer.now = start + millis(12.2 * unit);
      peer.ack(APPLICATION, 4, 8);
      assertThat(peer.lost).hasSize(6);
      assertThat(peer.recovery.congestionWindowBytes()).isGreaterThan(3 * DATAGRAM);
    }

    @Test
    void shouldNotEstablishPersistentCongestionBeforeTheFirstSample() throws TransportException {
      for (int i = 0; i < 8; i++) {
        peer.send(APPLICATION);
        peer.advance(1000);
      }
      peer.ack(APPLICATION, 7);
      assertThat(peer.lost).hasSize(7);
      assertThat(peer.recovery.congestionWindowBytes()).isGreaterThan(3 * DATAGRAM);
    }
  }

  @Nested
  class ProbeTimeouts {
    @Test
    void shouldStartWithASecondAndDouble() {
      RecoveryHarness client = new RecoveryHarness(false);
      client.send(INITIAL);
      // 333 ms and four times half of it.
      assertThat(client.deadlineMillis()).isEqualTo(999);
      client.timeOut();
      assertThat(client.recovery.probesPending(INITIAL)).isEqualTo(2);
      assertThat(client.deadlineMillis()).isEqualTo(999);
      client.send(INITIAL);
      client.send(INITIAL);
      assertThat(client.recovery.probesPending(INITIAL)).isZero();
      assertThat(client.deadlineMillis()).isEqualTo(1998);
      client.timeOut();
      client.send(INITIAL);
      assertThat(client.deadlineMillis()).isEqualTo(3996);
      assertThat(client.lost).isEmpty();
      assertThat(client.recovery.oldestInFlight(INITIAL).packetNumber()).isZero();
    }

    @Test
    void shouldStopDoublingSomewhere() {
      RecoveryHarness client = new RecoveryHarness(false);
      for (int i = 0; i < 100; i++) {
        client.send(INITIAL);
        client.timeOut();
      }
      client.send(INITIAL);
      assertThat(client.recovery.probeTimeoutCount()).isEqualTo(100);
      assertThat(client.deadlineMillis()).isEqualTo(999 * 65_536.0);
    }

    @Test
    void shouldProbeForOneRttOnlyOnceConfirmed() {
      RecoveryHarness server = new RecoveryHarness(true);
      server.send(APPLICATION);
      // What the handshake lost must not wait behind it; but it isn't itself probed for.
      assertThat(server.deadlineMillis()).isEqualTo(999);
      RecoveryHarness other = new RecoveryHarness(true);
      other.send(APPLICATION);
      other.timeOut();
      assertThat(other.recovery.probesPending(APPLICATION)).isZero();
      assertThat(other.recovery.probesPending(INITIAL)).isEqualTo(1);
      server.recovery.onHandshakeConfirmed(server.now);
      assertThat(server.deadlineMillis()).isEqualTo(999 + 25);
    }

    @Test
    void shouldProbeTheSpaceThatIsDueFirst() {
      RecoveryHarness server = new RecoveryHarness(true);
      server.send(INITIAL);
      server.advance(5);
      server.send(HANDSHAKE);
      assertThat(server.deadlineMillis()).isEqualTo(994);
      server.timeOut();
      assertThat(server.recovery.probesPending(INITIAL)).isEqualTo(2);
      // 6.2.4: in the same datagrams.
      assertThat(server.recovery.probesPending(HANDSHAKE)).isEqualTo(2);
    }

    @Test
    void shouldStartOverAfterAnAcknowledgement() throws TransportException {
      RecoveryHarness server = RecoveryHarness.confirmed();
      server.send(APPLICATION);
      server.timeOut();
      server.send(APPLICATION, 2);
      server.advance(100);
      server.ack(APPLICATION, 1);
      assertThat(server.recovery.probeTimeoutCount()).isZero();
    }

    @Test
    void shouldNotStartOverForAClientWhoseAddressIsUnproven() throws TransportException {
      RecoveryHarness client = new RecoveryHarness(false);
      client.send(INITIAL);
      client.timeOut();
      client.send(INITIAL);
      client.advance(100);
      client.ack(INITIAL, 0, 1);
      assertThat(client.recovery.probeTimeoutCount()).isEqualTo(1);
    }

    @Test
    void shouldKeepAServerFromDeadlockWithNothingInFlight() throws TransportException {
      RecoveryHarness client = new RecoveryHarness(false);
      client.send(INITIAL);
      client.advance(100);
      client.ack(INITIAL, 0);
      assertThat(client.recovery.hasAckElicitingInFlight()).isFalse();
      assertThat(client.deadlineMillis()).isEqualTo(300);
      client.timeOut();
      assertThat(client.recovery.probesPending(INITIAL)).isEqualTo(1);
      client.recovery.onHandshakeKeys(client.now);
      client.send(INITIAL);
      client.ack(INITIAL, 1);
      client.timeOut();
      assertThat(client.recovery.probesPending(HANDSHAKE)).isEqualTo(1);
      client.send(HANDSHAKE);
      client.advance(100);
      client.ack(HANDSHAKE, 0);
      assertThat(client.deadlineMillis()).isEqualTo(-1);
    }

    @Test
    void shouldKeepAServerFromDeadlockWhenOnlyZeroRttIsInFlight() throws TransportException {
      RecoveryHarness client = new RecoveryHarness(false);
      client.send(INITIAL);
      client.send(APPLICATION);
      client.advance(100);
      client.ack(INITIAL, 0);
      client.timeOut();
      assertThat(client.recovery.probesPending(INITIAL)).isEqualTo(1);
    }

    @Test
    void shouldNotArmATimerAtTheAmplificationLimit() {
      RecoveryHarness server = new RecoveryHarness(true);
      server.send(HANDSHAKE);
      server.recovery.setAmplificationLimited(true, server.now);
      assertThat(server.deadlineMillis()).isEqualTo(-1);
      server.advance(2000);
      server.recovery.setAmplificationLimited(false, server.now);
      // Overdue: it strikes at once.
      assertThat(server.deadlineMillis()).isNegative();
      server.recovery.onTimeout(server.now, server);
      assertThat(server.recovery.probesPending(HANDSHAKE)).isEqualTo(2);
    }
  }

  @Test
  void shouldStartOverOnANewPathWhateverBecomesOfTheOldPackets() throws TransportException {
    RecoveryHarness peer = RecoveryHarness.confirmed();
    peer.send(APPLICATION, 10);
    peer.advance(100);
    peer.ack(APPLICATION, 4);
    assertThat(peer.recovery.congestionWindowBytes()).isEqualTo(5 * DATAGRAM);
    peer.advance(1);
    PathRecovery before = peer.recovery.path();
    peer.recovery.switchPath(RecoveryHarness.path(new NewReno(DATAGRAM)), peer.now);
    assertThat(peer.recovery.congestionWindowBytes()).isEqualTo(10 * DATAGRAM);
    assertThat(peer.recovery.rtt().hasSample()).isFalse();
    peer.ack(APPLICATION, 4, 8, 9);
    assertThat(peer.lost).contains("A2", "A3", "A5", "A6");
    assertThat(peer.recovery.congestionWindowBytes()).isEqualTo(10 * DATAGRAM);
    assertThat(peer.recovery.rtt().hasSample()).isFalse();
    peer.send(APPLICATION);
    peer.advance(30);
    peer.ack(APPLICATION, 10);
    assertThat(peer.recovery.rtt().smoothedNanos()).isEqualTo(millis(30));

    peer.recovery.switchPath(before, peer.now);
    assertThat(peer.recovery.rtt().smoothedNanos()).as("as it was there").isEqualTo(millis(100));
    assertThat(peer.recovery.congestionWindowBytes()).isEqualTo(5 * DATAGRAM);
  }

  @Test
  void shouldNotKeepPacketsThatOnlyAcknowledge() {
    RecoveryHarness peer = RecoveryHarness.confirmed();
    SentPacket record = peer.recovery.acquire();
    peer.recovery.release(record);
    for (int i = 0; i < 10_000; i++) {
      peer.send(APPLICATION, 40, false, false);
      assertThat(peer.recovery.acquire()).isSameAs(record);
      peer.recovery.release(record);
    }
    assertThat(peer.recovery.bytesInFlight()).isZero();
    assertThat(peer.deadlineMillis()).isEqualTo(-1);
  }

  @Test
  void shouldKeepOnlySoManyRecordsForReuse() {
    RecoveryHarness peer = RecoveryHarness.confirmed();
    for (int i = 0; i < SentPacketPool.PACKETS_MAX + 10; i++) {
      peer.recovery.release(new SentPacket());
    }
    SentPacket last = new SentPacket();
    peer.recovery.release(last);
    for (int i = 0; i < SentPacketPool.PACKETS_MAX + 10; i++) {
      assertThat(peer.recovery.acquire()).isNotSameAs(last);
    }
  }

  @Test
  void shouldReuseRecordsAndForgetWhatTheyCarried() throws TransportException {
    RecoveryHarness peer = RecoveryHarness.confirmed();
    SentPacket first = peer.recovery.acquire();
    for (int i = 0; i < 9; i++) {
      first.addStream(i, 10L * i, i, i == 8);
      first.addCrypto(i, i);
      first.addControl("control " + i);
    }
    first.setLargestAcknowledged(77);
    assertThat(first.streamId(8)).isEqualTo(8);
    assertThat(first.streamOffset(8)).isEqualTo(80);
    assertThat(first.streamLength(8)).isEqualTo(8);
    assertThat(first.streamFin(8)).isTrue();
    assertThat(first.cryptoOffset(8)).isEqualTo(8);
    assertThat(first.cryptoLength(8)).isEqualTo(8);
    assertThat(first.control(8)).isEqualTo("control 8");
    first.describe(0, 100, true, true);
    peer.recovery.onPacketSent(APPLICATION, first, peer.now);
    peer.next[2] = 1;
    peer.ack(APPLICATION, 0);
    SentPacket again = peer.recovery.acquire();
    assertThat(again).isSameAs(first);
    assertThat(again.streamCount() + again.cryptoCount() + again.controlCount()).isZero();
    assertThat(again.largestAcknowledged()).isEqualTo(-1);
    assertThatIllegalArgumentException().isThrownBy(() -> again.describe(1, 10, true, false));
  }
}
