package io.hypermesh.stoq.recovery;

/**
 * Looks for a stretch of time in which nothing got through (RFC 9002, 7.6): two ack-eliciting
 * packets lost, sent far enough apart, and nothing acknowledged that was sent between them. One
 * space's packets are looked at alone, which the RFC permits. Owned by the connection's thread.
 *
 * <p>Is told the fate of each packet of its space in the order of packet numbers.
 */
final class PersistentCongestion {
  /** How many probe timeouts the stretch has to last. */
  static final int THRESHOLD = 3;

  private boolean running;
  private long firstSentNanos;
  private long longestNanos;

  /** A packet was acknowledged: whatever was lost before belongs to another stretch. */
  void onAcked() {
    running = false;
  }

  /** An ack-eliciting packet was lost. */
  void onLost(long timeSentNanos) {
    if (!running) {
      running = true;
      firstSentNanos = timeSentNanos;
    }
    longestNanos = Math.max(longestNanos, timeSentNanos - firstSentNanos);
  }

  /**
   * Whether a stretch that grew since the last call is longer than this; if so, the next one starts
   * afresh.
   */
  boolean isEstablished(long durationNanos) {
    boolean established = longestNanos > durationNanos;
    longestNanos = 0;
    running &= !established;
    return established;
  }
}
