package io.hypermesh.stoq.recovery;

import io.hypermesh.stoq.packet.PacketNumbers;
import java.nio.ByteBuffer;

/**
 * The receiver's side of one packet number space: what has arrived, and when an ACK frame has to
 * tell so (RFC 9000, 13.2).
 *
 * <ul>
 *   <li>Initial and Handshake packets are acknowledged at once.
 *   <li>1-RTT packets are acknowledged when two of them wait, when one came out of order or carries
 *       a congestion mark, and otherwise after max_ack_delay.
 *   <li>An ACK_FREQUENCY frame of the peer changes the number of packets, the delay, and how far
 *       out of order a packet has to be (draft-ietf-quic-ack-frequency-14, 6).
 *   <li>Packets that do not elicit an acknowledgement never cause one: two endpoints would
 *       acknowledge each other's acknowledgements for ever.
 * </ul>
 *
 * <p>Owned by the connection's thread.
 */
public final class ReceivedPackets {
  /** Ack-eliciting packets that may wait for an acknowledgement. */
  public static final int ACK_ELICITING_THRESHOLD = 2;

  /** The two bits of the IP header: no ECN. */
  public static final int ECN_NOT_ECT = 0;

  /** ECT(1). */
  public static final int ECN_ECT1 = 1;

  /** ECT(0). */
  public static final int ECN_ECT0 = 2;

  /** Congestion experienced. */
  public static final int ECN_CE = 3;

  private static final long NONE = Long.MAX_VALUE;

  private final boolean immediate;
  private final AckRanges ranges;
  private long maxAckDelayNanos;
  private long ackElicitingThreshold = ACK_ELICITING_THRESHOLD;
  private long reorderingThreshold = 1;
  private boolean lastWasCe;
  private long largestAckedByUs = PacketNumbers.NONE;

  private long largestReceivedAtNanos;
  private long largestAckEliciting = PacketNumbers.NONE;
  private long ackElicitingWaiting;
  private long ackDeadlineNanos = NONE;
  private boolean changed;

  private long ect0Count;
  private long ect1Count;
  private long ceCount;

  /**
   * @param space decides whether acknowledgements may wait
   * @param maxAckDelayNanos this endpoint's max_ack_delay; only 1-RTT packets wait for it
   * @param rangesMax how many ranges are kept
   */
  public ReceivedPackets(PacketNumberSpace space, long maxAckDelayNanos, int rangesMax) {
    this.immediate = space != PacketNumberSpace.APPLICATION;
    this.maxAckDelayNanos = maxAckDelayNanos;
    this.ranges = new AckRanges(rangesMax);
  }

  /** Changes how long an acknowledgement may wait, from the next packet on. */
  public void setMaxAckDelayNanos(long nanos) {
    maxAckDelayNanos = nanos;
  }

  /** Whether this packet number has been received, or is too old to tell: drop the packet. */
  public boolean isDuplicate(long packetNumber) {
    return ranges.contains(packetNumber);
  }

  /**
   * Takes note of a packet that was authentic and has been processed.
   *
   * @param ecn the two ECN bits of its IP header
   */
  public void onPacketReceived(long packetNumber, boolean ackEliciting, int ecn, long nowNanos) {
    long largestBefore = ranges.largest();
    if (!ranges.add(packetNumber)) {
      return;
    }
    if (packetNumber > largestBefore) {
      largestReceivedAtNanos = nowNanos;
    }
    switch (ecn) {
      case ECN_ECT0 -> ect0Count++;
      case ECN_ECT1 -> ect1Count++;
      case ECN_CE -> ceCount++;
      default -> {}
    }
    changed = true;
    if (ackEliciting) {
      ackElicitingWaiting++;
      boolean outOfOrder = isOutOfOrder(packetNumber, largestBefore);
      largestAckEliciting = Math.max(largestAckEliciting, packetNumber);
      boolean marked = ecn == ECN_CE && !(lastWasCe && isOnlyFirstMarkUrgent());
      boolean now =
          immediate || outOfOrder || marked || ackElicitingWaiting >= ackElicitingThreshold;
      long deadline = now ? nowNanos : nowNanos + maxAckDelayNanos;
      ackDeadlineNanos = Math.min(ackDeadlineNanos, deadline);
    }
    lastWasCe = ecn == ECN_CE;
  }

  /** A peer that wants few acknowledgements needs no second one of the same congestion (6.3). */
  private boolean isOnlyFirstMarkUrgent() {
    return ackElicitingThreshold > ACK_ELICITING_THRESHOLD;
  }

  /**
   * Whether the peer is to know at once that packets come out of order (6.2): one that is missing
   * counts as lost now, or this one was told to be and isn't.
   */
  private boolean isOutOfOrder(long packetNumber, long largestBefore) {
    if (reorderingThreshold == 1) {
      boolean gap = packetNumber > largestBefore + 1 && largestBefore != PacketNumbers.NONE;
      return packetNumber < largestAckEliciting || gap;
    }
    if (reorderingThreshold == 0) {
      return false;
    }
    if (packetNumber <= largestReportedMissing()) {
      return true;
    }
    long missing = smallestUnreportedMissing();
    return missing != PacketNumbers.NONE
        && Math.max(packetNumber, largestAckEliciting) - missing >= reorderingThreshold;
  }

