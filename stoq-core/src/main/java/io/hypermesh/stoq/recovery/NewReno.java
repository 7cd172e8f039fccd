package io.hypermesh.stoq.recovery;

/**
 * NewReno as RFC 9002, 7 and appendix B have it. Owned by the connection's thread.
 *
 * <pre>
 *                    loss                       a packet sent in
 *   slow start ──────────────► recovery period ─────recovery acked────► congestion avoidance
 *       ▲                          ▲    │                                     │
 *       └── persistent congestion ─┼────┘◄──────────── loss ──────────────────┘
 * </pre>
 */
public final class NewReno implements CongestionController {
  private static final int INITIAL_WINDOW_DATAGRAMS = 10;
  private static final int INITIAL_WINDOW_BYTES = 14_720;
  private static final int MINIMUM_WINDOW_DATAGRAMS = 2;

  /** How much of the window may stay unused while it still counts as used to the full. */
  private static final int SLACK_DATAGRAMS = 3;

  private static final long NEVER = Long.MIN_VALUE;

  private int maxDatagramSize;
  private long windowBytes;
  private long slowStartThresholdBytes = Long.MAX_VALUE;
  private long recoveryStartNanos = NEVER;

  /** Bytes acknowledged in congestion avoidance that have not made the window grow yet. */
  private long acknowledgedBytes;

  /**
   * Starts with the initial window of RFC 9002, 7.2.
   *
   * @param maxDatagramSize bytes of UDP payload
   */
  public NewReno(int maxDatagramSize) {
    this.maxDatagramSize = maxDatagramSize;
    windowBytes = initialWindow(maxDatagramSize);
  }

  private static long initialWindow(int maxDatagramSize) {
    return Math.min(
        (long) INITIAL_WINDOW_DATAGRAMS * maxDatagramSize,
        Math.max(INITIAL_WINDOW_BYTES, minimumWindow(maxDatagramSize)));
  }

  private static long minimumWindow(int maxDatagramSize) {
    return (long) MINIMUM_WINDOW_DATAGRAMS * maxDatagramSize;
  }

  @Override
  public long windowBytes() {
    return windowBytes;
  }

  /** The window from which on it grows slowly; the largest long before the first loss. */
  public long slowStartThresholdBytes() {
    return slowStartThresholdBytes;
  }

  @Override
  public void onPacketAcked(long sizeBytes, long timeSentNanos, long bytesInFlightBefore) {
    boolean inRecovery = recoveryStartNanos != NEVER && timeSentNanos <= recoveryStartNanos;
    if (inRecovery || !isWindowUsed(bytesInFlightBefore)) {
      return;
    }
    if (windowBytes < slowStartThresholdBytes) {
      windowBytes += sizeBytes;
      return;
    }
    // One datagram for each window acknowledged, without losing fractions.
    acknowledgedBytes += sizeBytes;
    if (acknowledgedBytes >= windowBytes) {
      acknowledgedBytes -= windowBytes;
      windowBytes += maxDatagramSize;
    }
  }

  private boolean isWindowUsed(long bytesInFlight) {
    // In slow start the window doubles, so that half of it in flight is a round trip's worth.
    boolean slowStart = windowBytes < slowStartThresholdBytes;
    return (slowStart && bytesInFlight > windowBytes / 2)
        || bytesInFlight + (long) SLACK_DATAGRAMS * maxDatagramSize >= windowBytes;
  }

  @Override
  public void onCongestionEvent(long timeSentNanos, long nowNanos) {
    if (recoveryStartNanos != NEVER && timeSentNanos <= recoveryStartNanos) {
      return;
    }
    recoveryStartNanos = nowNanos;
    slowStartThresholdBytes = Math.max(windowBytes / 2, minimumWindow(maxDatagramSize));
    windowBytes = slowStartThresholdBytes;
    acknowledgedBytes = 0;
  }

  @Override
  public void onPersistentCongestion() {
    windowBytes = minimumWindow(maxDatagramSize);
    recoveryStartNanos = NEVER;
    acknowledgedBytes = 0;
  }

  @Override
  public void onMaxDatagramSize(int bytes) {
    maxDatagramSize = bytes;
    windowBytes = Math.max(windowBytes, minimumWindow(bytes));
  }
}
