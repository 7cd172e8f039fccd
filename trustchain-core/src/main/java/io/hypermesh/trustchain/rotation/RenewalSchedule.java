package io.hypermesh.trustchain.rotation;

import java.time.Duration;
import java.time.Instant;

/**
 * When to renew and when to retry: pure arithmetic.
 *
 * @param windowStart the part of a life after which renewal may start, 0 to 1
 * @param windowEnd the part of a life by which it starts, from {@code windowStart} to 1
 * @param retryMin the first wait after a failure
 * @param retryMax the longest wait after a failure
 * @param attemptTimeout how long a renewal may take before it counts as failed
 */
public record RenewalSchedule(
    double windowStart,
    double windowEnd,
    Duration retryMin,
    Duration retryMax,
    Duration attemptTimeout) {
  /** Between half and two thirds of the life; waits from 1 s to 5 min; attempts of up to 30 s. */
  public static final RenewalSchedule DEFAULT =
      new RenewalSchedule(
          0.5, 2.0 / 3, Duration.ofSeconds(1), Duration.ofMinutes(5), Duration.ofSeconds(30));

  /** Checks the ranges. */
  public RenewalSchedule {
    if (!(windowStart >= 0 && windowStart <= windowEnd && windowEnd <= 1)) {
      throw new IllegalArgumentException(
          "a renewal window lies within a life: " + windowStart + " to " + windowEnd);
    }
    if (retryMin.compareTo(Duration.ofMillis(1)) < 0
        || retryMax.compareTo(retryMin) < 0
        || attemptTimeout.compareTo(Duration.ofMillis(1)) < 0) {
      throw new IllegalArgumentException("waits and attempts last a millisecond at least");
    }
  }

  /**
   * The moment at which to renew.
   *
   * @param notBefore where the validity starts
   * @param notAfter where it ends
   * @param jitter from 0 to 1, drawn once a certificate, so that many hosts don't renew at once
   * @return the moment
   */
  public Instant renewalPoint(Instant notBefore, Instant notAfter, double jitter) {
    double part = windowStart + (windowEnd - windowStart) * jitter;
    long lifeMillis = Duration.between(notBefore, notAfter).toMillis();
    return notBefore.plusMillis((long) (lifeMillis * part));
  }

  /**
   * How long to wait after a failure: doubling, with jitter over the upper half.
   *
   * @param failures how many failed in a row, at least 1
   * @param jitter from 0 to 1
   * @return the wait
   */
  public Duration retryDelay(int failures, double jitter) {
    long doubled = retryMin.toMillis() << Math.min(failures - 1, 20);
    long bounded = Math.min(doubled, retryMax.toMillis());
    return Duration.ofMillis((long) (bounded * (0.5 + jitter / 2)));
  }
}
