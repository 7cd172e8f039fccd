package io.hypermesh.stoq.recovery;

import java.util.concurrent.TimeUnit;

/**
 * Spreads a window over a round trip (RFC 9002, 7.7): a bucket that fills at 1.25 windows a
 * smoothed round-trip time and holds a burst. Owned by the connection's thread.
 */
final class Pacer {
  /** Datagrams that may leave back to back on any path: the initial window. */
  static final int BURST_DATAGRAMS_MIN = 10;

  /** Datagrams that may leave back to back on the fastest path. */
  static final int BURST_DATAGRAMS_MAX = 256;

  /** On fast paths a burst is what this much time is worth: timers are no finer. */
  private static final long BURST_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  private static final long NEVER = Long.MIN_VALUE;

  private int maxDatagramSize;
  private long budgetBytes;
  private long refilledAtNanos = NEVER;

  Pacer(int maxDatagramSize) {
    this.maxDatagramSize = maxDatagramSize;
    budgetBytes = (long) BURST_DATAGRAMS_MIN * maxDatagramSize;
  }

  void onMaxDatagramSize(int bytes) {
    maxDatagramSize = bytes;
  }

  /** Takes a packet's bytes out; probes may overdraw. */
  void onPacketSent(int sizeBytes, long windowBytes, long smoothedRttNanos, long nowNanos) {
    refill(windowBytes, smoothedRttNanos, nowNanos);
    budgetBytes -= sizeBytes;
  }

  /** When a packet of this size may leave: now, or later. */
  long earliestSendNanos(int sizeBytes, long windowBytes, long smoothedRttNanos, long nowNanos) {
    refill(windowBytes, smoothedRttNanos, nowNanos);
    long missing = sizeBytes - budgetBytes;
    if (missing <= 0) {
      return nowNanos;
    }
    return nowNanos
        + (long) Math.ceil((double) missing / bytesPerNano(windowBytes, smoothedRttNanos));
  }

  private void refill(long windowBytes, long smoothedRttNanos, long nowNanos) {
    if (refilledAtNanos == NEVER) {
      refilledAtNanos = nowNanos;
      return;
    }
    long elapsed = nowNanos - refilledAtNanos;
    // Under a microsecond the credit would be rounded away, again and again.
    if (elapsed >= TimeUnit.MICROSECONDS.toNanos(1)) {
      double credit = (double) elapsed * bytesPerNano(windowBytes, smoothedRttNanos);
      double burst = (double) BURST_NANOS * bytesPerNano(windowBytes, smoothedRttNanos);
      burst = Math.max(burst, (double) BURST_DATAGRAMS_MIN * maxDatagramSize);
      burst = Math.min(burst, (double) BURST_DATAGRAMS_MAX * maxDatagramSize);
      budgetBytes = (long) Math.min(burst, (double) budgetBytes + credit);
      refilledAtNanos = nowNanos;
    }
  }

  private static double bytesPerNano(long windowBytes, long smoothedRttNanos) {
    return 1.25 * (double) windowBytes / (double) Math.max(1, smoothedRttNanos);
  }
}
