package io.hypermesh.stoq.recovery;

import static io.hypermesh.stoq.recovery.RecoveryHarness.millis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.hypermesh.stoq.recovery.CongestionController.Phase;
import org.junit.jupiter.api.Test;

/** RFC 9438. */
class CubicTest {
  private static final int SIZE = ControllerDriver.SIZE;
  private static final long RTT = millis(100);

  private final Cubic cubic = new Cubic(SIZE);
  private final ControllerDriver driver = new ControllerDriver(cubic);

  /** Slow start until the window has so many segments, then a loss. */
  private double loseAt(int segments) {
    while (driver.windowSegments() < segments) {
      driver.round(RTT);
    }
    double window = driver.windowSegments();
    driver.loss(RTT);
    return window;
  }

  /** W_cubic of 4.2, in segments. */
  private static double curve(double max, double start, double seconds) {
    double k = Math.cbrt((max - start) / 0.4);
    return 0.4 * Math.pow(seconds - k, 3) + max;
  }

  @Test
  void shouldStartLikeNewReno() {
    assertThat(cubic.windowBytes()).isEqualTo(12_000);
    assertThat(new Cubic(9000).windowBytes()).isEqualTo(18_000);
    driver.round(RTT);
    assertThat(cubic.windowBytes()).isEqualTo(24_000);
    assertThat(cubic.phase()).isEqualTo(Phase.SLOW_START);
  }

  @Test
  void shouldKeepSevenTenthsAtACongestionEvent() {
    double before = loseAt(100);
    assertThat(driver.windowSegments()).isEqualTo(0.7 * before, within(0.01));
    assertThat(cubic.slowStartThresholdBytes()).isEqualTo(cubic.windowBytes());
    assertThat(cubic.phase()).isEqualTo(Phase.RECOVERY);
    driver.round(RTT);
    assertThat(cubic.phase()).isEqualTo(Phase.CONGESTION_AVOIDANCE);
  }

  @Test
  void shouldFollowTheCubicFunctionBelowAndAboveTheLastWindow() {
    double max = loseAt(1000);
    double start = driver.windowSegments();
    double k = Math.cbrt((max - start) / 0.4);
    assertThat(k).isGreaterThan(9);
    for (int round = 1; round <= 180; round++) {
      driver.round(RTT);
      // The first growth starts the curve; each reaches for where the curve is a round trip later.
      double seconds = round * 0.1;
      assertThat(driver.windowSegments())
          .as("after %s seconds", seconds)
          .isEqualTo(curve(max, start, seconds), within(0.02 * max));
    }
    assertThat(driver.windowSegments()).isGreaterThan(1.15 * max);
  }

  @Test
  void shouldGrowByHalfAtMostInARoundTrip() {
    loseAt(50);
    long rtt = millis(5_000);
    for (int round = 0; round < 6; round++) {
      double before = driver.windowSegments();
      driver.round(rtt);
      assertThat(driver.windowSegments()).isBetween(before, 1.65 * before);
    }
  }

  @Test
  void shouldGrowNoSlowerThanNewRenoOnShortPaths() {
    long rtt = millis(1);
    while (driver.windowSegments() < 40) {
      driver.round(rtt);
    }
    double max = driver.windowSegments();
    driver.loss(rtt);
    double start = driver.windowSegments();
    int rounds = 0;
    while (driver.windowSegments() < max) {
      driver.round(rtt);
      rounds++;
    }
    // 4.3: 3 (1 - 0.7) / (1 + 0.7) segments a round trip until the window of the loss.
    assertThat(rounds).isBetween((int) ((max - start) / 0.54), (int) ((max - start) / 0.49));
    // One a round trip from there.
    double before = driver.windowSegments();
    for (int i = 0; i < 10; i++) {
      driver.round(rtt);
    }
    assertThat(driver.windowSegments() - before).isEqualTo(10, within(1.0));
  }

