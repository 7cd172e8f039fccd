package io.hypermesh.stoq.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** RFC 9002, 7 and appendix B. */
class NewRenoTest {
  private static final int SIZE = 1200;

  private final NewReno reno = new NewReno(SIZE);

  private void ack(long timeSentNanos, long inFlightBytes) {
    ControllerDriver.ack(reno, SIZE, timeSentNanos, inFlightBytes, timeSentNanos + 50);
  }

  @Test
  void shouldStartWithTenDatagramsOr14720Bytes() {
    assertThat(reno.windowBytes()).isEqualTo(12_000);
    assertThat(new NewReno(1500).windowBytes()).isEqualTo(14_720);
    assertThat(new NewReno(9000).windowBytes()).isEqualTo(18_000);
  }

  @Test
  void shouldDoubleInSlowStart() {
    for (int i = 0; i < 10; i++) {
      ack(5, 12_000);
    }
    assertThat(reno.windowBytes()).isEqualTo(24_000);
    assertThat(reno.slowStartThresholdBytes()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void shouldNotGrowForAnApplicationThatDoesNotUseTheWindow() {
    ack(5, 2 * SIZE);
    assertThat(reno.windowBytes()).isEqualTo(12_000);
  }

  @Test
  void shouldGrowByOneDatagramForEachWindowAfterALoss() {
    reno.onCongestionEvent(5, 10);
    assertThat(reno.windowBytes()).isEqualTo(6000);
    for (int i = 0; i < 5; i++) {
      assertThat(reno.windowBytes()).isEqualTo(6000);
      ack(11, 6000);
    }
    assertThat(reno.windowBytes()).isEqualTo(7200);
  }

  @Test
  void shouldNotGrowOrShrinkForPacketsSentBeforeTheRecoveryPeriod() {
    reno.onCongestionEvent(5, 10);
    for (int i = 0; i < 20; i++) {
      ack(10, 6000);
    }
    reno.onCongestionEvent(10, 20);
    assertThat(reno.windowBytes()).isEqualTo(6000);
    reno.onCongestionEvent(11, 20);
    assertThat(reno.windowBytes()).isEqualTo(3000);
  }

  @Test
  void shouldNeverGoBelowTwoDatagrams() {
    for (int i = 0; i < 10; i++) {
      reno.onCongestionEvent(10L * i, 10L * i + 5);
    }
    assertThat(reno.windowBytes()).isEqualTo(2 * SIZE);
    reno.onMaxDatagramSize(9000);
    assertThat(reno.windowBytes()).isEqualTo(18_000);
  }

  @Test
  void shouldStartOverSlowlyAfterPersistentCongestion() {
    reno.onCongestionEvent(5, 10);
    reno.onPersistentCongestion(20);
    assertThat(reno.windowBytes()).isEqualTo(2 * SIZE);
    // Below the threshold of the loss before: slow start, and recovery is over.
    ack(7, 2 * SIZE);
    assertThat(reno.windowBytes()).isEqualTo(3 * SIZE);
  }
}
