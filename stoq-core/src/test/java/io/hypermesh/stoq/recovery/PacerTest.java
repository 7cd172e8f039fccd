package io.hypermesh.stoq.recovery;

import static io.hypermesh.stoq.recovery.RecoveryHarness.millis;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** RFC 9002, 7.7. */
class PacerTest {
  private static final int SIZE = 1200;
  private static final long WINDOW = 100L * SIZE;
  private static final long RTT = millis(100);

  private final Pacer pacer = new Pacer(SIZE);

  @Test
  void shouldLetABurstGoAndThenSpread() {
    for (int i = 0; i < 10; i++) {
      assertThat(pacer.earliestSendNanos(SIZE, WINDOW, RTT, 0)).isZero();
      pacer.onPacketSent(SIZE, WINDOW, RTT, 0);
    }
    // 125 datagrams in 100 ms.
    assertThat(pacer.earliestSendNanos(SIZE, WINDOW, RTT, 0)).isEqualTo(millis(0.8));
    assertThat(pacer.earliestSendNanos(SIZE, WINDOW, RTT, millis(0.8))).isEqualTo(millis(0.8));
  }

  @Test
  void shouldSendAWindowAndAQuarterInARoundTrip() {
    long now = 0;
    int sent = 0;
    while (now < millis(1000)) {
      now = pacer.earliestSendNanos(SIZE, WINDOW, RTT, now);
      pacer.onPacketSent(SIZE, WINDOW, RTT, now);
      sent++;
    }
    assertThat(sent).isBetween(1250, 1262);
  }

  @Test
  void shouldNotSaveUpMoreThanABurst() {
    pacer.onPacketSent(SIZE, WINDOW, RTT, 0);
    long later = millis(100_000);
    for (int i = 0; i < 10; i++) {
      assertThat(pacer.earliestSendNanos(SIZE, WINDOW, RTT, later)).isEqualTo(later);
      pacer.onPacketSent(SIZE, WINDOW, RTT, later);
    }
    assertThat(pacer.earliestSendNanos(SIZE, WINDOW, RTT, later)).isGreaterThan(later);
  }

  @Test
  void shouldAllowLargerBurstsOnFastPaths() {
    long window = 10_000L * SIZE;
    long now = millis(1);
    pacer.onPacketSent(SIZE, window, millis(1), 0);
    int burst = 0;
    while (pacer.earliestSendNanos(SIZE, window, millis(1), now) == now) {
      pacer.onPacketSent(SIZE, window, millis(1), now);
      burst++;
    }
    assertThat(burst).isEqualTo(Pacer.BURST_DATAGRAMS_MAX);
  }
}
