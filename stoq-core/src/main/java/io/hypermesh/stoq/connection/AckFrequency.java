package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.packet.TransportParameters;
import io.hypermesh.stoq.recovery.Recovery;

/**
 * Asks the peer for fewer acknowledgements where that costs nothing
 * (draft-ietf-quic-ack-frequency-14 of February 2026, the newest; its code points are provisional).
 *
 * <p>An acknowledgement for every second packet is more than a large window needs. Once the round
 * trip is known and the peer takes ACK_FREQUENCY frames, it's asked for about {@link
 * #ACKS_PER_ROUND_TRIP} of them in a round trip: one for every so many packets of the congestion
 * window, or after so much of the round trip, and to say at once what is as far out of order as
 * loss detection minds (9): less on a path that reorders. Where window or round trip change by
 * half, or what loss detection minds changes, it's asked again, once a round trip at most.
 *
 * <pre>
 *   ACK came ──► wanted far from what was asked? ──► owed ──► sent ──► acknowledged
 *                                                      ▲        │      (its delay counts)
 *                                                      └─ lost ─┘
 * </pre>
 *
 * <p>The probe timeout has to wait for what the peer may withhold: until the newest frame is
 * acknowledged, for the longest of the old delay and all that were asked for since (7). Probes
 * carry IMMEDIATE_ACK. Owned by the connection's thread.
 */
final class AckFrequency {
  /** Acknowledgements that a round trip should see. */
  static final int ACKS_PER_ROUND_TRIP = 8;

  /** Packets that may wait for an acknowledgement at most, so that bursts stay short. */
  static final long THRESHOLD_MAX = 32;

  private static final long NANOS_PER_MICRO = 1_000;

  /** The threshold of a receiver that was asked for nothing: every second packet. */
  private static final long THRESHOLD_DEFAULT = 1;

  private boolean offered;
  private long delayMinNanos;
  private long delayMaxNanos;

  private long nextSequence;
  private boolean owed;
  private long threshold = THRESHOLD_DEFAULT;
  private long delayNanos;
  private long reorderingThreshold = Recovery.PACKET_THRESHOLD;
  private long acknowledgedSequence = -1;

  /**
   * The longest delay that the peer may keep to: of the newest acknowledged frame and later ones.
   */
  private long longestDelayNanos;

  private long askedAtNanos;

  /** The peer's limits are known. */
  void onPeer(TransportParameters peer, long maxAckDelayNanos) {
    offered = peer.minAckDelayMicros() != TransportParameters.MIN_ACK_DELAY_NONE;
    delayMinNanos = peer.minAckDelayMicros() * NANOS_PER_MICRO;
    delayMaxNanos = maxAckDelayNanos;
    delayNanos = maxAckDelayNanos;
    longestDelayNanos = maxAckDelayNanos;
  }

  /** Whether the peer takes ACK_FREQUENCY and IMMEDIATE_ACK frames. */
  boolean isOffered() {
    return offered;
  }

  /** Looks whether the peer should be asked for something else. */
  void consider(Recovery recovery, int datagramBytes, long nowNanos) {
    if (!offered || owed || !recovery.rtt().hasSample()) {
      return;
    }
    long roundTrip = recovery.rtt().smoothedNanos();
    if (nextSequence > 0 && nowNanos - askedAtNanos < roundTrip) {
      return;
    }
    long packets = recovery.congestionWindowBytes() / datagramBytes;
    long wanted = Math.clamp(packets / ACKS_PER_ROUND_TRIP, THRESHOLD_DEFAULT, THRESHOLD_MAX);
    long wantedDelay = Math.clamp(roundTrip / ACKS_PER_ROUND_TRIP, delayMinNanos, delayMaxNanos);
    wantedDelay -= wantedDelay % NANOS_PER_MICRO;
    long wantedReordering = recovery.packetThreshold();
    boolean ofUse = nextSequence > 0 || wanted > THRESHOLD_DEFAULT;
    boolean changed =
        isFar(wanted, threshold)
            || isFar(wantedDelay, delayNanos)
            || wantedReordering != reorderingThreshold;
    if (ofUse && changed) {
      threshold = wanted;
      delayNanos = wantedDelay;
      reorderingThreshold = wantedReordering;
      askedAtNanos = nowNanos;
      owed = true;
    }
  }

  private static boolean isFar(long wanted, long asked) {
    return wanted > asked + asked / 2 || asked > wanted + wanted / 2;
  }

  /** Whether an ACK_FREQUENCY frame is to be sent. */
  boolean isOwed() {
    return owed;
  }

  /** The frame is in a packet; returns its number. */
  long onSent(Recovery recovery) {
    owed = false;
    longestDelayNanos = Math.max(longestDelayNanos, delayNanos);
    recovery.setPeerMaxAckDelayNanos(longestDelayNanos);
    return nextSequence++;
  }

  long nextSequence() {
    return nextSequence;
  }

  long threshold() {
    return threshold;
  }

  long delayMicros() {
    return delayNanos / NANOS_PER_MICRO;
  }

  long reorderingThreshold() {
    return reorderingThreshold;
  }

  /**
   * A frame was acknowledged: the peer does as it says, unless a newer one is under way. Which one
   * it keeps to then isn't known, so the longest delay counts on.
   */
  void onAcknowledged(ControlFrame.AckFrequency frame, Recovery recovery) {
    if (frame.sequenceNumber() <= acknowledgedSequence) {
      return;
    }
    acknowledgedSequence = frame.sequenceNumber();
    if (acknowledgedSequence == nextSequence - 1) {
      longestDelayNanos = frame.delayNanos();
      recovery.setPeerMaxAckDelayNanos(longestDelayNanos);
    }
  }

  /** A frame was lost: what it said is said again, unless a newer one does. */
  void onLost(ControlFrame.AckFrequency frame) {
    owed |= frame.sequenceNumber() == nextSequence - 1;
  }
}
