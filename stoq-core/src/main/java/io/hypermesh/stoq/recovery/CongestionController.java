package io.hypermesh.stoq.recovery;

/**
 * Decides how many bytes may be in flight on a path, and how fast they may leave (RFC 9002, 7).
 * Hears of everything that {@link Recovery} finds out; keeps no packets itself, and allocates
 * nothing when it is told. Owned by the connection's thread.
 *
 * <p>For each ACK frame the calls come in this order: {@link #onEcnCe}, {@link #onPacketLost} for
 * each packet that it makes lost and {@link #onCongestionEvent} for all of them, {@link
 * #onPacketAcked} for each packet acknowledged, {@link #onAckProcessed}. Of packets that were sent
 * on another path nothing is told.
 */
public interface CongestionController {
  /** What a controller is doing, as statistics and logs show it. */
  enum Phase {
    /** The window doubles each round trip. */
    SLOW_START,
    /**
     * The round-trip time has risen: the window grows slower while that is confirmed (RFC 9406).
     */
    CONSERVATIVE_SLOW_START,
    /** The window was reduced and nothing sent since is acknowledged yet. */
    RECOVERY,
    /** The window grows slowly. */
    CONGESTION_AVOIDANCE,
    /** BBR looks for the path's bandwidth by doubling its rate. */
    STARTUP,
    /** BBR empties the queue that it made by that. */
    DRAIN,
    /** BBR sends a little less than the path delivers. */
    PROBE_BW_DOWN,
    /** BBR sends what the path delivers. */
    PROBE_BW_CRUISE,
    /** BBR fills the path, before it probes for more. */
    PROBE_BW_REFILL,
    /** BBR probes for more bandwidth. */
    PROBE_BW_UP,
    /** BBR keeps little in flight for a moment, to see the path without a queue. */
    PROBE_RTT
  }

  /** Bytes that may be in flight; never less than two datagrams. */
  long windowBytes();

  /**
   * How fast packets may leave, in bytes a second; 0 where the window alone decides and is to be
   * spread over the round trip.
   */
  default long pacingBytesPerSecond() {
    return 0;
  }

  /** What it is doing. */
  Phase phase();

  /**
   * The window from which on it grows slowly; the largest long where there is no such threshold
   * (yet).
   */
  default long slowStartThresholdBytes() {
    return Long.MAX_VALUE;
  }

  /**
   * A packet in flight is sent.
   *
   * @param inFlightBeforeBytes what was in flight before it: after 0 the path was idle
   */
  default void onPacketSent(long inFlightBeforeBytes, DeliveryRate rate, long nowNanos) {}

  /**
   * A packet in flight was acknowledged.
   *
   * @param rate what was in flight before the ACK frame came: an application that does not use its
   *     window must not make it grow
   */
  default void onPacketAcked(SentPacket packet, DeliveryRate rate, long nowNanos) {}

  /** All of an ACK frame is told; {@code rate} holds its sample. */
  default void onAckProcessed(DeliveryRate rate, long nowNanos) {}

  /** A packet was lost. */
  default void onPacketLost(SentPacket packet, DeliveryRate rate, long nowNanos) {}

  /**
   * Packets were lost.
   *
   * @param timeSentNanos when the latest of them was sent: one reaction a round trip is enough
   */
  void onCongestionEvent(long timeSentNanos, long nowNanos);

  /**
   * The peer reports congestion marks (RFC 9002, 7.1).
   *
   * @param timeSentNanos when the largest acknowledged packet was sent
   */
  void onEcnCe(long timeSentNanos, DeliveryRate rate, long nowNanos);

  /** Every packet taken for lost since the last congestion event has arrived after all. */
  void onSpuriousCongestion(DeliveryRate rate, long nowNanos);

  /** Nothing got through for a long time: starts over with the smallest window (RFC 9002, 7.6). */
  void onPersistentCongestion(long nowNanos);

  /** The path turned out to carry datagrams of this size. */
  void onMaxDatagramSize(int bytes);

  /**
   * Starts again after a time in which nothing was sent, on what a controller before it had found
   * (RFC 5681, 4.1): what the path carried then may not be what it carries now.
   *
   * @param windowBytesBefore its window
   * @param thresholdBytesBefore its slow start threshold; the largest long for none
   */
  default void restart(long windowBytesBefore, long thresholdBytesBefore) {}
}
