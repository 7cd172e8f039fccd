package io.hypermesh.stoq.recovery;

import java.util.concurrent.TimeUnit;

/**
 * Spreads packets over time (RFC 9002, 7.7): a bucket that fills at the pacing rate and holds a
 * burst. Owned by the connection's thread.
 *
 * <p>Who has to wait waits for a whole quantum, a millisecond's worth, so that fast paths need a
 * timer for each quantum instead of one for each packet. What a late timer has missed may be made
 * up for, up to a burst.
 */
final class Pacer {
  /** Datagrams that may leave back to back on any path: the initial window. */
  static final int BURST_DATAGRAMS_MIN = 10;

  /** Datagrams that may leave back to back on the fastest path. */
  static final int BURST_DATAGRAMS_MAX = 256;

  /** Bytes that are waited for at most: beyond, waiting longer saves no more timers worth it. */
  static final int QUANTUM_BYTES_MAX = 64 << 10;

  /** What is waited for, in time. */
  private static final double QUANTUM_SECONDS = 0.001;

  /** On fast paths a burst is what this much time is worth: timers are no finer. */
  private static final double BURST_SECONDS = 0.002;

  private static final double NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final long NEVER = Long.MIN_VALUE;

  private int maxDatagramSize;
  private long budgetBytes;
  private long refilledAtNanos = NEVER;

  /** Whether the bucket was found empty, and has not a quantum yet. */
  private boolean waiting;

  Pacer(int maxDatagramSize) {
    this.maxDatagramSize = maxDatagramSize;
    budgetBytes = (long) BURST_DATAGRAMS_MIN * maxDatagramSize;
  }

  void onMaxDatagramSize(int bytes) {
    maxDatagramSize = bytes;
  }

  /** Takes a packet's bytes out; probes may overdraw. */
  void onPacketSent(int sizeBytes, double bytesPerSecond, long nowNanos) {
    refill(bytesPerSecond, nowNanos);
    budgetBytes -= sizeBytes;
  }

  /** When a packet of this size may leave: now, or later. */
  long earliestSendNanos(int sizeBytes, double bytesPerSecond, long nowNanos) {
    refill(bytesPerSecond, nowNanos);
    long needed = waiting ? Math.max(sizeBytes, quantum(bytesPerSecond)) : sizeBytes;
    if (needed <= budgetBytes) {
      waiting = false;
      return nowNanos;
    }
    waiting = true;
    double missing = (double) (Math.max(sizeBytes, quantum(bytesPerSecond)) - budgetBytes);
    return nowNanos + (long) Math.ceil(missing * NANOS_PER_SECOND / bytesPerSecond);
  }

  /** Bytes that leave together: whole datagrams. */
  long quantum(double bytesPerSecond) {
    double bytes = Math.min(bytesPerSecond * QUANTUM_SECONDS, QUANTUM_BYTES_MAX);
    return Math.max(1, (long) bytes / maxDatagramSize) * maxDatagramSize;
  }

  private void refill(double bytesPerSecond, long nowNanos) {
    if (refilledAtNanos == NEVER) {
      refilledAtNanos = nowNanos;
      return;
    }
    long elapsed = nowNanos - refilledAtNanos;
    // Under a microsecond the credit would be rounded away, again and again.
    if (elapsed >= TimeUnit.MICROSECONDS.toNanos(1)) {
      double credit = (double) elapsed * bytesPerSecond / NANOS_PER_SECOND;
      double burst = BURST_SECONDS * bytesPerSecond;
      burst = Math.max(burst, (double) BURST_DATAGRAMS_MIN * maxDatagramSize);
      burst = Math.min(burst, (double) BURST_DATAGRAMS_MAX * maxDatagramSize);
      budgetBytes = (long) Math.min(burst, (double) budgetBytes + credit);
      refilledAtNanos = nowNanos;
    }
  }
}
