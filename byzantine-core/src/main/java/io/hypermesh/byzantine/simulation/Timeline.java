package io.hypermesh.byzantine.simulation;

import java.util.Comparator;
import java.util.PriorityQueue;

/** Virtual time: what is to happen, in order; ties in the order in which they were scheduled. */
final class Timeline {
  private final PriorityQueue<Step> pending =
      new PriorityQueue<>(Comparator.comparingLong(Step::atNanos).thenComparingLong(Step::order));
  private long nowNanos;
  private long order;
  private long steps;

  private record Step(long atNanos, long order, Runnable action) {}

  long nowNanos() {
    return nowNanos;
  }

  long steps() {
    return steps;
  }

  void schedule(long atNanos, Runnable action) {
    pending.add(new Step(atNanos, order++, action));
  }

  /** Does the next thing unless it is due only after {@code endNanos}; whether it did. */
  boolean stepBefore(long endNanos) {
    Step next = pending.peek();
    if (next == null || next.atNanos() > endNanos) {
      return false;
    }
    pending.remove();
    nowNanos = next.atNanos();
    steps++;
    next.action().run();
    return true;
  }

  void runTo(long endNanos) {
    boolean more = true;
    while (more) {
      more = stepBefore(endNanos);
    }
    nowNanos = endNanos;
  }
}
