package io.hypermesh.stoq.recovery;

import static io.hypermesh.stoq.recovery.RecoveryHarness.millis;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** RFC 9002, 5. */
class RttEstimatorTest {
  private final RttEstimator rtt = new RttEstimator();

  @Test
  void shouldAssume333MillisecondsAtFirst() {
    assertThat(rtt.hasSample()).isFalse();
    assertThat(rtt.smoothedNanos()).isEqualTo(millis(333));
    assertThat(rtt.variationNanos()).isEqualTo(millis(166.5));
    assertThat(rtt.probeTimeoutNanos()).isEqualTo(millis(999));
  }

  @Test
  void shouldTakeTheFirstSampleAsItIs() {
    rtt.update(millis(40), millis(30), 7);
    assertThat(rtt.minNanos()).isEqualTo(millis(40));
    assertThat(rtt.smoothedNanos()).isEqualTo(millis(40));
    assertThat(rtt.variationNanos()).isEqualTo(millis(20));
    assertThat(rtt.firstSampleAtNanos()).isEqualTo(7);
  }

  @Test
  void shouldSmoothLaterSamplesWithoutThePeersDelay() {
    rtt.update(millis(40), 0, 0);
    rtt.update(millis(80), millis(8), 0);
    // 72 ms adjusted: deviation 32, variation (3*20 + 32)/4, smoothed (7*40 + 72)/8.
    assertThat(rtt.latestNanos()).isEqualTo(millis(80));
    assertThat(rtt.variationNanos()).isEqualTo(millis(23));
    assertThat(rtt.smoothedNanos()).isEqualTo(millis(44));
    assertThat(rtt.lossDelayNanos(9)).isEqualTo(millis(90));
  }

  @Test
  void shouldNotBelieveADelayThatUndercutsTheMinimum() {
    rtt.update(millis(40), 0, 0);
    rtt.update(millis(48), millis(9), 0);
    assertThat(rtt.smoothedNanos()).isEqualTo(millis(41));
    rtt.update(millis(32), Long.MAX_VALUE, 0);
    assertThat(rtt.minNanos()).isEqualTo(millis(32));
  }

  @Test
  void shouldDecodeTheDelayFieldWithoutOverflow() {
    assertThat(RttEstimator.ackDelayNanos(125, 3)).isEqualTo(millis(1));
    assertThat(RttEstimator.ackDelayNanos((1L << 62) - 1, 20)).isEqualTo(Long.MAX_VALUE);
    assertThat(RttEstimator.ackDelayNanos((1L << 62) - 1, 0)).isEqualTo(Long.MAX_VALUE);
  }
}
