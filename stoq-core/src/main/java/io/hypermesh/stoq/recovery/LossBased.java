package io.hypermesh.stoq.recovery;

/**
 * What controllers have in common that take a loss for the sign of a full queue (RFC 9002, 7 and
 * appendix B): slow start, recovery periods, limits of the window. Owned by the connection's
 * thread.
 *
 * <pre>
 *                    loss, mark                  a packet sent in
 *   slow start ──────────────► recovery period ─────recovery acked────► congestion avoidance
 *       ▲                          ▲    │                                     │
 *       └── persistent congestion ─┼────┘◄──────── loss, mark ────────────────┘
 * </pre>
 *
 * <p>A congestion event that turns out to be spurious, every packet having arrived after all, is
 * undone: window, threshold and the growth of congestion avoidance become what they were (RFC 9438,
 * 4.9.2).
 */
abstract sealed class LossBased implements CongestionController permits NewReno, Cubic {
  static final int MINIMUM_WINDOW_DATAGRAMS = 2;

  /** No window grows beyond: 100 Gbit/s over a third of a second. */
  static final long WINDOW_BYTES_MAX = 1L << 32;

  private static final int INITIAL_WINDOW_DATAGRAMS = 10;
  private static final int INITIAL_WINDOW_BYTES = 14_720;

  /** How much of the window may stay unused while it still counts as used to the full. */
  private static final int SLACK_DATAGRAMS = 3;

  /** After a pause slow start goes up to the window that there was, less this part of it. */
  private static final int RESTART_DIVISOR = 4;

  static final long NEVER = Long.MIN_VALUE;

  private int maxDatagramSize;
  private long windowBytes;

  /** What the window has grown by beyond whole bytes. */
  private double windowFraction;

  private long slowStartThresholdBytes = Long.MAX_VALUE;
  private long recoveryStartNanos = NEVER;
  private boolean recovering;

  // Before the last congestion event

  private long undoWindowBytes;
  private long undoThresholdBytes;

  LossBased(int maxDatagramSize) {
    this.maxDatagramSize = maxDatagramSize;
    windowBytes = initialWindow(maxDatagramSize);
  }

  /** The initial window of RFC 9002, 7.2. */
  static long initialWindow(int maxDatagramSize) {
    return Math.min(
        (long) INITIAL_WINDOW_DATAGRAMS * maxDatagramSize,
        Math.max(INITIAL_WINDOW_BYTES, minimumWindow(maxDatagramSize)));
  }

  static long minimumWindow(int maxDatagramSize) {
    return (long) MINIMUM_WINDOW_DATAGRAMS * maxDatagramSize;
  }

  // ---- What differs ----

  /** How much the acknowledged bytes let the window grow in slow start. */
  abstract double slowStartIncrease(long ackedBytes);

  /** How much they let it grow in congestion avoidance. */
  abstract double avoidanceIncrease(long ackedBytes, DeliveryRate rate, long nowNanos);

  /** What the window is multiplied by in a congestion event. */
  abstract double decrease();

  /** The window is going to be reduced: it is still what it was. */
  abstract void onReduction();

  /** The window has become what it was before the last congestion event. */
  abstract void onReductionUndone();

  /** Whatever congestion avoidance has learned is void. */
  abstract void onReset();

  /** An acknowledgement came; the window was used, or not, since the one before. */
  void onTick(boolean windowUsed, long nowNanos) {}

  // ---- What is the same ----

  @Override
  public final long windowBytes() {
    return windowBytes;
  }

  final int maxDatagramSize() {
    return maxDatagramSize;
  }

  @Override
  public final long slowStartThresholdBytes() {
    return slowStartThresholdBytes;
  }

  final boolean isSlowStart() {
    return windowBytes < slowStartThresholdBytes;
  }

  /** The window is the one to start with, but slow start ends near where the window was. */
  @Override
  public final void restart(long windowBytesBefore, long thresholdBytesBefore) {
    windowBytes = Math.min(windowBytes, windowBytesBefore);
    slowStartThresholdBytes =
        Math.max(thresholdBytesBefore, windowBytesBefore / RESTART_DIVISOR * (RESTART_DIVISOR - 1));
  }

  /** Slow start is over without a congestion event. */
  final void endSlowStart() {
    slowStartThresholdBytes = windowBytes;
  }

  @Override
  public Phase phase() {
    return recovering
        ? Phase.RECOVERY
        : isSlowStart() ? Phase.SLOW_START : Phase.CONGESTION_AVOIDANCE;
  }

  @Override
  public final void onPacketAcked(SentPacket packet, DeliveryRate rate, long nowNanos) {
    boolean windowUsed = isWindowUsed(rate.inFlightBeforeBytes());
    onTick(windowUsed, nowNanos);
    if (isBeforeRecovery(packet.timeSentNanos())) {
      return;
    }
    recovering = false;
    if (!windowUsed) {
      return;
    }
    long acked = packet.sizeBytes();
    grow(isSlowStart() ? slowStartIncrease(acked) : avoidanceIncrease(acked, rate, nowNanos));
  }

  private void grow(double bytes) {
    windowFraction += bytes;
    long whole = (long) windowFraction;
    windowFraction -= (double) whole;
    windowBytes = Math.min(WINDOW_BYTES_MAX, windowBytes + whole);
  }

  private boolean isBeforeRecovery(long timeSentNanos) {
    return recoveryStartNanos != NEVER && timeSentNanos <= recoveryStartNanos;
  }

  private boolean isWindowUsed(long bytesInFlight) {
    // In slow start the window doubles, so that half of it in flight is a round trip's worth.
    return (isSlowStart() && bytesInFlight > windowBytes / 2)
        || bytesInFlight + (long) SLACK_DATAGRAMS * maxDatagramSize >= windowBytes;
  }

  @Override
  public final void onCongestionEvent(long timeSentNanos, long nowNanos) {
    if (isBeforeRecovery(timeSentNanos)) {
      return;
    }
    undoWindowBytes = windowBytes;
    undoThresholdBytes = slowStartThresholdBytes;
    onReduction();
    recoveryStartNanos = nowNanos;
    recovering = true;
    long reduced = (long) ((double) windowBytes * decrease());
    slowStartThresholdBytes = Math.max(reduced, minimumWindow(maxDatagramSize));
    windowBytes = slowStartThresholdBytes;
    windowFraction = 0;
  }

  @Override
  public final void onEcnCe(long timeSentNanos, DeliveryRate rate, long nowNanos) {
    onCongestionEvent(timeSentNanos, nowNanos);
  }

  @Override
  public final void onSpuriousCongestion(DeliveryRate rate, long nowNanos) {
    windowBytes = Math.max(windowBytes, undoWindowBytes);
    slowStartThresholdBytes = Math.max(slowStartThresholdBytes, undoThresholdBytes);
    recoveryStartNanos = NEVER;
    recovering = false;
    onReductionUndone();
  }

  @Override
  public final void onPersistentCongestion(long nowNanos) {
    windowBytes = minimumWindow(maxDatagramSize);
    endRecovery();
  }

  private void endRecovery() {
    windowFraction = 0;
    recoveryStartNanos = NEVER;
    recovering = false;
    undoWindowBytes = 0;
    undoThresholdBytes = 0;
    onReset();
  }

  @Override
  public final void onMaxDatagramSize(int bytes) {
    maxDatagramSize = bytes;
    windowBytes = Math.max(windowBytes, minimumWindow(bytes));
  }
}
