package io.hypermesh.stoq.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.recovery.EcnValidation.State;
import org.junit.jupiter.api.Test;

class EcnValidationTest {
  private static final long PTO = 100;
  private final EcnValidation ecn = new EcnValidation(true);

  private int mark(int times, long nowNanos) {
    int marked = 0;
    for (int i = 0; i < times; i++) {
      if (ecn.marks(PTO, nowNanos)) {
        ecn.onSent();
        marked++;
      }
    }
    return marked;
  }

  @Test
  void shouldMarkTenPacketsAndThenWait() {
    assertThat(mark(50, 0)).isEqualTo(EcnValidation.TESTING_PACKETS);
    assertThat(ecn.state()).isEqualTo(State.UNKNOWN);
    ecn.onAck(3, true, 0);
    assertThat(ecn.state()).isEqualTo(State.CAPABLE);
    assertThat(mark(50, 0)).isEqualTo(50);
  }

  @Test
  void shouldNotTestForLongerThanThreeProbeTimeouts() {
    assertThat(mark(1, 0)).isEqualTo(1);
    assertThat(mark(1, 3 * PTO - 1)).isEqualTo(1);
    assertThat(mark(1, 3 * PTO)).isZero();
  }

  @Test
  void shouldFailWhenAllMarkedPacketsAreLost() {
    mark(50, 0);
    for (int i = 0; i < EcnValidation.TESTING_PACKETS; i++) {
      assertThat(ecn.state()).isEqualTo(State.UNKNOWN);
      ecn.onLost();
    }
    assertThat(ecn.state()).isEqualTo(State.FAILED);
    assertThat(mark(1, 0)).isZero();
  }

  @Test
  void shouldFailForGoodOnWrongCounts() {
    mark(50, 0);
    ecn.onAck(3, true, 0);
    ecn.onAck(3, false, 0);
    assertThat(ecn.state()).isEqualTo(State.FAILED);
    ecn.onAck(3, true, 0);
    assertThat(ecn.isCapable()).isFalse();
    assertThat(mark(1, 0)).isZero();
  }

  @Test
  void shouldLearnNothingFromUnmarkedPackets() {
    mark(50, 0);
    ecn.onAck(0, true, 0);
    assertThat(ecn.state()).isEqualTo(State.UNKNOWN);
  }

  @Test
  void shouldFailWhereEveryPacketIsMarked() {
    mark(50, 0);
    ecn.onAck(9, true, 9);
    assertThat(ecn.state()).isEqualTo(State.CAPABLE);
    ecn.onAck(1, true, 1);
    assertThat(ecn.state()).isEqualTo(State.FAILED);
  }

  @Test
  void shouldStayOff() {
    EcnValidation off = new EcnValidation(false);
    assertThat(off.marks(PTO, 0)).isFalse();
    off.onAck(0, false, 0);
    assertThat(off.state()).isEqualTo(State.OFF);
  }
}
