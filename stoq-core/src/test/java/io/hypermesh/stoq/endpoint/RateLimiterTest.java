package io.hypermesh.stoq.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RateLimiterTest {
  private static final long SECOND_NANOS = 1_000_000_000L;

  @Test
  void shouldGiveNoMoreThanItsBurstAtOnceAndThenItsRate() {
    RateLimiter limiter = new RateLimiter(100, 0);

    assertThat(acquired(limiter, 1_000, 0)).isEqualTo(100);
    assertThat(acquired(limiter, 1_000, SECOND_NANOS / 2)).isEqualTo(50);
    assertThat(acquired(limiter, 1_000, SECOND_NANOS * 60)).isEqualTo(100);
  }

  @Test
  void shouldLoseNothingByBeingAskedOften() {
    RateLimiter limiter = new RateLimiter(10, 0);
    assertThat(acquired(limiter, 10, 0)).isEqualTo(10);
    int got = 0;
    for (long now = 0; now < 10 * SECOND_NANOS; now += SECOND_NANOS / 1_000) {
      got += limiter.tryAcquire(now) ? 1 : 0;
    }
    assertThat(got).isBetween(99, 100);
  }

  @Test
  void shouldGiveNothingAtRateZero() {
    RateLimiter limiter = new RateLimiter(0, 0);
    assertThat(acquired(limiter, 10, Long.MAX_VALUE / 2)).isZero();
  }

  private static int acquired(RateLimiter limiter, int attempts, long nowNanos) {
    int got = 0;
    for (int i = 0; i < attempts; i++) {
      got += limiter.tryAcquire(nowNanos) ? 1 : 0;
    }
    return got;
  }
}
