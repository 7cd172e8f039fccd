package io.hypermesh.stoq.recovery;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

/**
 * The round-trip time of a path: what it was last, at least, on average, and how much it varies
 * (RFC 9002, 5). All times in nanoseconds. Owned by the connection's thread.
 */
public final class RttEstimator {
  /** The round-trip time assumed before the first sample: 333 ms. */
  public static final long INITIAL_RTT_NANOS = TimeUnit.MILLISECONDS.toNanos(333);

  /** The smallest interval that timers are trusted with: 1 ms. */
  public static final long GRANULARITY_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private boolean sampled;
  private long latestNanos;
  private long minNanos;
  private long smoothedNanos = INITIAL_RTT_NANOS;
  private long variationNanos = INITIAL_RTT_NANOS / 2;
  private long firstSampleAtNanos;

  /** Makes an estimator without samples. */
  public RttEstimator() {}

  /**
   * What an ACK frame's Ack Delay field means.
   *
   * @param field as it stood on the wire
   * @param exponent the sender's ack_delay_exponent, 0 to 20
   * @return nanoseconds; the largest long where there would be more
   */
  public static long ackDelayNanos(long field, int exponent) {
    long shifted = field << exponent;
    if (shifted >>> exponent != field) {
      return Long.MAX_VALUE;
    }
    return TimeUnit.MICROSECONDS.toNanos(shifted);
  }

  /**
   * Takes a sample (RFC 9002, 5.3).
   *
   * @param latestNanos from sending the largest acknowledged packet to now
   * @param ackDelayNanos how long the peer says it withheld the acknowledgement, already limited to
   *     its max_ack_delay once the handshake is confirmed
   */
  void update(long latestNanos, long ackDelayNanos, long nowNanos) {
    this.latestNanos = latestNanos;
    if (!sampled) {
      sampled = true;
      firstSampleAtNanos = nowNanos;
      minNanos = latestNanos;
      smoothedNanos = latestNanos;
      variationNanos = latestNanos / 2;
      return;
    }
    minNanos = Math.min(minNanos, latestNanos);
    // A delay that would take the sample below the minimum is not believed.
    long adjusted =
        latestNanos - minNanos >= ackDelayNanos ? latestNanos - ackDelayNanos : latestNanos;
    long deviation = Math.abs(smoothedNanos - adjusted);
    variationNanos = (3 * variationNanos + deviation) / 4;
    smoothedNanos = (7 * smoothedNanos + adjusted) / 8;
  }

  /** Nothing got through for long: the path may be another, with a larger minimum (5.2). */
  void onPersistentCongestion() {
    minNanos = latestNanos;
  }

  /** Whether there has been a sample. */
  public boolean hasSample() {
    return sampled;
  }

  /** When the first sample was taken; meaningless before. */
  long firstSampleAtNanos() {
    return firstSampleAtNanos;
  }

  /** The last sample; 0 before the first. */
  public long latestNanos() {
    return latestNanos;
  }

  /** The smallest sample; 0 before the first. */
  public long minNanos() {
    return minNanos;
  }

  /** The smoothed round-trip time; {@link #INITIAL_RTT_NANOS} before the first sample. */
  public long smoothedNanos() {
    return smoothedNanos;
  }

  /** The mean deviation. */
  public long variationNanos() {
    return variationNanos;
  }

  /** The probe timeout without the peer's delay and without backoff (RFC 9002, 6.2.1). */
  public long probeTimeoutNanos() {
    return smoothedNanos + Math.max(4 * variationNanos, GRANULARITY_NANOS);
  }

  /**
   * How long after its sending a packet counts as lost once a later one is acknowledged (6.1.2).
   *
   * @param eighths of a round trip
   */
  long lossDelayNanos(int eighths) {
    long longest = Math.max(latestNanos, smoothedNanos);
    return Math.max(longest + longest / 8 * (eighths - 8), GRANULARITY_NANOS);
  }

  // ---- Hibernation ----

  /** Writes what {@link #restore} needs. */
  void save(ByteBuffer out) {
    out.put((byte) (sampled ? 1 : 0));
    out.putLong(latestNanos).putLong(minNanos).putLong(smoothedNanos);
    out.putLong(variationNanos).putLong(firstSampleAtNanos);
  }

  void restore(ByteBuffer in) {
    sampled = in.get() != 0;
    latestNanos = in.getLong();
    minNanos = in.getLong();
    smoothedNanos = in.getLong();
    variationNanos = in.getLong();
    firstSampleAtNanos = in.getLong();
  }
}
