package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.packet.TransportParameters;
import io.hypermesh.stoq.recovery.Recovery;

/**
 * Asks the peer for fewer acknowledgements where that costs nothing
 * (draft-ietf-quic-ack-frequency).
 *
 * <p>An acknowledgement for every second packet is more than a large window needs. Once the round
 * trip is known and the peer takes ACK_FREQUENCY frames, it's asked for about {@link
 * #ACKS_PER_ROUND_TRIP} of them in a round trip: one for every so many packets of the congestion
 * window, or after so much of the round trip. Where window or round trip change by half, it's asked
 * again, once a round trip at most.
 *
 * <pre>
 *   ACK came ──► wanted far from what was asked? ──► owed ──► sent ──► acknowledged
 *                                                      ▲        │      (its delay counts)
 *                                                      └─ lost ─┘
 * </pre>
 *
 * <p>The probe timeout has to wait for what the peer may withhold: until a frame is acknowledged,
 * for the longer of the old and the new delay (8). Probes carry IMMEDIATE_ACK. Owned by the
 * connection's thread.
 */
final class AckFrequency {
  /** Acknowledgements that a round trip should see. */
  static final int ACKS_PER_ROUND_TRIP = 8;

  /** Packets that may wait for an acknowledgement at most, so that bursts stay short. */
  static final long THRESHOLD_MAX = 32;

  /** How far out of order packets may come before the peer says so: as for loss detection. */
  static final long REORDERING_THRESHOLD = Recovery.PACKET_THRESHOLD;

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
  private long acknowledgedSequence = -1;
  private long acknowledgedDelayNanos;
  private long askedAtNanos;

  /** The peer's limits are known. */
  void onPeer(TransportParameters peer, long maxAckDelayNanos) {
    offered = peer.minAckDelayMicros() != TransportParameters.MIN_ACK_DELAY_NONE;
    delayMinNanos = peer.minAckDelayMicros() * NANOS_PER_MICRO;
    delayMaxNanos = maxAckDelayNanos;
    delayNanos = maxAckDelayNanos;
    acknowledgedDelayNanos = maxAckDelayNanos;
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
    boolean firstOfUse = nextSequence > 0 || wanted > THRESHOLD_DEFAULT;
    if (firstOfUse && (isFar(wanted, threshold) || isFar(wantedDelay, delayNanos))) {
      threshold = wanted;
      delayNanos = wantedDelay;
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
    recovery.setPeerMaxAckDelayNanos(Math.max(acknowledgedDelayNanos, delayNanos));
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

  /** A frame was acknowledged: the peer does as it says, unless a newer one is under way. */
  void onAcknowledged(ControlFrame.AckFrequency frame, Recovery recovery) {
    if (frame.sequenceNumber() <= acknowledgedSequence) {
      return;
    }
    acknowledgedSequence = frame.sequenceNumber();
    acknowledgedDelayNanos = frame.delayNanos();
    boolean newest = acknowledgedSequence == nextSequence - 1;
    recovery.setPeerMaxAckDelayNanos(
        newest ? acknowledgedDelayNanos : Math.max(acknowledgedDelayNanos, delayNanos));
  }

  /** A frame was lost: what it said is said again, unless a newer one does. */
  void onLost(ControlFrame.AckFrequency frame) {
    owed |= frame.sequenceNumber() == nextSequence - 1;
  }
}
