package io.hypermesh.stoq.recovery;

import static io.hypermesh.stoq.recovery.RecoveryHarness.millis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.hypermesh.stoq.recovery.CongestionController.Phase;
import org.junit.jupiter.api.Test;

/** RFC 9406, 4.2. */
class HyStartTest {
  private final Cubic cubic = new Cubic(ControllerDriver.SIZE);
  private final ControllerDriver driver = new ControllerDriver(cubic);

  @Test
  void shouldNotMindRoundTripTimesThatRiseLittle() {
    for (double rtt : new double[] {100, 112, 124, 136, 148}) {
      driver.round(millis(rtt));
    }
    assertThat(cubic.phase()).isEqualTo(Phase.SLOW_START);
    assertThat(driver.windowSegments()).isEqualTo(320);
  }

  @Test
  void shouldBeConservativeWhenTheRoundTripTimeRisesByAnEighth() {
    driver.round(millis(100));
    driver.round(millis(113));
    assertThat(cubic.phase()).isEqualTo(Phase.CONSERVATIVE_SLOW_START);
    double before = driver.windowSegments();
    driver.round(millis(113));
    assertThat(driver.windowSegments()).isEqualTo(1.25 * before, within(0.01 * before));
  }

  @Test
  void shouldTakeAtLeastFourAndAtMostSixteenMillisecondsForARise() {
    driver.round(millis(10));
    driver.round(millis(13.9));
    assertThat(cubic.phase()).isEqualTo(Phase.SLOW_START);
    driver.round(millis(18));
    assertThat(cubic.phase()).isEqualTo(Phase.CONSERVATIVE_SLOW_START);

    ControllerDriver slow = new ControllerDriver(new Cubic(ControllerDriver.SIZE));
    slow.round(millis(1000));
    slow.round(millis(1017));
    assertThat(slow.controller.phase()).isEqualTo(Phase.CONSERVATIVE_SLOW_START);
  }

  @Test
  void shouldReturnToSlowStartWhenTheRoundTripTimeFallsAgain() {
    driver.round(millis(100));
    driver.round(millis(120));
    assertThat(cubic.phase()).isEqualTo(Phase.CONSERVATIVE_SLOW_START);
    driver.round(millis(110));
    assertThat(cubic.phase()).isEqualTo(Phase.SLOW_START);
    assertThat(cubic.slowStartThresholdBytes()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void shouldEndSlowStartAfterFiveConservativeRounds() {
    driver.round(millis(100));
    driver.round(millis(120));
    int rounds = 0;
    while (cubic.phase() == Phase.CONSERVATIVE_SLOW_START) {
      driver.round(millis(120));
      rounds++;
    }
    assertThat(rounds).isEqualTo(5);
    assertThat(cubic.phase()).isEqualTo(Phase.CONGESTION_AVOIDANCE);
    double before = driver.windowSegments();
    driver.round(millis(120));
    assertThat(driver.windowSegments()).isBetween(before, before + 2);
  }

  @Test
  void shouldJudgeNoRoundByFewerThanEightSamples() {
    HyStart hyStart = new HyStart();
    DeliveryRate rate = driver.rate;
    for (int round = 0; round < 5; round++) {
      for (int i = 0; i < HyStart.SAMPLES - 1; i++) {
        driver.send();
      }
      driver.now += millis(100 + 30 * round);
      while (!driver.flight.isEmpty()) {
        driver.ack();
        assertThat(hyStart.onAck(rate)).isFalse();
      }
      assertThat(hyStart.isConservative()).isFalse();
    }
  }
}
