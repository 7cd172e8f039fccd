package io.hypermesh.stoq.recovery;

import static io.hypermesh.stoq.recovery.RecoveryHarness.millis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** RFC 9000, 13.2. */
class ReceivedPacketsTest {
  private static final long DELAY = millis(25);

  private final ReceivedPackets application =
      new ReceivedPackets(PacketNumberSpace.APPLICATION, DELAY, 4);

  private void receive(long packetNumber, long now) {
    application.onPacketReceived(packetNumber, true, ReceivedPackets.ECN_NOT_ECT, now);
  }

  @Test
  void shouldAcknowledgeEverySecondPacketAtOnce() {
    receive(0, 0);
    assertThat(application.isAckDue(0)).isFalse();
    assertThat(application.ackDeadlineNanos()).isEqualTo(DELAY);
    receive(1, 5);
    assertThat(application.isAckDue(5)).isTrue();
    application.onAckSent();
    assertThat(application.hasNewToAcknowledge()).isFalse();
    assertThat(application.ackDeadlineNanos()).isEqualTo(Long.MAX_VALUE);
    receive(2, 6);
    assertThat(application.isAckDue(6)).isFalse();
  }

  @Test
  void shouldAcknowledgeASinglePacketAfterMaxAckDelay() {
    receive(0, 10);
    assertThat(application.isAckDue(10 + DELAY - 1)).isFalse();
    assertThat(application.isAckDue(10 + DELAY)).isTrue();
    assertThat(application.ackDelayField(10 + DELAY, 3)).isEqualTo(25_000 / 8);
  }

  @Test
  void shouldAcknowledgeWhatIsOutOfOrderAtOnce() {
    receive(0, 0);
    application.onAckSent();
    receive(2, 1);
    assertThat(application.isAckDue(1)).isTrue();
    application.onAckSent();
    receive(3, 2);
    assertThat(application.isAckDue(2)).as("in order behind the gap").isFalse();
    application.onAckSent();
    receive(1, 3);
    assertThat(application.isAckDue(3)).isTrue();
  }

  @Test
  void shouldAcknowledgeACongestionMarkAtOnce() {
    application.onPacketReceived(0, true, ReceivedPackets.ECN_CE, 0);
    application.onPacketReceived(1, false, ReceivedPackets.ECN_ECT0, 0);
    application.onPacketReceived(2, false, ReceivedPackets.ECN_ECT1, 0);
    assertThat(application.isAckDue(0)).isTrue();
    assertThat(application.hasEcn()).isTrue();
    assertThat(application.ceCount()).isEqualTo(1);
    assertThat(application.ect0Count()).isEqualTo(1);
    assertThat(application.ect1Count()).isEqualTo(1);
  }

  @Test
  void shouldAcknowledgeHandshakePacketsAtOnce() {
    ReceivedPackets initial = new ReceivedPackets(PacketNumberSpace.INITIAL, DELAY, 4);
    initial.onPacketReceived(0, true, 0, 7);
    assertThat(initial.isAckDue(7)).isTrue();
  }

  @Test
  void shouldNotAnswerPacketsThatOnlyAcknowledge() {
    for (int i = 0; i < 10; i++) {
      application.onPacketReceived(2L * i, false, 0, i);
    }
    assertThat(application.ackDeadlineNanos()).isEqualTo(Long.MAX_VALUE);
    assertThat(application.hasNewToAcknowledge()).isTrue();
  }

  @Test
  void shouldCountADuplicateOnce() {
    receive(0, 0);
    assertThat(application.isDuplicate(0)).isTrue();
    receive(0, 1);
    assertThat(application.isAckDue(1)).isFalse();
  }

  @Test
  void shouldForgetTheLowestRangeAtItsLimit() {
    for (int i = 0; i < 5; i++) {
      receive(10 + 2 * i, i);
    }
    assertThat(application.ranges().rangeCount()).isEqualTo(4);
    assertThat(application.ranges().smallest(3)).isEqualTo(12);
    // What is forgotten cannot be told from what was received.
    assertThat(application.isDuplicate(10)).isTrue();
    assertThat(application.isDuplicate(3)).isTrue();
    assertThat(application.isDuplicate(13)).isFalse();
    assertThat(application.largestReceived()).isEqualTo(18);
  }

