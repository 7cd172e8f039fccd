package io.hypermesh.stoq;

import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Lets one thread wait for something that the agent's thread raises. A counter, so that what is
 * raised between looking and waiting isn't missed:
 *
 * <pre>{@code
 * int seen = signal.count();
 * if (nothing to do yet) signal.await(seen, ...);   // returns at once if raised since
 * }</pre>
 */
final class Signal {
  private final AtomicInteger count = new AtomicInteger();
  private volatile @Nullable Thread waiter;

  /** How often this was raised. */
  int count() {
    return count.get();
  }

  /** Wakes the waiter, if there is one. */
  void raise() {
    count.incrementAndGet();
    Thread waiting = waiter;
    if (waiting != null) {
      LockSupport.unpark(waiting);
    }
  }

  /**
   * Waits until this is raised after it had been raised {@code seen} times.
   *
   * @param attempt what the caller tries, for the exceptions
   * @param timeout zero for no limit
   * @throws StoqTimeoutException where the time is up
   * @throws InterruptedIOException where the thread was interrupted; it still is
   */
  void await(int seen, String attempt, Duration timeout)
      throws StoqTimeoutException, InterruptedIOException {
    long startedAtNanos = System.nanoTime();
    long timeoutNanos = timeout.isZero() ? Long.MAX_VALUE : timeout.toNanos();
    waiter = Thread.currentThread();
    try {
      while (count.get() == seen) {
        if (Thread.currentThread().isInterrupted()) {
          throw new InterruptedIOException(
              "couldn't " + attempt + " because the thread was interrupted");
        }
        long remainingNanos = timeoutNanos - (System.nanoTime() - startedAtNanos);
        if (remainingNanos <= 0) {
          throw new StoqTimeoutException(attempt, timeout);
        }
        LockSupport.parkNanos(this, remainingNanos);
      }
    } finally {
      waiter = null;
    }
  }
}
