package io.hypermesh.stoq.recovery;

import io.hypermesh.stoq.packet.AckFrame;
import io.hypermesh.stoq.packet.FrameType;
import io.hypermesh.stoq.packet.PacketNumbers;
import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.packet.TransportException;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@link Recovery} knows of one packet number space (RFC 9002, A.3), and what an ACK frame or
 * the time makes of it (A.7, A.10). Owned by the connection's thread.
 */
final class SpaceState {
  /** Stands for "never" and "no timer". */
  static final long NONE = Long.MAX_VALUE;

  final PacketNumberSpace space;
  final SentPackets sent = new SentPackets();
  final LostPackets lostPackets = new LostPackets();
  final PersistentCongestion persistentCongestion = new PersistentCongestion();

  long largestSent = PacketNumbers.NONE;
  long largestAcked = PacketNumbers.NONE;

  /** A packet number left out on purpose: who acknowledges it has not received what it says. */
  long skipped = PacketNumbers.NONE;

  /** Ack-eliciting packets in flight. */
  int ackElicitingInFlight;

  /** The smallest long before the first. */
  long lastAckElicitingSentNanos = Long.MIN_VALUE;

  /** When the next packet will count as lost by time, or {@link #NONE}. */
  long lossTimeNanos = NONE;

  /** Probes that the connection still has to send. */
  int probesPending;

  /** Packets sent with ECT(0). */
  long ecnMarkedCount;

  // The peer's counts of marks
  private long ecnEct0Count;
  long ecnCeCount;

  // What the last ACK frame brought

  /** Whether its largest acknowledged packet had not been acknowledged before. */
  boolean largestNewlyAcked;

  /** Whether no ACK frame before had one as large. */
  boolean largestIncreased;

  /** When that packet was sent. */
  long largestTimeSentNanos;

  /** The path that it was sent on; null where that isn't remembered. */
  @Nullable PathRecovery largestPath;

  /** Whether any newly acknowledged packet was ack-eliciting. */
  boolean ackElicitingAcked;

  SpaceState(PacketNumberSpace space) {
    this.space = space;
  }

  /** Refuses a frame that acknowledges what was never sent; changes nothing. */
  void check(AckFrame frame) throws TransportException {
    if (frame.largestAcknowledged() > largestSent) {
      throw neverSent(frame, frame.largestAcknowledged());
    }
    frame.rewind();
    while (skipped != PacketNumbers.NONE && frame.nextRange()) {
      if (frame.rangeSmallest() <= skipped) {
        if (skipped <= frame.rangeLargest()) {
          throw neverSent(frame, skipped);
        }
        return;
      }
    }
  }

  private static TransportException neverSent(AckFrame frame, long packetNumber) {
    return new TransportException(
        TransportErrorCode.PROTOCOL_VIOLATION,
        frame.hasEcnCounts() ? FrameType.ACK_ECN : FrameType.ACK,
        "packet " + packetNumber + " is acknowledged but was never sent");
  }

  /**
   * Moves the packets in flight that the frame newly acknowledges to a list.
   *
   * @return whether anything is newly acknowledged, packets that only acknowledge included
   */
  boolean removeAcked(AckFrame frame, List<SentPacket> acked) {
    long largest = frame.largestAcknowledged();
    largestIncreased = largest > largestAcked;
    largestAcked = Math.max(largestAcked, largest);
    ackElicitingAcked = false;
    largestPath = null;
    largestNewlyAcked = sent.removeAckOnly(largest);
    if (largestNewlyAcked) {
      largestTimeSentNanos = sent.ackOnlyTimeSentNanos(largest);
    }
    frame.rewind();
    while (sent.openCount() > 0 && frame.nextRange()) {
      removeRange(frame.rangeSmallest(), frame.rangeLargest(), largest, acked);
      if (frame.rangeSmallest() <= sent.numberAt(0)) {
        break;
      }
    }
    return largestNewlyAcked || !acked.isEmpty();
  }

  private void removeRange(
      long rangeSmallest, long rangeLargest, long largest, List<SentPacket> acked) {
    int index = sent.nextOpen(sent.indexOf(rangeSmallest));
    while (index < sent.size() && sent.numberAt(index) <= rangeLargest) {
      SentPacket packet = sent.openAt(index);
      if (packet.packetNumber() == largest) {
        largestNewlyAcked = true;
        largestTimeSentNanos = packet.timeSentNanos();
        largestPath = packet.path();
      }
      sent.removeAcked(index);
      if (packet.isAckEliciting()) {
        ackElicitingAcked = true;
        ackElicitingInFlight--;
      }
      acked.add(packet);
      index = sent.nextOpen(index + 1);
    }
  }

