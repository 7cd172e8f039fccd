package io.hypermesh.stoq.recovery;

import static io.hypermesh.stoq.recovery.RecoveryHarness.millis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** draft-cheng-iccrg-delivery-rate-estimation. */
class DeliveryRateTest {
  private static final int SIZE = ControllerDriver.SIZE;

  private final ControllerDriver driver = new ControllerDriver(new NewReno(SIZE));
  private final DeliveryRate rate = driver.rate;

  private void advance(double millis) {
    driver.now += millis(millis);
  }

  @Test
  void shouldMeasureTheRateOfEvenlySpacedAcknowledgements() {
    // A packet each millisecond, a round trip of ten.
    for (int i = 0; i < 10; i++) {
      driver.send();
      advance(1);
    }
    for (int i = 0; i < 50; i++) {
      driver.ack();
      driver.send();
      advance(1);
    }
    driver.ack();
    assertThat((double) rate.bytesPerSecond()).isEqualTo(SIZE * 1000.0, within(SIZE * 1.0));
    assertThat(rate.rttNanos()).isEqualTo(millis(10));
    assertThat(rate.txInFlightBytes()).isEqualTo(10L * SIZE);
    assertThat(rate.sampleBytes()).isEqualTo(10L * SIZE);
  }

  @Test
  void shouldNotBeMisledByAcknowledgementsThatComeInABunch() {
    for (int i = 0; i < 10; i++) {
      driver.send();
      advance(1);
    }
    advance(10);
    // All at once: the sending took ten milliseconds, though the acknowledging took none.
    while (!driver.flight.isEmpty()) {
      driver.ack();
      assertThat(rate.bytesPerSecond()).isLessThanOrEqualTo(SIZE * 1000L);
    }
  }

  @Test
  void shouldNotMeasureOverLessThanARoundTrip() {
    driver.send();
    advance(10);
    driver.ack();
    driver.send();
    advance(10);
    driver.ack();
    long before = rate.latestBytesPerSecond();
    assertThat(before).isEqualTo(SIZE * 100L);
    // A packet whose acknowledgement takes no time: it can't be, and makes no sample.
    RttEstimator rtt = new RttEstimator();
    rtt.update(millis(10), 0, driver.now);
    driver.send();
    rate.beginAck(SIZE);
    rate.onPacketAcked(driver.flight.remove(), driver.now);
    rate.finishAck(0, rtt);
    assertThat(rate.bytesPerSecond()).isZero();
    assertThat(rate.latestBytesPerSecond()).isEqualTo(before);
  }

  @Test
  void shouldMarkSamplesOfATimeInWhichTheApplicationHadNothingToSend() {
    driver.send();
    rate.markApplicationLimited(SIZE);
    advance(10);
    driver.ack();
    assertThat(rate.isSampleApplicationLimited()).isFalse();
    assertThat(rate.isApplicationLimited()).isTrue();
    // Sent within the gap, and the first one after it.
    driver.send();
    driver.send();
    advance(10);
    driver.ack();
    assertThat(rate.isSampleApplicationLimited()).isTrue();
    assertThat(rate.isApplicationLimited()).isFalse();
    driver.send();
    driver.ack();
    assertThat(rate.isSampleApplicationLimited()).isTrue();
    advance(10);
    driver.ack();
    assertThat(rate.isSampleApplicationLimited()).isFalse();
  }

  @Test
  void shouldCountWhatWasLostSinceAPacketWasSent() {
    driver.send();
    driver.send();
    driver.send();
    advance(10);
    driver.lose();
    driver.lose();
    driver.ack();
    assertThat(rate.sampleLostBytes()).isEqualTo(2L * SIZE);
    assertThat(rate.lostBytes()).isEqualTo(2L * SIZE);
  }

  @Test
  void shouldKnowWhetherTheWindowWasFullInTheLastRoundTrip() {
    driver.send();
    rate.noteWindow(true);
    advance(10);
    driver.ack();
    assertThat(rate.isWindowLimited()).isTrue();
    driver.send();
    rate.noteWindow(false);
    advance(10);
    driver.ack();
    assertThat(rate.isWindowLimited()).isFalse();
  }
}
