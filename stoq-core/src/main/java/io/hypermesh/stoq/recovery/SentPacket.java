package io.hypermesh.stoq.recovery;

import io.hypermesh.stoq.packet.PacketNumbers;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A packet that was sent, with what it carried, so that the same information can be sent again if
 * it is lost (RFC 9000, 13.3).
 *
 * <p>Mutable and pooled: taken from {@link Recovery#acquire()}, filled while the packet is built,
 * handed to {@link Recovery#onPacketSent}, and seen again in a {@link RecoveryListener}, after
 * whose method it is used for another packet. Owned by the connection's thread.
 */
public final class SentPacket {
  private static final int ENTRIES_INITIAL = 4;
  private static final Object[] NO_CONTROLS = new Object[0];

  private long packetNumber;
  private int sizeBytes;
  private boolean ackEliciting;
  private boolean inFlight;
  private boolean probe;
  private boolean ecnMarked;
  private @Nullable PathRecovery path;
  private long largestAcknowledged = PacketNumbers.NONE;
  private long timeSentNanos;

  // What had happened on the path when it was sent, for DeliveryRate

  private long deliveredBytes;
  private long deliveredAtNanos;
  private long firstSentNanos;
  private long txInFlightBytes;
  private long lostBytes;
  private boolean applicationLimited;

  private int streamCount;
  private long[] streamIds = new long[ENTRIES_INITIAL];
  private long[] streamOffsets = new long[ENTRIES_INITIAL];
  private int[] streamLengths = new int[ENTRIES_INITIAL];
  private boolean[] streamFins = new boolean[ENTRIES_INITIAL];

  private int cryptoCount;
  private long[] cryptoOffsets = new long[0];
  private int[] cryptoLengths = new int[0];

  private int datagramCount;

  private int controlCount;
  private Object[] controls = NO_CONTROLS;

  SentPacket() {}

  /** Makes this an empty packet again; keeps the arrays. */
  void clear() {
    packetNumber = PacketNumbers.NONE;
    sizeBytes = 0;
    ackEliciting = false;
    inFlight = false;
    probe = false;
    ecnMarked = false;
    path = null;
    largestAcknowledged = PacketNumbers.NONE;
    timeSentNanos = 0;
    streamCount = 0;
    cryptoCount = 0;
    datagramCount = 0;
    Arrays.fill(controls, 0, controlCount, null);
    controlCount = 0;
  }

  /**
   * Says what kind of packet this is.
   *
   * @param packetNumber larger than every one before in its space
   * @param sizeBytes the packet's bytes in its datagram, header and tag included
   * @param ackEliciting whether the peer has to acknowledge it
   * @param inFlight whether it counts for congestion control: ack-eliciting or padded
   */
  public void describe(long packetNumber, int sizeBytes, boolean ackEliciting, boolean inFlight) {
    if (ackEliciting && !inFlight) {
      throw new IllegalArgumentException(
          "couldn't describe packet " + packetNumber + ": ack-eliciting but not in flight");
    }
    this.packetNumber = packetNumber;
    this.sizeBytes = sizeBytes;
    this.ackEliciting = ackEliciting;
    this.inFlight = inFlight;
  }

  /**
   * Says that the packet finds out about a path: its loss tells nothing of congestion (RFC 9000,
   * 14.4).
   */
  public void setProbe() {
    probe = true;
  }

  /** Says that its datagram is marked ECT(0). */
  public void setEcnMarked() {
    ecnMarked = true;
  }

  /** Says which path it's sent on, where that isn't the connection's present one. */
  public void setPath(PathRecovery other) {
    path = other;
  }

  /** Takes note of an ACK frame in the packet, by its largest acknowledged packet number. */
  public void setLargestAcknowledged(long largest) {
    largestAcknowledged = largest;
  }

  /** Takes note of a STREAM frame. */
  public void addStream(long streamId, long offset, int length, boolean fin) {
    if (streamCount == streamIds.length) {
      int capacity = streamCount * 2;
      streamIds = Arrays.copyOf(streamIds, capacity);
      streamOffsets = Arrays.copyOf(streamOffsets, capacity);
      streamLengths = Arrays.copyOf(streamLengths, capacity);
      streamFins = Arrays.copyOf(streamFins, capacity);
    }
    streamIds[streamCount] = streamId;
    streamOffsets[streamCount] = offset;
    streamLengths[streamCount] = length;
    streamFins[streamCount] = fin;
    streamCount++;
  }

  /** Takes note of a CRYPTO frame. */
  public void addCrypto(long offset, int length) {
    if (cryptoCount == cryptoOffsets.length) {
      int capacity = Math.max(ENTRIES_INITIAL, cryptoCount * 2);
      cryptoOffsets = Arrays.copyOf(cryptoOffsets, capacity);
      cryptoLengths = Arrays.copyOf(cryptoLengths, capacity);
    }
    cryptoOffsets[cryptoCount] = offset;
    cryptoLengths[cryptoCount] = length;
    cryptoCount++;
  }

  /** Takes note of DATAGRAM frames, which are only counted: they are never sent again. */
  public void setDatagramCount(int count) {
    datagramCount = count;
  }

  /** Takes note of any other frame, by an object that the connection knows how to send again. */
  public void addControl(Object control) {
    if (controlCount == controls.length) {
      controls = Arrays.copyOf(controls, Math.max(ENTRIES_INITIAL, controlCount * 2));
    }
    controls[controlCount++] = control;
  }

  void setTimeSentNanos(long nanos) {
    timeSentNanos = nanos;
  }

  /** Whether it's the datagram that finds out what the path carries. */
  public boolean isProbe() {
    return probe;
  }

  boolean isEcnMarked() {
    return ecnMarked;
  }

  /** The path that it was sent on; null before it was sent. */
  @Nullable PathRecovery path() {
    return path;
  }

  /** The path that it's sent on, which is the present one where no other was named. */
  PathRecovery pathOr(PathRecovery present) {
    PathRecovery named = path;
    if (named == null) {
      path = present;
      return present;
    }
    return named;
  }

  /** Takes note of what has happened on the path, this packet being sent. */
  void setDeliveryState(
      long deliveredBytes,
      long deliveredAtNanos,
      long firstSentNanos,
      long txInFlightBytes,
      long lostBytes,
      boolean applicationLimited) {
    this.deliveredBytes = deliveredBytes;
    this.deliveredAtNanos = deliveredAtNanos;
    this.firstSentNanos = firstSentNanos;
    this.txInFlightBytes = txInFlightBytes;
    this.lostBytes = lostBytes;
    this.applicationLimited = applicationLimited;
  }

  /** What the path had delivered. */
  long deliveredBytes() {
    return deliveredBytes;
  }

  /** When that was delivered. */
  long deliveredAtNanos() {
    return deliveredAtNanos;
  }

  /** When the packet was sent that was acknowledged last. */
  long firstSentNanos() {
    return firstSentNanos;
  }

  /** What was in flight, this packet included. */
  long txInFlightBytes() {
    return txInFlightBytes;
  }

  /** What the path had lost. */
  long lostBytes() {
    return lostBytes;
  }

  /** Whether the application had left the path idle. */
  boolean isApplicationLimited() {
    return applicationLimited;
  }

  /** The packet number. */
  public long packetNumber() {
    return packetNumber;
  }

  /** Bytes in its datagram. */
  public int sizeBytes() {
    return sizeBytes;
  }

  /** When it was sent. */
  public long timeSentNanos() {
    return timeSentNanos;
  }

  /** Whether the peer has to acknowledge it. */
  public boolean isAckEliciting() {
    return ackEliciting;
  }

  /** Whether it counts for congestion control. */
  public boolean isInFlight() {
    return inFlight;
  }

  /** The largest acknowledged of its ACK frame, or {@link PacketNumbers#NONE} without one. */
  public long largestAcknowledged() {
    return largestAcknowledged;
  }

  /** How many STREAM frames it carried. */
  public int streamCount() {
    return streamCount;
  }

  /** A STREAM frame's stream. */
  public long streamId(int index) {
    return streamIds[index];
  }

  /** A STREAM frame's offset. */
  public long streamOffset(int index) {
    return streamOffsets[index];
  }

  /** A STREAM frame's length. */
  public int streamLength(int index) {
    return streamLengths[index];
  }

  /** Whether a STREAM frame ended its stream. */
  public boolean streamFin(int index) {
    return streamFins[index];
  }

  /** How many CRYPTO frames it carried. */
  public int cryptoCount() {
    return cryptoCount;
  }

  /** A CRYPTO frame's offset. */
  public long cryptoOffset(int index) {
    return cryptoOffsets[index];
  }

  /** A CRYPTO frame's length. */
  public int cryptoLength(int index) {
    return cryptoLengths[index];
  }

  /** How many DATAGRAM frames it carried. */
  public int datagramCount() {
    return datagramCount;
  }

  /** How many other frames it carried that have to be sent again. */
  public int controlCount() {
    return controlCount;
  }

  /** One of the other frames. */
  public Object control(int index) {
    return controls[index];
  }
}