  @Test
  void shouldStopTellingWhatThePeerKnows() {
    for (int i = 0; i < 8; i++) {
      if (i != 3) {
        receive(i, i);
      }
    }
    application.onAckAcknowledged(5);
    assertThat(application.ranges().rangeCount()).isEqualTo(1);
    assertThat(application.ranges().smallest(0)).isEqualTo(5);
    application.onAckAcknowledged(100);
    assertThat(application.ranges().smallest(0)).isEqualTo(7);
    assertThat(application.isDuplicate(8)).isFalse();
  }

  @Test
  void shouldRefuseALimitOfNoRanges() {
    assertThatIllegalArgumentException().isThrownBy(() -> new AckRanges(0));
  }

  // ---- ACK_FREQUENCY (draft-ietf-quic-ack-frequency-14, 6) ----

  @Test
  void shouldAcknowledgeWhenMoreThanTheThresholdWait() {
    application.onAckFrequency(3, millis(5), 3);
    for (int i = 0; i < 3; i++) {
      receive(i, 0);
      assertThat(application.isAckDue(0)).isFalse();
    }
    assertThat(application.ackDeadlineNanos()).isEqualTo(millis(5));
    receive(3, 0);
    assertThat(application.isAckDue(0)).isTrue();
  }

  /** Which of these packets are acknowledged at once, nothing else being a reason to. */
  private List<Integer> acknowledgedAtOnce(int reordering, int... packetNumbers) {
    application.onAckFrequency(100, DELAY, reordering);
    List<Integer> at = new ArrayList<>();
    for (int packetNumber : packetNumbers) {
      receive(packetNumber, 0);
      if (application.isAckDue(0)) {
        at.add(packetNumber);
        application.onAckSent();
      }
    }
    return at;
  }

  @Test
  void shouldAcknowledgeAtOnceWhatIsFurtherOutOfOrderThanAsked() {
    // The first example of draft-ietf-quic-ack-frequency-14, 6.2.1: 10 is told because 7 is lost.
    assertThat(acknowledgedAtOnce(3, 0, 1, 3, 4, 5, 8, 9, 10)).containsExactly(5, 9, 10);
  }

  @Test
  void shouldWaitForAsMuchReorderingAsAsked() {
    // The second example of the same section.
    assertThat(acknowledgedAtOnce(5, 0, 1, 3, 5, 6, 7, 8, 9)).containsExactly(7, 9);
  }

  @Test
  void shouldAcknowledgeEveryGapWhereAskedForTheDefault() {
    assertThat(acknowledgedAtOnce(1, 0, 1, 3, 4, 2, 5, 7)).containsExactly(3, 2, 7);
  }

  @Test
  void shouldAcknowledgeAtOnceWhatComesAfterItWasReportedMissing() {
    assertThat(acknowledgedAtOnce(3, 0, 1, 5, 6, 2, 4)).containsExactly(5, 6, 2);
    // 3 may be declared lost by the acknowledgement of 6; 4 may not, so it can wait.
    assertThat(acknowledgedAtOnce(3, 3)).containsExactly(3);
  }

  @Test
  void shouldNotMindTheOrderWhereAskedNotTo() {
    application.onAckFrequency(100, DELAY, 0);
    for (int i = 0; i < 40; i += 10) {
      receive(100 - i, 0);
    }
    assertThat(application.isAckDue(0)).isFalse();
  }

  @Test
  void shouldAcknowledgeAtOnceOnlyTheFirstOfSeveralMarkedPackets() {
    application.onAckFrequency(100, DELAY, 0);
    application.onPacketReceived(0, true, ReceivedPackets.ECN_CE, 0);
    assertThat(application.isAckDue(0)).isTrue();
    application.onAckSent();
    application.onPacketReceived(1, true, ReceivedPackets.ECN_CE, 0);
    assertThat(application.isAckDue(0)).isFalse();
    application.onPacketReceived(2, true, ReceivedPackets.ECN_ECT0, 0);
    application.onPacketReceived(3, true, ReceivedPackets.ECN_CE, 0);
    assertThat(application.isAckDue(0)).isTrue();
  }

  @Test
  void shouldAcknowledgeEveryMarkedPacketWhereAskedForTheDefaultThreshold() {
    application.onAckFrequency(1, DELAY, 0);
    for (int i = 0; i < 3; i++) {
      application.onPacketReceived(i, true, ReceivedPackets.ECN_CE, 0);
      assertThat(application.isAckDue(0)).isTrue();
      application.onAckSent();
    }
  }
}
