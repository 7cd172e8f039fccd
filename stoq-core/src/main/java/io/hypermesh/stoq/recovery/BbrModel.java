package io.hypermesh.stoq.recovery;

import java.util.concurrent.TimeUnit;

/**
 * What {@link Bbr} knows of the path (draft-ietf-ccwg-bbr, "Updating Network Path Model
 * Parameters"): its bandwidth and round-trip time, what may be in flight, and how much its
 * acknowledgements bunch.
 *
 * <p>There are two time scales. In the long term: the largest bandwidth of the last two probing
 * cycles, the smallest round-trip time of ten seconds, and how much in flight was too much when it
 * was tried. In the short term, until the next probe: what losses say. Allocates nothing. Owned by
 * the connection's thread.
 */
final class BbrModel {
  static final long INFINITE = Long.MAX_VALUE;

  /** What a round with losses leaves, at least. */
  static final double BETA = 0.7;

  /** More lost than this share of what was in flight means that it was too much. */
  static final double LOSS_THRESHOLD = 0.02;

  /** What is left free for others below what was too much. */
  static final double HEADROOM = 0.15;

  static final long MIN_RTT_FILTER_NANOS = TimeUnit.SECONDS.toNanos(10);
  static final long PROBE_RTT_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(5);
  static final int EXTRA_ACKED_ROUNDS = 10;
  static final int FULL_BANDWIDTH_ROUNDS = 3;
  static final double FULL_BANDWIDTH_GROWTH = 1.25;

  private static final double NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

  // Round trips, by packets

  long roundCount;
  boolean roundStart;
  long roundsSinceProbeUp;
  private long nextRoundDeliveredBytes;

  // Bandwidth, in bytes a second

  /** Of the cycle before, and of this one. */
  private long previousCycleBandwidth;

  private long cycleBandwidth;
  long shortTermBandwidth = INFINITE;
  long bandwidth;

  // In flight

  long longTermInFlightBytes = INFINITE;
  long shortTermInFlightBytes = INFINITE;

  // What losses tell

  private long latestBandwidth;
  long latestInFlightBytes;
  long lossRoundDeliveredBytes;
  boolean lossRoundStart;
  boolean lossInRound;

  // The smallest round-trip time

  long minRttNanos = INFINITE;
  private long minRttAtNanos;
  private long probeRttMinNanos = INFINITE;
  long probeRttMinAtNanos;
  boolean probeRttExpired;

  // Bunching of acknowledgements

  private final MaxFilter extraAcked = new MaxFilter();
  private long extraAckedDeliveredBytes;
  long extraAckedSinceNanos;

  // Whether the bandwidth still grows

  boolean fullBandwidthReached;
  boolean fullBandwidthNow;
  private long fullBandwidth;
  private int fullBandwidthCount;

  private boolean begun;

  /** Starts the clocks, with the first packet. */
  void begin(long nowNanos) {
    if (!begun) {
      begun = true;
      minRttAtNanos = nowNanos;
      probeRttMinAtNanos = nowNanos;
      extraAckedSinceNanos = nowNanos;
    }
  }

  // ---- Each acknowledgement ----

  void updateLatestSignals(DeliveryRate rate) {
    lossRoundStart = false;
    latestBandwidth = Math.max(latestBandwidth, rate.bytesPerSecond());
    latestInFlightBytes = Math.max(latestInFlightBytes, rate.sampleBytes());
    if (rate.priorDeliveredBytes() >= lossRoundDeliveredBytes) {
      lossRoundDeliveredBytes = rate.deliveredBytes();
      lossRoundStart = true;
    }
  }

  void advanceLatestSignals(DeliveryRate rate) {
    if (lossRoundStart) {
      latestBandwidth = rate.bytesPerSecond();
      latestInFlightBytes = rate.sampleBytes();
    }
  }

  void updateMaxBandwidth(DeliveryRate rate) {
    roundStart = rate.priorDeliveredBytes() >= nextRoundDeliveredBytes;
    if (roundStart) {
      startRound(rate);
      roundCount++;
      roundsSinceProbeUp++;
    }
    long sample = rate.bytesPerSecond();
    if (sample > 0 && (sample >= maxBandwidth() || !rate.isSampleApplicationLimited())) {
      cycleBandwidth = Math.max(cycleBandwidth, sample);
    }
  }

  void startRound(DeliveryRate rate) {
    nextRoundDeliveredBytes = rate.deliveredBytes();
  }

  /** The largest bandwidth of this cycle and the one before. */
  long maxBandwidth() {
    return Math.max(previousCycleBandwidth, cycleBandwidth);
  }

  /** A probing cycle is over: the bandwidth of the one before it is forgotten. */
  void advanceCycle() {
    if (cycleBandwidth > 0) {
      previousCycleBandwidth = cycleBandwidth;
      cycleBandwidth = 0;
    }
  }