  /**
   * The smallest packet number that is missing and that the last ACK frame didn't let the peer
   * declare lost yet (draft-ietf-quic-ack-frequency-14, 6.2); none below the lowest range is looked
   * for. Walks the ranges, which are bounded.
   */
  private long smallestUnreportedMissing() {
    long reported = largestReportedMissing();
    long missing = PacketNumbers.NONE;
    for (int i = 0; i + 1 < ranges.rangeCount(); i++) {
      if (ranges.smallest(i) - 1 <= reported) {
        break;
      }
      missing = Math.max(ranges.largest(i + 1) + 1, reported + 1);
    }
    return missing;
  }

  /** The largest packet number that the last ACK frame let the peer declare lost, if missing. */
  private long largestReportedMissing() {
    return largestAckedByUs == PacketNumbers.NONE
        ? PacketNumbers.NONE
        : largestAckedByUs - reorderingThreshold;
  }

  /**
   * The peer says when it wants acknowledgements (draft-ietf-quic-ack-frequency-14, 4).
   *
   * @param threshold ack-eliciting packets that may wait without one
   * @param maxDelayNanos how long one may wait from now on
   * @param reordering how far out of order a packet has to be for one at once; 0 for never
   */
  public void onAckFrequency(long threshold, long maxDelayNanos, long reordering) {
    ackElicitingThreshold = threshold + 1;
    maxAckDelayNanos = maxDelayNanos;
    reorderingThreshold = reordering;
  }

  /** The peer wants an acknowledgement now. */
  public void onImmediateAck(long nowNanos) {
    ackDeadlineNanos = Math.min(ackDeadlineNanos, nowNanos);
  }

  /** Whether an ACK frame has to be sent now, in a packet of its own if need be. */
  public boolean isAckDue(long nowNanos) {
    return ackDeadlineNanos <= nowNanos;
  }

  /** Whether no acknowledgement is owed, now or later. */
  public boolean isQuiet() {
    return ackDeadlineNanos == NONE && ackElicitingWaiting == 0;
  }

  /** When an ACK frame has to be sent; the largest long for never. */
  public long ackDeadlineNanos() {
    return ackDeadlineNanos;
  }

  /** Whether there is something to tell: worth a frame in a packet that is sent anyway. */
  public boolean hasNewToAcknowledge() {
    return changed && !ranges.isEmpty();
  }

  /** Takes note that an ACK frame with {@link #ranges()} was sent. */
  public void onAckSent() {
    largestAckedByUs = ranges.largest();
    ackElicitingWaiting = 0;
    ackDeadlineNanos = NONE;
    changed = false;
  }

  /**
   * The peer has received an ACK frame: what it told need not be told again (RFC 9000, 13.2.4).
   *
   * @param largestInFrame the frame's largest acknowledged packet number
   */
  public void onAckAcknowledged(long largestInFrame) {
    // The frame's largest stays, so that the next frame has something to acknowledge.
    ranges.forgetBelow(Math.min(largestInFrame, ranges.largest()));
  }

  /** What has been received. */
  public AckRanges ranges() {
    return ranges;
  }

  /** The largest packet number received, or {@link PacketNumbers#NONE}. */
  public long largestReceived() {
    return ranges.largest();
  }

  /**
   * The Ack Delay field of a frame that leaves now.
   *
   * @param exponent this endpoint's ack_delay_exponent
   */
  public long ackDelayField(long nowNanos, int exponent) {
    return (Math.max(0, nowNanos - largestReceivedAtNanos) / 1000) >>> exponent;
  }

  /** Packets received with ECT(0). */
  public long ect0Count() {
    return ect0Count;
  }

  /** Packets received with ECT(1). */
  public long ect1Count() {
    return ect1Count;
  }

  /** Packets received with a congestion mark. */
  public long ceCount() {
    return ceCount;
  }

  /** Whether any packet came with ECN, so that ACK frames carry counts. */
  public boolean hasEcn() {
    return ect0Count + ect1Count + ceCount > 0;
  }

  // ---- Hibernation ----

  /** Writes what {@link #restore} needs, while {@link #isQuiet}. */
  public void save(ByteBuffer out) {
    ranges.save(out);
    out.putLong(maxAckDelayNanos).putLong(ackElicitingThreshold).putLong(reorderingThreshold);
    out.put((byte) ((lastWasCe ? 1 : 0) | (changed ? 2 : 0)));
    out.putLong(largestAckedByUs).putLong(largestReceivedAtNanos).putLong(largestAckEliciting);
    out.putLong(ect0Count).putLong(ect1Count).putLong(ceCount);
  }

  /** Takes over what another one knew. */
  public void restore(ByteBuffer in) {
    ranges.restore(in);
    maxAckDelayNanos = in.getLong();
    ackElicitingThreshold = in.getLong();
    reorderingThreshold = in.getLong();
    int flags = in.get();
    lastWasCe = (flags & 1) != 0;
    changed = (flags & 2) != 0;
    largestAckedByUs = in.getLong();
    largestReceivedAtNanos = in.getLong();
    largestAckEliciting = in.getLong();
    ect0Count = in.getLong();
    ect1Count = in.getLong();
    ceCount = in.getLong();
  }
}
