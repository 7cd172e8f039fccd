package io.hypermesh.stoq.recovery;

import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * The narrowest link of a path, as a model: a rate, a queue of so many bytes that drops what
 * doesn't fit, a delay, and chance. Its rate may change, and it may swallow everything for a while.
 */
final class Bottleneck {
  /** What {@link #enter} says of a packet that doesn't come out. */
  static final long DROPPED = -1;

  private final Random random;
  private final long queueBytesMax;
  private final long delayNanos;
  private double bytesPerNano;
  private double loss;
  private long markAboveBytes = Long.MAX_VALUE;
  private long holeFromNanos = Long.MAX_VALUE;
  private long holeUntilNanos = Long.MAX_VALUE;
  private double jitterNanos;

  private double freeAtNanos;
  private boolean marked;
  private long deliveredBytes;
  private long arrivedPackets;
  private long droppedPackets;
  private double queueByteNanos;
  private long queueSamples;

  /**
   * @param bitsPerSecond its rate
   * @param delayNanos from the queue's end to the receiver
   * @param queueBytesMax what waits at most
   */
  Bottleneck(double bitsPerSecond, long delayNanos, long queueBytesMax, long seed) {
    this.random = new Random(seed);
    this.delayNanos = delayNanos;
    this.queueBytesMax = queueBytesMax;
    rate(bitsPerSecond);
  }

  void rate(double bitsPerSecond) {
    bytesPerNano = bitsPerSecond / 8 / TimeUnit.SECONDS.toNanos(1);
  }

  Bottleneck loss(double share) {
    loss = share;
    return this;
  }

  /** Marks packets that find so much waiting. */
  Bottleneck markAbove(long bytes) {
    markAboveBytes = bytes;
    return this;
  }

  /** Delays each packet by up to so much more, so that they overtake each other. */
  Bottleneck jitter(long nanos) {
    jitterNanos = nanos;
    return this;
  }

  /** Swallows everything between two times. */
  Bottleneck hole(long fromNanos, long untilNanos) {
    holeFromNanos = fromNanos;
    holeUntilNanos = untilNanos;
    return this;
  }

  /** A packet arrives; returns when it comes out at the other end, or {@link #DROPPED}. */
  long enter(int bytes, long nowNanos) {
    arrivedPackets++;
    double queued = queuedBytes(nowNanos);
    queueByteNanos += queued;
    queueSamples++;
    boolean hole = nowNanos >= holeFromNanos && nowNanos < holeUntilNanos;
    if (hole || queued + bytes > queueBytesMax || random.nextDouble() < loss) {
      droppedPackets++;
      return DROPPED;
    }
    marked = queued > markAboveBytes;
    freeAtNanos = Math.max((double) nowNanos, freeAtNanos) + bytes / bytesPerNano;
    deliveredBytes += bytes;
    return (long) (freeAtNanos + jitterNanos * random.nextDouble()) + delayNanos;
  }

  /** Whether the packet that entered last was marked. */
  boolean isMarked() {
    return marked;
  }

  double queuedBytes(long nowNanos) {
    return Math.max(0, freeAtNanos - (double) nowNanos) * bytesPerNano;
  }

  /** What packets found waiting, on average, since the last {@link #resetCounts}. */
  double averageQueueBytes() {
    return queueByteNanos / Math.max(1, queueSamples);
  }

  double lossShare() {
    return (double) droppedPackets / Math.max(1, arrivedPackets);
  }

  /** What has passed, as a share of what could have in so long a time. */
  double utilisation(long nanos) {
    return deliveredBytes / (bytesPerNano * nanos);
  }

  void resetCounts() {
    deliveredBytes = 0;
    arrivedPackets = 0;
    droppedPackets = 0;
    queueByteNanos = 0;
    queueSamples = 0;
  }
}
