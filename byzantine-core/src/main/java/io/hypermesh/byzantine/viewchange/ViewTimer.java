package io.hypermesh.byzantine.viewchange;

/**
 * How long a replica bears a view without progress. The time doubles with each view change in a
 * row, so that it outgrows the network's delay, up to a cap, so that an outage of hours does not
 * take hours to recover from; progress sets it back.
 */
public final class ViewTimer {
  private final long timeoutNanos;
  private final int doublingsMax;
  private int doublings;

  /** A timer that starts with that time and doubles it at most so often. */
  public ViewTimer(long timeoutNanos, int doublingsMax) {
    this.timeoutNanos = timeoutNanos;
    this.doublingsMax = doublingsMax;
  }

  /** A view ended without progress. */
  public void viewFailed() {
    doublings = Math.min(doublings + 1, doublingsMax);
  }

  /** Something was executed. */
  public void progressed() {
    doublings = 0;
  }

  /** The time that a view gets now. */
  public long timeoutNanos() {
    return timeoutNanos << doublings;
  }
}
