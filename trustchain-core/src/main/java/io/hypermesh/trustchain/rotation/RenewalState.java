package io.hypermesh.trustchain.rotation;

import java.time.Instant;
import java.util.random.RandomGenerator;

/**
 * The state machine of renewals.
 *
 * <p>It guarantees that at most one renewal is under way, that one starts at the jittered point of
 * every life, and that failures are retried ever more slowly, but never later than the retry limit.
 *
 * <pre>
 *              time ≥ renewal point
 *    WAITING ───────────────────────► RENEWING ──── renewed ────► WAITING
 *                                      │   ▲
 *             failed or timed out      ▼   │ time ≥ retry point
 *                                    BACKING_OFF ── renewed (late) ──► WAITING
 * </pre>
 *
 * <p>It knows no clock and no thread: the time is passed in and may only go on; jitter comes from
 * the random source passed in. Owned by one thread.
 */
public final class RenewalState {
  /** Where a renewal stands. */
  public enum Phase {
    /** The certificate is fresh enough. */
    WAITING,
    /** A renewal was asked for and not answered yet. */
    RENEWING,
    /** The last renewal failed; the next is due at the deadline. */
    BACKING_OFF
  }

  private final RenewalSchedule schedule;
  private final RandomGenerator random;
  private Phase phase = Phase.WAITING;
  private Instant deadline;
  private int failures;

  /**
   * Starts with a certificate.
   *
   * @param schedule when to renew
   * @param random where jitter comes from
   * @param notBefore where the certificate's validity starts
   * @param notAfter where it ends
   */
  public RenewalState(
      RenewalSchedule schedule, RandomGenerator random, Instant notBefore, Instant notAfter) {
    this.schedule = schedule;
    this.random = random;
    this.deadline = schedule.renewalPoint(notBefore, notAfter, random.nextDouble());
  }

  /**
   * Lets time pass.
   *
   * @param now the time
   * @return whether a renewal has to start now
   */
  public boolean handleTime(Instant now) {
    if (now.isBefore(deadline)) {
      return false;
    }
    if (phase == Phase.RENEWING) {
      handleFailed(now);
      return false;
    }
    phase = Phase.RENEWING;
    deadline = now.plus(schedule.attemptTimeout());
    return true;
  }

  /**
   * A renewal succeeded, in time or late.
   *
   * @param notBefore where the new certificate's validity starts
   * @param notAfter where it ends
   */
  public void handleRenewed(Instant notBefore, Instant notAfter) {
    phase = Phase.WAITING;
    failures = 0;
    deadline = schedule.renewalPoint(notBefore, notAfter, random.nextDouble());
  }

  /**
   * The renewal under way failed. In another phase it says nothing new and changes nothing.
   *
   * @param now the time
   */
  public void handleFailed(Instant now) {
    if (phase == Phase.RENEWING) {
      failures++;
      phase = Phase.BACKING_OFF;
      deadline = now.plus(schedule.retryDelay(failures, random.nextDouble()));
    }
  }

  /**
   * When {@link #handleTime} has to be called next.
   *
   * @return the moment
   */
  public Instant nextDeadline() {
    return deadline;
  }

  /**
   * Where the renewal stands.
   *
   * @return the phase
   */
  public Phase phase() {
    return phase;
  }

  /**
   * How many renewals failed since the last that succeeded.
   *
   * @return the number
   */
  public int failures() {
    return failures;
  }
}