  void updateAckAggregation(DeliveryRate rate, long windowBytes, long nowNanos) {
    double seconds = (double) (nowNanos - extraAckedSinceNanos) / NANOS_PER_SECOND;
    double expected = (double) bandwidth * seconds;
    if ((double) extraAckedDeliveredBytes <= expected) {
      extraAckedDeliveredBytes = 0;
      extraAckedSinceNanos = nowNanos;
      expected = 0;
    }
    extraAckedDeliveredBytes += rate.newlyAckedBytes();
    long extra =
        (long) Math.min((double) extraAckedDeliveredBytes - expected, (double) windowBytes);
    extraAcked.update(extra, roundCount, fullBandwidthReached ? EXTRA_ACKED_ROUNDS : 1);
  }

  long extraAckedBytes() {
    return extraAcked.best();
  }

  /** Whether the pipe is full: three rounds, not limited by the application, without growth. */
  void checkFullBandwidth(DeliveryRate rate) {
    if (fullBandwidthNow || !roundStart || rate.isSampleApplicationLimited()) {
      return;
    }
    if ((double) rate.bytesPerSecond() >= (double) fullBandwidth * FULL_BANDWIDTH_GROWTH) {
      resetFullBandwidth(rate.bytesPerSecond());
      return;
    }
    fullBandwidthCount++;
    fullBandwidthNow = fullBandwidthCount >= FULL_BANDWIDTH_ROUNDS;
    fullBandwidthReached |= fullBandwidthNow;
  }

  void resetFullBandwidth(long baseline) {
    fullBandwidth = baseline;
    fullBandwidthCount = 0;
    fullBandwidthNow = false;
  }

  void updateMinRtt(DeliveryRate rate, long nowNanos) {
    probeRttExpired = nowNanos > probeRttMinAtNanos + PROBE_RTT_INTERVAL_NANOS;
    if (rate.rttNanos() < probeRttMinNanos || probeRttExpired) {
      probeRttMinNanos = rate.rttNanos();
      probeRttMinAtNanos = nowNanos;
    }
    boolean expired = nowNanos > minRttAtNanos + MIN_RTT_FILTER_NANOS;
    if (probeRttMinNanos < minRttNanos || expired) {
      minRttNanos = probeRttMinNanos;
      minRttAtNanos = probeRttMinAtNanos;
    }
  }

  void boundBandwidth() {
    bandwidth = Math.min(maxBandwidth(), shortTermBandwidth);
  }

  // ---- Losses ----

  /**
   * Something was lost.
   *
   * @return whether it is the first of its round
   */
  boolean noteLoss(DeliveryRate rate) {
    boolean first = !lossInRound;
    if (first) {
      lossRoundDeliveredBytes = rate.deliveredBytes();
    }
    lossInRound = true;
    return first;
  }

  void resetCongestionSignals() {
    lossInRound = false;
    latestBandwidth = 0;
    latestInFlightBytes = 0;
  }

  /** A round with losses, while not probing: down to what was delivered in it. */
  void lowerBounds(long windowBytes) {
    if (shortTermBandwidth == INFINITE) {
      shortTermBandwidth = maxBandwidth();
    }
    if (shortTermInFlightBytes == INFINITE) {
      shortTermInFlightBytes = windowBytes;
    }
    shortTermBandwidth = Math.max(latestBandwidth, (long) (BETA * (double) shortTermBandwidth));
    shortTermInFlightBytes =
        Math.max(latestInFlightBytes, (long) (BETA * (double) shortTermInFlightBytes));
  }

  void resetShortTerm() {
    shortTermBandwidth = INFINITE;
    shortTermInFlightBytes = INFINITE;
  }

  static boolean isTooHigh(long lostBytes, long inFlightBytes) {
    return (double) lostBytes > (double) inFlightBytes * LOSS_THRESHOLD;
  }

  /** How much was in flight when the losses crossed the threshold, within this packet. */
  static long inFlightAtLoss(SentPacket packet, long lostBytes) {
    double inFlightBefore = (double) (packet.txInFlightBytes() - packet.sizeBytes());
    double lostBefore = (double) (lostBytes - packet.sizeBytes());
    double prefix = (LOSS_THRESHOLD * inFlightBefore - lostBefore) / (1 - LOSS_THRESHOLD);
    return Math.max(0, (long) (inFlightBefore + prefix));
  }

  // ---- What follows ----

  /** A bandwidth times the smallest round-trip time, times a gain. */
  double bandwidthDelayProduct(long bytesPerSecond, double gain) {
    return gain * (double) bytesPerSecond * ((double) minRttNanos / NANOS_PER_SECOND);
  }
}