  /** Moves the packets that count as lost to a list, oldest first, and sets the loss timer. */
  void removeLost(
      RttEstimator rtt, ReorderingTolerance tolerance, long nowNanos, List<SentPacket> lost) {
    lossTimeNanos = NONE;
    long lossDelayNanos = rtt.lossDelayNanos(tolerance.eighths());
    for (int index = sent.nextOpen(0); index < sent.size(); index = sent.nextOpen(index + 1)) {
      SentPacket packet = sent.openAt(index);
      if (packet.packetNumber() > largestAcked) {
        break;
      }
      boolean late = nowNanos - packet.timeSentNanos() >= lossDelayNanos;
      if (!late && largestAcked - packet.packetNumber() < tolerance.packets()) {
        // Those behind it were sent later, and have less reason to be lost.
        lossTimeNanos = packet.timeSentNanos() + lossDelayNanos;
        break;
      }
      boolean counted =
          packet.isAckEliciting()
              && !packet.isProbe()
              && rtt.hasSample()
              && packet.timeSentNanos() > rtt.firstSampleAtNanos();
      sent.removeLost(index, counted);
      if (packet.isAckEliciting()) {
        ackElicitingInFlight--;
      }
      lost.add(packet);
    }
    sent.trim(persistentCongestion);
  }

  /**
   * Takes over a frame's counts of marks, and has the path judge them (RFC 9000, 13.4.2.1).
   *
   * @param acked what it newly acknowledges
   * @param path where the connection is; counts that concern other paths, too, are no proof
   * @return whether the largest packet acknowledged is a report of congestion
   */
  boolean takeEcnCounts(AckFrame frame, List<SentPacket> acked, PathRecovery path) {
    int marked = 0;
    boolean ofOtherPaths = false;
    for (int i = 0; i < acked.size(); i++) {
      if (acked.get(i).isEcnMarked()) {
        marked++;
        ofOtherPaths |= acked.get(i).path() != path;
      }
    }
    if (!largestIncreased) {
      // It may be older than one that came before: its counts would go back.
      return false;
    }
    long ceBefore = ecnCeCount;
    boolean sound = frame.hasEcnCounts() ? areSound(frame, marked) : marked == 0;
    if (ofOtherPaths) {
      return false;
    }
    path.ecn().onAck(marked, sound, ecnCeCount - ceBefore);
    return path.ecn().isCapable() && ecnCeCount > ceBefore && largestNewlyAcked;
  }

  /** Whether the counts can be true, and account for so many packets that were marked. */
  private boolean areSound(AckFrame frame, int marked) {
    long ect0 = frame.ect0Count();
    long ce = frame.ecnCeCount();
    boolean sound =
        frame.ect1Count() == 0
            && ect0 >= ecnEct0Count
            && ce >= ecnCeCount
            && ect0 <= ecnMarkedCount
            && ce <= ecnMarkedCount - ect0
            && ect0 - ecnEct0Count + ce - ecnCeCount >= marked;
    ecnEct0Count = Math.max(ecnEct0Count, ect0);
    ecnCeCount = Math.max(ecnCeCount, ce);
    return sound;
  }

  /** Forgets every packet that was sent, and what was to come of it. */
  void clear() {
    sent.clear();
    lostPackets.clear();
    persistentCongestion.onAcked();
    ackElicitingInFlight = 0;
    lossTimeNanos = NONE;
    probesPending = 0;
  }

  // ---- Hibernation ----

  /** Writes what {@link #restore} needs, while nothing is in flight. */
  void save(ByteBuffer out) {
    out.putLong(largestSent).putLong(largestAcked).putLong(skipped);
    out.putLong(ecnMarkedCount).putLong(ecnEct0Count).putLong(ecnCeCount);
  }

  void restore(ByteBuffer in) {
    largestSent = in.getLong();
    largestAcked = in.getLong();
    skipped = in.getLong();
    ecnMarkedCount = in.getLong();
    ecnEct0Count = in.getLong();
    ecnCeCount = in.getLong();
  }
}
