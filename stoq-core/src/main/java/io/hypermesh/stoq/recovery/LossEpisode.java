package io.hypermesh.stoq.recovery;

/**
 * Whether the last congestion event was one: it was not, if every packet taken for lost since has
 * arrived after all (RFC 9438, 4.9). Owned by the connection's thread.
 *
 * <pre>
 *             loss of a packet sent after the episode began
 *   none ─────────────────────────────────────────────────────► open
 *    ▲                                                           │ │
 *    ├──────────────── all of its losses arrived: spurious ──────┘ │
 *    └── a mark, persistent congestion, a loss forgotten: real ────┘
 * </pre>
 */
final class LossEpisode {
  private static final long NEVER = Long.MIN_VALUE;

  private int number;
  private long startNanos = NEVER;
  private boolean open;
  private int missing;

  /** The episode that is open, or was last. */
  int number() {
    return number;
  }

  /**
   * A packet was lost.
   *
   * @return whether an episode begins with it
   */
  boolean onLost(long timeSentNanos, long nowNanos) {
    boolean begins = startNanos == NEVER || timeSentNanos > startNanos;
    if (begins) {
      number++;
      startNanos = nowNanos;
      open = true;
      missing = 0;
    }
    missing++;
    return begins;
  }

  /** A congestion mark: congestion is beyond doubt. */
  void onMark(long timeSentNanos, long nowNanos) {
    if (startNanos == NEVER || timeSentNanos > startNanos) {
      number++;
      startNanos = nowNanos;
      missing = 0;
    }
    open = false;
  }

  /**
   * A packet that was lost in this episode has arrived.
   *
   * @return whether the episode turns out to be spurious with it
   */
  boolean onArrived(int episode) {
    if (episode != number || !open) {
      return false;
    }
    missing--;
    if (missing > 0) {
      return false;
    }
    // What is lost from now on is another matter, even if it was sent before.
    startNanos = NEVER;
    open = false;
    return true;
  }

  /** A packet that was lost in this episode won't be waited for any longer. */
  void onForgotten(int episode) {
    if (episode == number) {
      open = false;
    }
  }

  /** The path is another, or persistently congested. */
  void close() {
    open = false;
    startNanos = NEVER;
  }
}
