package io.hypermesh.stoq.recovery;

import java.util.concurrent.TimeUnit;

/**
 * HyStart++ (RFC 9406): leaves slow start before it overflows the queue, when the round-trip time
 * begins to rise, and takes it back if it falls again. Owned by the connection's thread.
 *
 * <pre>
 *                the round's smallest round-trip time is larger by the threshold
 *   slow start ─────────────────────────────────────────► conservative slow start
 *       ▲                                                    │          │
 *       └──────── it is smaller than when this began ────────┘          │ five rounds
 *                                                                       ▼
 *                                                          congestion avoidance
 * </pre>
 *
 * <p>Packets being paced, the growth by one acknowledgement is not limited (RFC 9406, 4.3: L is
 * infinite).
 */
final class HyStart {
  static final long THRESHOLD_NANOS_MIN = TimeUnit.MILLISECONDS.toNanos(4);
  static final long THRESHOLD_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(16);
  static final int THRESHOLD_DIVISOR = 8;
  static final int SAMPLES = 8;
  static final int GROWTH_DIVISOR = 4;
  static final int ROUNDS = 5;

  private static final long NONE = Long.MAX_VALUE;

  private long roundEndBytes;
  private long lastRoundMinNanos = NONE;
  private long roundMinNanos = NONE;
  private int samples;

  private boolean conservative;
  private long baselineNanos = NONE;
  private int rounds;

  /** Starts over. */
  void reset() {
    roundEndBytes = 0;
    lastRoundMinNanos = NONE;
    roundMinNanos = NONE;
    samples = 0;
    conservative = false;
    baselineNanos = NONE;
    rounds = 0;
  }

  /** Whether slow start is conservative now. */
  boolean isConservative() {
    return conservative;
  }

  /** How much the acknowledged bytes let the window grow. */
  double increase(long ackedBytes) {
    return conservative ? (double) ackedBytes / GROWTH_DIVISOR : (double) ackedBytes;
  }

  /**
   * An ACK frame was processed in slow start.
   *
   * @return whether slow start ends here
   */
  boolean onAck(DeliveryRate rate) {
    boolean ends = false;
    if (rate.priorDeliveredBytes() >= roundEndBytes) {
      roundEndBytes = rate.deliveredBytes();
      lastRoundMinNanos = roundMinNanos;
      roundMinNanos = NONE;
      samples = 0;
      if (conservative) {
        rounds++;
        ends = rounds >= ROUNDS;
      }
    }
    roundMinNanos = Math.min(roundMinNanos, rate.rttNanos());
    samples++;
    if (samples >= SAMPLES && lastRoundMinNanos != NONE) {
      judge();
    }
    return ends;
  }

  private void judge() {
    if (conservative) {
      if (roundMinNanos < baselineNanos) {
        conservative = false;
        baselineNanos = NONE;
      }
      return;
    }
    long threshold =
        Math.clamp(lastRoundMinNanos / THRESHOLD_DIVISOR, THRESHOLD_NANOS_MIN, THRESHOLD_NANOS_MAX);
    if (roundMinNanos >= lastRoundMinNanos + threshold) {
      conservative = true;
      baselineNanos = roundMinNanos;
      rounds = 0;
    }
  }
}
