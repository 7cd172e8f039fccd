package io.hypermesh.stoq.recovery;

import java.util.concurrent.TimeUnit;

/**
 * How fast the path delivers: one sample for each ACK frame
 * (draft-cheng-iccrg-delivery-rate-estimation; draft-ietf-ccwg-bbr, "Delivery Rate Samples").
 *
 * <p>A packet remembers what had been delivered when it was sent. When it is acknowledged, what has
 * been delivered since, over the time that this took, is a sample. The time is the longer one of
 * the sending and of the acknowledging, so that neither a burst of packets nor one of
 * acknowledgements makes the path look faster than it is. While the application had nothing to send
 * the path's rate can't be seen: such samples are marked.
 *
 * <pre>
 *   sent:          ──P────────────────►        P remembers delivered, deliveredAt, firstSent
 *   acknowledged:  ◄──── interval ────►        rate = (delivered - P.delivered) / interval
 * </pre>
 *
 * <p>Besides, this object carries to a {@link CongestionController} whatever else it wants to know
 * of the ACK frame that is being processed. Allocates nothing. Owned by the connection's thread.
 */
public final class DeliveryRate {
  private static final double NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

  // Of the path

  private long deliveredBytes;
  private long lostBytes;
  private long deliveredAtNanos;
  private long firstSentNanos;
  private long newestAckedNumber;

  /** Samples are the application's until so much is delivered; 0 while it keeps up. */
  private long applicationLimitedUntilBytes;

  private long latestBytesPerSecond;

  // Whether the window was full at some moment of the present or the last round trip

  private boolean windowFullThisRound;
  private boolean windowFullLastRound;
  private long windowRoundBytes;

  // Of the ACK frame being processed

  private boolean sampled;
  private long priorDeliveredBytes;
  private long priorLostBytes;
  private long sendElapsedNanos;
  private long ackElapsedNanos;
  private boolean sampleApplicationLimited;
  private long txInFlightBytes;
  private long newestSentNanos;
  private long newlyAckedBytes;
  private long bytesPerSecond;
  private long inFlightBeforeBytes;
  private long inFlightBytes;
  private long rttNanos;
  private long smoothedRttNanos = RttEstimator.INITIAL_RTT_NANOS;

  DeliveryRate() {}

  // ---- What happens ----

  /** A packet in flight leaves; what was in flight before it is told. */
  void onPacketSent(SentPacket packet, long inFlightBeforeBytes, long nowNanos) {
    if (inFlightBeforeBytes == 0) {
      firstSentNanos = nowNanos;
      deliveredAtNanos = nowNanos;
    }
    packet.setDeliveryState(
        deliveredBytes,
        deliveredAtNanos,
        firstSentNanos,
        inFlightBeforeBytes + packet.sizeBytes(),
        lostBytes,
        isApplicationLimited());
  }

  /** Whether the last packet sent filled the window. */
  void noteWindow(boolean full) {
    windowFullThisRound |= full;
  }

  /** An ACK frame is going to be processed; so much is in flight before. */
  void beginAck(long inFlightBeforeBytes) {
    sampled = false;
    bytesPerSecond = 0;
    newlyAckedBytes = 0;
    this.inFlightBeforeBytes = inFlightBeforeBytes;
  }

  /** The ACK frame acknowledges this packet of the present path. */
  void onPacketAcked(SentPacket packet, long nowNanos) {
    deliveredBytes += packet.sizeBytes();
    newlyAckedBytes += packet.sizeBytes();
    deliveredAtNanos = nowNanos;
    if (!sampled || isNewest(packet)) {
      sampled = true;
      priorDeliveredBytes = packet.deliveredBytes();
      priorLostBytes = packet.lostBytes();
      sampleApplicationLimited = packet.isApplicationLimited();
      sendElapsedNanos = packet.timeSentNanos() - packet.firstSentNanos();
      ackElapsedNanos = deliveredAtNanos - packet.deliveredAtNanos();
      txInFlightBytes = packet.txInFlightBytes();
      newestSentNanos = packet.timeSentNanos();
      rttNanos = nowNanos - newestSentNanos;
      firstSentNanos = packet.timeSentNanos();
      newestAckedNumber = packet.packetNumber();
    }
  }

