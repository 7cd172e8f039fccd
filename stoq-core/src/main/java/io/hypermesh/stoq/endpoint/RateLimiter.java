package io.hypermesh.stoq.endpoint;

/**
 * A token bucket: at most so many permits a second, with a burst of one second's worth. Bounds what
 * strangers can make this endpoint send. Owned by the endpoint's thread.
 */
final class RateLimiter {
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private final long intervalNanos;
  private final long burst;
  private long permits;
  private long refilledAtNanos;

  /**
   * @param permitsPerSecond 0 for none at all
   * @param nowNanos the present time
   */
  RateLimiter(int permitsPerSecond, long nowNanos) {
    this.burst = permitsPerSecond;
    this.intervalNanos =
        permitsPerSecond == 0 ? Long.MAX_VALUE : NANOS_PER_SECOND / permitsPerSecond;
    this.permits = burst;
    this.refilledAtNanos = nowNanos;
  }

  /** Whether there is a permit; takes none. */
  boolean hasPermit(long nowNanos) {
    refill(nowNanos);
    return permits > 0;
  }

  /** Takes a permit if there is one. */
  boolean tryAcquire(long nowNanos) {
    refill(nowNanos);
    if (permits == 0) {
      return false;
    }
    permits--;
    return true;
  }

  private void refill(long nowNanos) {
    long earned = (nowNanos - refilledAtNanos) / intervalNanos;
    if (earned > 0) {
      permits = Math.min(burst, permits + earned);
      refilledAtNanos += earned * intervalNanos;
    }
  }
}
