package io.hypermesh.stoq.packet;

import java.lang.foreign.MemorySegment;

/**
 * A view of an ACK frame (RFC 9000, 19.3). A flyweight over the packet: nothing is copied, and the
 * ranges are walked with a cursor, highest first:
 *
 * {@snippet :
 * frame.rewind();
 * while (frame.nextRange()) {
 *   acknowledge(frame.rangeSmallest(), frame.rangeLargest());
 * }
 * }
 *
 * <p>Valid until the packet's memory is reused. Owned by one thread.
 */
public final class AckFrame {
  private MemorySegment buffer = MemorySegment.NULL;
  private long largestAcknowledged;
  private long ackDelay;
  private long rangeCount;
  private long firstRange;
  private long rangesOffset;
  private boolean ecn;
  private long ect0;
  private long ect1;
  private long ecnCe;

  private long cursor;
  private long rangesLeft;
  private long rangeLargest;
  private long rangeSmallest;

  /** Makes a view of nothing yet. */
  public AckFrame() {}

  /**
   * Points this view at a frame and checks all of it: no range reaches below packet number 0.
   *
   * <p>The work is bounded by the frame's length, whatever its range count claims.
   *
   * @param offset where the frame starts, with its type
   * @param limit where the packet's payload ends
   * @return where the frame ends
   * @throws TransportException FRAME_ENCODING_ERROR
   */
  public long wrap(MemorySegment payload, long offset, long limit) throws TransportException {
    long type = payload.get(Wire.BYTE, offset);
    if (type != FrameType.ACK && type != FrameType.ACK_ECN) {
      throw malformed(type, "frame type " + type + " is not ACK");
    }
    buffer = payload;
    ecn = type == FrameType.ACK_ECN;
    cursor = offset + 1;
    largestAcknowledged = read(limit);
    ackDelay = read(limit);
    rangeCount = read(limit) + 1;
    firstRange = read(limit);
    rangesOffset = cursor;
    long smallest = largestAcknowledged - firstRange;
    for (long i = 1; i < rangeCount && smallest >= 0; i++) {
      smallest = smallest - read(limit) - 2;
      // Checked apart: two subtractions of nearly 2^62 each could wrap around.
      if (smallest >= 0) {
        smallest -= read(limit);
      }
    }
    if (smallest < 0) {
      throw malformed(type, "a range of ACK reaches below packet number 0: " + smallest);
    }
    ect0 = ecn ? read(limit) : 0;
    ect1 = ecn ? read(limit) : 0;
    ecnCe = ecn ? read(limit) : 0;
    long end = cursor;
    rewind();
    return end;
  }

  private long read(long limit) throws TransportException {
    if (cursor >= limit) {
      throw malformed(ecn ? FrameType.ACK_ECN : FrameType.ACK, "ACK is cut short");
    }
    int length = VarInt.lengthOf(buffer.get(Wire.BYTE, cursor));
    if (length > limit - cursor) {
      throw malformed(ecn ? FrameType.ACK_ECN : FrameType.ACK, "ACK is cut short");
    }
    long value = VarInt.get(buffer, cursor);
    cursor += length;
    return value;
  }

  private static TransportException malformed(long type, String reason) {
    return new TransportException(TransportErrorCode.FRAME_ENCODING_ERROR, type, reason);
  }

  /** The largest packet number that the frame acknowledges. */
  public long largestAcknowledged() {
    return largestAcknowledged;
  }

  /** The Ack Delay field as sent: microseconds divided by 2 to the sender's ack_delay_exponent. */
  public long ackDelay() {
    return ackDelay;
  }

  /** How many ranges the frame has, at least one. */
  public long rangeCount() {
    return rangeCount;
  }

  /** Whether the frame has ECN counts. */
  public boolean hasEcnCounts() {
    return ecn;
  }

  /** Packets received with ECT(0). */
  public long ect0Count() {
    return ect0;
  }

  /** Packets received with ECT(1). */
  public long ect1Count() {
    return ect1;
  }

  /** Packets received with a congestion mark. */
  public long ecnCeCount() {
    return ecnCe;
  }

  /** Goes back to before the first range. */
  public void rewind() {
    cursor = rangesOffset;
    rangesLeft = rangeCount;
  }

  /** Moves to the next lower range; false where there is none. */
  public boolean nextRange() {
    if (rangesLeft == 0) {
      return false;
    }
    long length;
    if (rangesLeft == rangeCount) {
      rangeLargest = largestAcknowledged;
      length = firstRange;
    } else {
      rangeLargest = rangeSmallest - next() - 2;
      length = next();
    }
    rangeSmallest = rangeLargest - length;
    rangesLeft--;
    return true;
  }

  private long next() {
    long value = VarInt.get(buffer, cursor);
    cursor += VarInt.lengthOf(buffer.get(Wire.BYTE, cursor));
    return value;
  }

  /** The largest packet number of the range that the cursor is at. */
  public long rangeLargest() {
    return rangeLargest;
  }

  /** The smallest packet number of the range that the cursor is at. */
  public long rangeSmallest() {
    return rangeSmallest;
  }
}