  private boolean isNewest(SentPacket packet) {
    return packet.timeSentNanos() > firstSentNanos
        || (packet.timeSentNanos() == firstSentNanos && packet.packetNumber() > newestAckedNumber);
  }

  /** This packet of the present path is lost. */
  void onPacketLost(SentPacket packet) {
    lostBytes += packet.sizeBytes();
  }

  /** All of the ACK frame's packets are told, acknowledged and lost: makes the sample. */
  void finishAck(long inFlightBytes, RttEstimator rtt) {
    this.inFlightBytes = inFlightBytes;
    smoothedRttNanos = rtt.smoothedNanos();
    if (isApplicationLimited() && deliveredBytes > applicationLimitedUntilBytes) {
      applicationLimitedUntilBytes = 0;
    }
    if (!sampled) {
      return;
    }
    if (priorDeliveredBytes >= windowRoundBytes) {
      windowRoundBytes = deliveredBytes;
      windowFullLastRound = windowFullThisRound;
      windowFullThisRound = false;
    }
    long interval = Math.max(sendElapsedNanos, ackElapsedNanos);
    if (interval > 0 && interval >= rtt.minNanos()) {
      bytesPerSecond = (long) (NANOS_PER_SECOND * (double) sampleBytes() / (double) interval);
      latestBytesPerSecond = bytesPerSecond;
    }
  }

  /** There is nothing to send although there is leave to. */
  void markApplicationLimited(long inFlightBytes) {
    applicationLimitedUntilBytes = Math.max(1, deliveredBytes + inFlightBytes);
  }

  /** The path is another: what was measured doesn't hold. */
  void onPathChanged(long nowNanos) {
    firstSentNanos = nowNanos;
    deliveredAtNanos = nowNanos;
    applicationLimitedUntilBytes = 0;
    latestBytesPerSecond = 0;
    sampled = false;
    windowFullThisRound = false;
    windowFullLastRound = false;
  }

  // ---- Of the path ----

  /** Bytes acknowledged so far. */
  public long deliveredBytes() {
    return deliveredBytes;
  }

  /** Bytes declared lost so far. */
  public long lostBytes() {
    return lostBytes;
  }

  /** The last rate that could be measured, in bytes a second; 0 before there was one. */
  public long latestBytesPerSecond() {
    return latestBytesPerSecond;
  }

  /** Whether the application left the path idle and samples still show it. */
  public boolean isApplicationLimited() {
    return applicationLimitedUntilBytes > 0;
  }

  /** Whether the window was full at some moment of the last round trip. */
  public boolean isWindowLimited() {
    return windowFullThisRound || windowFullLastRound;
  }

  // ---- Of the ACK frame being processed ----

  /** Whether it acknowledges anything sent on this path. */
  public boolean isSampled() {
    return sampled;
  }

  /** The rate that it shows, in bytes a second; 0 where it shows none. */
  public long bytesPerSecond() {
    return bytesPerSecond;
  }

  /** Whether the rate may be the application's instead of the path's. */
  public boolean isSampleApplicationLimited() {
    return sampleApplicationLimited;
  }

  /** What had been delivered when the newest packet acknowledged was sent. */
  public long priorDeliveredBytes() {
    return priorDeliveredBytes;
  }

  /** What was delivered since the newest packet acknowledged was sent. */
  public long sampleBytes() {
    return deliveredBytes - priorDeliveredBytes;
  }

  /** What was lost since the newest packet acknowledged was sent. */
  public long sampleLostBytes() {
    return lostBytes - priorLostBytes;
  }

  /** What was in flight when the newest packet acknowledged was sent, itself included. */
  public long txInFlightBytes() {
    return txInFlightBytes;
  }

  /** When the newest packet acknowledged was sent. */
  public long newestSentNanos() {
    return newestSentNanos;
  }

  /** The round-trip time of the newest packet acknowledged, the peer's delay included. */
  public long rttNanos() {
    return rttNanos;
  }

  /** The path's smoothed round-trip time. */
  public long smoothedRttNanos() {
    return smoothedRttNanos;
  }

  /** What it acknowledges. */
  public long newlyAckedBytes() {
    return newlyAckedBytes;
  }

  /** What was in flight before it came. */
  public long inFlightBeforeBytes() {
    return inFlightBeforeBytes;
  }

  /** What is in flight after it. */
  public long inFlightBytes() {
    return inFlightBytes;
  }
}
