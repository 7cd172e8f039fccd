package io.hypermesh.stoq.recovery;

/**
 * How late a packet may be before it counts as lost (RFC 9002, 6.1): three packets or an eighth of
 * a round trip, and more on a path that is seen to reorder. Grows with each packet that arrives
 * after it was taken for lost, within bounds; returns to the start when {@link #EPISODES_KEPT}
 * congestion events in a row were none of reordering's (as RFC 8985, 6.2 has it). Owned by the
 * connection's thread.
 */
final class ReorderingTolerance {
  /** Packets, unless the path reorders; RFC 9002, 6.1.1 asks for no less. */
  static final int PACKETS_MIN = Recovery.PACKET_THRESHOLD;

  /** Packets at most. */
  static final int PACKETS_MAX = 128;

  /** Eighths of a round trip, unless the path reorders (RFC 9002, 6.1.2). */
  static final int EIGHTHS_MIN = 9;

  /** Eighths of a round trip at most. */
  static final int EIGHTHS_MAX = 16;

  /** Congestion events without a late packet after which the tolerance is the least again. */
  static final int EPISODES_KEPT = 16;

  private static final long NEVER = Long.MIN_VALUE;

  private int packets = PACKETS_MIN;
  private int eighths = EIGHTHS_MIN;
  private int episodes;
  private long grownNanos = NEVER;

  /** How many packet numbers later an acknowledgement makes a packet lost. */
  int packets() {
    return packets;
  }

  /** How many eighths of a round trip after its sending a packet is lost. */
  int eighths() {
    return eighths;
  }

  /**
   * Packets have arrived that counted as lost.
   *
   * @param reordering how many numbers the latest one had been overtaken by
   * @param rttNanos the tolerance in time grows once in so long
   */
  void onSpurious(long reordering, long rttNanos, long nowNanos) {
    episodes = 0;
    packets = Math.clamp(reordering + 1, packets, PACKETS_MAX);
    if (grownNanos == NEVER || nowNanos - grownNanos >= rttNanos) {
      grownNanos = nowNanos;
      eighths = Math.min(eighths + 1, EIGHTHS_MAX);
    }
  }

  /** A congestion event begins. */
  void onEpisode() {
    episodes++;
    if (episodes > EPISODES_KEPT) {
      reset();
    }
  }

  /** The path is another. */
  void reset() {
    packets = PACKETS_MIN;
    eighths = EIGHTHS_MIN;
    episodes = 0;
    grownNanos = NEVER;
  }
}
