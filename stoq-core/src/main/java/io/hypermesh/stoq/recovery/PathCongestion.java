package io.hypermesh.stoq.recovery;

import io.hypermesh.stoq.packet.AckFrame;
import java.util.List;

/**
 * What is in flight on one path, and who decides about it: keeps the path's books for {@link
 * Recovery} and tells the controller, the pacer and the measuring of the delivery rate what
 * happens. Owned by the connection's thread.
 *
 * <p>What becomes of packets that were sent on another path is booked there, and told to nobody
 * (RFC 9000, 9.4).
 */
final class PathCongestion {
  /** A smoothed round-trip time takes this many windows when the window is what paces. */
  private static final double WINDOW_PACING_GAIN = 1.25;

  private static final double NANOS_PER_SECOND = 1e9;

  /** Lost packets are waited for this many probe timeouts. */
  private static final int LATE_PROBE_TIMEOUTS = 3;

  private final CongestionController controller;
  private final Pacer pacer;
  private final DeliveryRate rate = new DeliveryRate();
  private final RttEstimator rtt;
  private final LossEpisode episode = new LossEpisode();
  private final ReorderingTolerance tolerance = new ReorderingTolerance();
  private int maxDatagramSize;

  private long bytesInFlight;

  // The window's rate, and what it was computed from: asked for twice a packet, it changes rarely

  private long pacedWindowBytes = -1;
  private long pacedRoundTripNanos;
  private double windowRate;

  PathCongestion(CongestionController controller, int maxDatagramSize, RttEstimator rtt) {
    this.controller = controller;
    this.maxDatagramSize = maxDatagramSize;
    this.pacer = new Pacer(maxDatagramSize);
    this.rtt = rtt;
  }

  // ---- What happens ----

  void onPacketSent(SentPacket packet, long nowNanos) {
    rate.onPacketSent(packet, bytesInFlight, nowNanos);
    controller.onPacketSent(bytesInFlight, rate, nowNanos);
    bytesInFlight += packet.sizeBytes();
    rate.noteWindow(bytesInFlight + maxDatagramSize > controller.windowBytes());
    pacer.onPacketSent(packet.sizeBytes(), pacingRate(), nowNanos);
  }

  /** The packet counts no more, whatever became of it. */
  void onPacketDiscarded(SentPacket packet) {
    bytesInFlight -= packet.sizeBytes();
  }

  /** There is nothing to send although window and pacing would allow it. */
  void onApplicationLimited() {
    rate.markApplicationLimited(bytesInFlight);
  }

  /** An ACK frame acknowledges these packets; the round-trip time isn't updated yet. */
  void onAcked(List<SentPacket> acked, long nowNanos) {
    rate.beginAck(bytesInFlight);
    for (int i = 0; i < acked.size(); i++) {
      SentPacket packet = acked.get(i);
      book(packet);
      if (isOfThisPath(packet)) {
        rate.onPacketAcked(packet, nowNanos);
      }
    }
  }

  /** Looks for packets in an ACK frame that were taken for lost; tells how many there were. */
  int onLateArrivals(LostPackets lost, AckFrame frame, long largestBefore, long nowNanos) {
    if (lost.isEmpty()) {
      return 0;
    }
    lost.forgetBefore(nowNanos - LATE_PROBE_TIMEOUTS * rtt.probeTimeoutNanos(), episode);
    int arrived = lost.removeArrived(frame, largestBefore, episode);
    if (arrived == 0) {
      return 0;
    }
    tolerance.onSpurious(lost.reordering(), rtt.smoothedNanos(), nowNanos);
    if (lost.isEpisodeSpurious()) {
      controller.onSpuriousCongestion(rate, nowNanos);
    }
    return arrived;
  }

  /** The peer has counted more congestion marks. */
  void onEcnCe(long timeSentNanos, long nowNanos) {
    episode.onMark(timeSentNanos, nowNanos);
    controller.onEcnCe(timeSentNanos, rate, nowNanos);
  }

  /**
   * These packets of one space are lost, oldest first. What was to find out about a path says
   * nothing of congestion (RFC 9000, 14.4).
   *
   * @return whether any of them tells of congestion on this path
   */
  boolean onLost(List<SentPacket> lost, LostPackets memory, long nowNanos) {
    SentPacket last = null;
    for (int i = 0; i < lost.size(); i++) {
      SentPacket packet = lost.get(i);
      book(packet);
      if (isOfThisPath(packet) && !packet.isProbe()) {
        last = packet;
        if (episode.onLost(packet.timeSentNanos(), nowNanos)) {
          tolerance.onEpisode();
        }
        memory.add(packet.packetNumber(), packet.timeSentNanos(), episode);
        rate.onPacketLost(packet);
        controller.onPacketLost(packet, rate, nowNanos);
      }
    }
    if (last == null) {
      return false;
    }
    controller.onCongestionEvent(last.timeSentNanos(), nowNanos);
    return true;
  }

  /** The packet is in flight no more, on whichever path. */
  private void book(SentPacket packet) {
    PathRecovery path = packet.path();
    PathCongestion of = path == null ? this : path.congestion;
    of.bytesInFlight -= packet.sizeBytes();
  }

  void onPersistentCongestion(long nowNanos) {
    episode.close();
    controller.onPersistentCongestion(nowNanos);
    rtt.onPersistentCongestion();
  }

  /** All of the ACK frame is told. */
  void onAckProcessed(List<SentPacket> acked, long nowNanos) {
    rate.finishAck(bytesInFlight, rtt);
    for (int i = 0; i < acked.size(); i++) {
      if (isOfThisPath(acked.get(i))) {
        controller.onPacketAcked(acked.get(i), rate, nowNanos);
      }
    }
    controller.onAckProcessed(rate, nowNanos);
  }

  /** The connection leaves the path: what its last losses were will not be found out. */
  void onLeft() {
    episode.close();
  }

  /** The connection comes to the path, for the first time or again. */
  void onEntered(long nowNanos) {
    rate.onPathChanged(nowNanos);
    tolerance.reset();
  }

  void setMaxDatagramSize(int bytes) {
    maxDatagramSize = bytes;
    controller.onMaxDatagramSize(bytes);
    pacer.onMaxDatagramSize(bytes);
  }

  // ---- What follows ----

  private boolean isOfThisPath(SentPacket packet) {
    PathRecovery path = packet.path();
    return path != null && path.congestion == this;
  }

  long windowAvailable() {
    return Math.max(0, controller.windowBytes() - bytesInFlight);
  }

  long earliestSendNanos(int sizeBytes, long nowNanos) {
    return pacer.earliestSendNanos(sizeBytes, pacingRate(), nowNanos);
  }

  /** Bytes a second: the controller's, or the window's, which a round trip is to suffice for. */
  double pacingRate() {
    long own = controller.pacingBytesPerSecond();
    if (own > 0) {
      return (double) own;
    }
    long windowBytes = controller.windowBytes();
    long roundTripNanos = rtt.smoothedNanos();
    if (windowBytes != pacedWindowBytes || roundTripNanos != pacedRoundTripNanos) {
      pacedWindowBytes = windowBytes;
      pacedRoundTripNanos = roundTripNanos;
      double seconds = (double) Math.max(1, roundTripNanos) / NANOS_PER_SECOND;
      windowRate = Math.max(1, WINDOW_PACING_GAIN * (double) windowBytes / seconds);
    }
    return windowRate;
  }

  CongestionController controller() {
    return controller;
  }

  DeliveryRate rate() {
    return rate;
  }

  ReorderingTolerance tolerance() {
    return tolerance;
  }
}