  @Test
  void shouldGiveWayWhenItLosesBelowTheLastWindow() {
    double max = loseAt(1000);
    driver.round(RTT);
    double second = driver.windowSegments();
    assertThat(second).isLessThan(max);
    driver.loss(RTT);
    double start = driver.windowSegments();
    // 4.7: the plateau is at 0.85 of the window of the second loss, not at that window.
    double plateau = second * 1.7 / 2;
    int rounds = (int) (Math.cbrt((plateau - start) / 0.4) * 10);
    for (int i = 0; i < rounds; i++) {
      driver.round(RTT);
    }
    assertThat(driver.windowSegments()).isEqualTo(plateau, within(0.02 * plateau));
  }

  @Test
  void shouldNotCountIdleTime() {
    double max = loseAt(1000);
    double start = driver.windowSegments();
    for (int i = 0; i < 20; i++) {
      driver.round(RTT);
    }
    driver.now += millis(60_000);
    driver.round(RTT);
    assertThat(driver.windowSegments()).isEqualTo(curve(max, start, 2.1), within(0.02 * max));
  }

  @Test
  void shouldNotCountTimeInWhichTheApplicationDoesNotUseTheWindow() {
    double max = loseAt(1000);
    double start = driver.windowSegments();
    for (int i = 0; i < 20; i++) {
      driver.round(RTT);
    }
    double window = driver.windowSegments();
    for (int i = 0; i < 600; i++) {
      long sent = driver.now;
      driver.now += RTT;
      ControllerDriver.ack(cubic, SIZE, sent, 5L * SIZE, driver.now);
    }
    assertThat(driver.windowSegments()).isEqualTo(window);
    driver.round(RTT);
    assertThat(driver.windowSegments()).isEqualTo(curve(max, start, 2.2), within(0.02 * max));
  }

  @Test
  void shouldUndoASpuriousEvent() {
    double max = loseAt(100);
    driver.round(RTT);
    cubic.onSpuriousCongestion(driver.rate, driver.now);
    assertThat(driver.windowSegments()).isEqualTo(max);
    assertThat(cubic.slowStartThresholdBytes()).isEqualTo(Long.MAX_VALUE);
    assertThat(cubic.phase()).isEqualTo(Phase.SLOW_START);
  }

  @Test
  void shouldContinueTheCurveAfterAnUndoneEvent() {
    double max = loseAt(1000);
    double start = driver.windowSegments();
    for (int i = 0; i < 20; i++) {
      driver.round(RTT);
    }
    driver.loss(RTT);
    cubic.onSpuriousCongestion(driver.rate, driver.now);
    driver.round(RTT);
    assertThat(driver.windowSegments()).isEqualTo(curve(max, start, 2.2), within(0.02 * max));
  }

  @Test
  void shouldReactToAMarkAsToALoss() {
    while (driver.windowSegments() < 100) {
      driver.round(RTT);
    }
    double before = driver.windowSegments();
    cubic.onEcnCe(driver.now, driver.rate, driver.now + 1);
    cubic.onEcnCe(driver.now, driver.rate, driver.now + 2);
    assertThat(driver.windowSegments()).isEqualTo(0.7 * before, within(0.01));
  }

  @Test
  void shouldStartOverAfterPersistentCongestion() {
    loseAt(100);
    cubic.onPersistentCongestion(driver.now);
    assertThat(cubic.windowBytes()).isEqualTo(2L * SIZE);
    // Slow start up to the threshold, then a curve without a past: K is 0, growth convex.
    while (cubic.phase() == Phase.SLOW_START) {
      driver.round(RTT);
    }
    double start = driver.windowSegments();
    for (int i = 0; i < 50; i++) {
      driver.round(RTT);
    }
    assertThat(driver.windowSegments())
        .isEqualTo(Math.max(start + 0.4 * 125, start + 50 * 0.53), within(0.1 * start));
  }

  @Test
  void shouldNeverGoBelowTwoDatagrams() {
    for (int i = 0; i < 20; i++) {
      driver.loss(RTT);
    }
    assertThat(cubic.windowBytes()).isEqualTo(2L * SIZE);
  }
}
