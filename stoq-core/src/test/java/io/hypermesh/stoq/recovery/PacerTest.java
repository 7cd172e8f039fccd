package io.hypermesh.stoq.recovery;

import static io.hypermesh.stoq.recovery.RecoveryHarness.millis;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** RFC 9002, 7.7. */
class PacerTest {
  private static final int SIZE = 1200;

  /** 125 datagrams in 100 ms. */
  private static final double RATE = 1250.0 * SIZE;

  private final Pacer pacer = new Pacer(SIZE);

  @Test
  void shouldLetABurstGoAndThenSpread() {
    for (int i = 0; i < 10; i++) {
      assertThat(pacer.earliestSendNanos(SIZE, RATE, 0)).isZero();
      pacer.onPacketSent(SIZE, RATE, 0);
    }
    assertThat(pacer.earliestSendNanos(SIZE, RATE, 0)).isEqualTo(millis(0.8));
    assertThat(pacer.earliestSendNanos(SIZE, RATE, millis(0.8))).isEqualTo(millis(0.8));
  }

  @Test
  void shouldKeepToItsRate() {
    long now = 0;
    int sent = 0;
    while (now < millis(1000)) {
      now = pacer.earliestSendNanos(SIZE, RATE, now);
      pacer.onPacketSent(SIZE, RATE, now);
      sent++;
    }
    assertThat(sent).isBetween(1250, 1262);
  }

  @Test
  void shouldNotSaveUpMoreThanABurst() {
    pacer.onPacketSent(SIZE, RATE, 0);
    long later = millis(100_000);
    for (int i = 0; i < 10; i++) {
      assertThat(pacer.earliestSendNanos(SIZE, RATE, later)).isEqualTo(later);
      pacer.onPacketSent(SIZE, RATE, later);
    }
    assertThat(pacer.earliestSendNanos(SIZE, RATE, later)).isGreaterThan(later);
  }

  @Test
  void shouldAllowLargerBurstsOnFastPaths() {
    double rate = 12_500_000.0 * SIZE;
    long now = millis(1);
    pacer.onPacketSent(SIZE, rate, 0);
    int burst = 0;
    while (pacer.earliestSendNanos(SIZE, rate, now) == now) {
      pacer.onPacketSent(SIZE, rate, now);
      burst++;
    }
    assertThat(burst).isEqualTo(Pacer.BURST_DATAGRAMS_MAX);
  }
}
