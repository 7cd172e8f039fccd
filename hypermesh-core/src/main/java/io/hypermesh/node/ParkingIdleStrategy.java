package io.hypermesh.node;

import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.agrona.concurrent.IdleStrategy;
import org.jspecify.annotations.Nullable;

/**
 * Lets an agent's thread sleep until its next deadline or until somebody has something for it.
 *
 * <p>A wake-up that comes between the agent's last look and its sleep is not lost: the thread's
 * permit is set then, and the sleep ends at once.
 */
final class ParkingIdleStrategy implements IdleStrategy {
  /**
   * The longest sleep, in case a deadline is far off: a bound on what a mistake here could cost.
   */
  private static final long SLEEP_NANOS_MAX = 250_000_000;

  private final LongSupplier nanosUntilDeadline;
  private volatile @Nullable Thread sleeper;

  /**
   * @param nanosUntilDeadline how long there is nothing to do unless something arrives
   */
  ParkingIdleStrategy(LongSupplier nanosUntilDeadline) {
    this.nanosUntilDeadline = nanosUntilDeadline;
  }

  /** The calling thread is the one that sleeps from now on. */
  void onStart() {
    sleeper = Thread.currentThread();
  }

  /** Ends the present or the next sleep. Any thread. */
  void wakeUp() {
    LockSupport.unpark(sleeper);
  }

  @Override
  public void idle(int workCount) {
    if (workCount == 0) {
      idle();
    }
  }

  @Override
  public void idle() {
    long nanos = Math.min(nanosUntilDeadline.getAsLong(), SLEEP_NANOS_MAX);
    if (nanos > 0) {
      LockSupport.parkNanos(this, nanos);
    }
  }

  @Override
  public void reset() {
    // Nothing is kept from one sleep to the next.
  }

  @Override
  public String alias() {
    return "parking";
  }
}
