package io.hypermesh.stoq.stream;

/**
 * Which bytes of an outgoing byte stream are to be sent: first those declared lost, then those
 * never sent.
 *
 * <p>Serves STREAM and CRYPTO data alike: both are retransmitted by range, not by packet (RFC 9000,
 * 13.3). Every byte is at one moment in one of these: acknowledged, lost (to be sent again), in
 * flight, never sent. The number of ranges follows the packets in flight, which congestion control
 * bounds. Owned by the connection's thread.
 */
public final class SendRanges {
  private final RangeSet acknowledged = new RangeSet(Integer.MAX_VALUE);
  private final RangeSet lost = new RangeSet(Integer.MAX_VALUE);
  private long acknowledgedEnd;
  private long nextOffset;

  /** Every byte below this offset is acknowledged. */
  public long acknowledgedEnd() {
    return acknowledgedEnd;
  }

  /** The first byte that has never been sent. */
  public long nextOffset() {
    return nextOffset;
  }

  /** Whether some sent bytes were declared lost and not sent again yet. */
  public boolean hasLost() {
    return !lost.isEmpty();
  }

  /** Where the next bytes to send start. */
  public long pendingOffset() {
    return lost.isEmpty() ? nextOffset : lost.start(0);
  }

  /**
   * How many bytes can be sent from {@link #pendingOffset()} on, in one piece.
   *
   * @param end bytes exist, or may be sent, below this offset
   */
  public long pendingLength(long end) {
    return lost.isEmpty() ? Math.max(0, end - nextOffset) : lost.end(0) - lost.start(0);
  }

  /** None of the bytes that were sent has been received, nor will be: all are to be sent anew. */
  void restart() {
    acknowledged.clear();
    lost.clear();
    acknowledgedEnd = 0;
    nextOffset = 0;
  }

  /** Whether every byte that was sent is acknowledged. */
  public boolean isAllAcknowledged() {
    return acknowledgedEnd == nextOffset;
  }

  /** Starts, being new, behind bytes that are acknowledged. */
  public void startAt(long offset) {
    acknowledgedEnd = offset;
    nextOffset = offset;
  }

  /** These bytes are in a packet now. */
  public void onSent(long offset, long length) {
    lost.remove(offset, offset + length);
    nextOffset = Math.max(nextOffset, offset + length);
  }

  /** These bytes were acknowledged; once, or again. */
  public void onAcknowledged(long offset, long length) {
    long end = offset + length;
    lost.remove(offset, end);
    if (end <= acknowledgedEnd) {
      return;
    }
    acknowledged.add(Math.max(offset, acknowledgedEnd), end);
    if (!acknowledged.isEmpty() && acknowledged.start(0) == acknowledgedEnd) {
      acknowledgedEnd = acknowledged.end(0);
      acknowledged.remove(0, acknowledgedEnd);
    }
  }

  /**
   * These bytes are to be sent again, as far as they weren't acknowledged through other packets.
   */
  public void onLost(long offset, int length) {
    long start = Math.max(offset, acknowledgedEnd);
    long end = offset + length;
    if (start >= end) {
      return;
    }
    lost.add(start, end);
    for (int i = 0; i < acknowledged.size() && acknowledged.start(i) < end; i++) {
      lost.remove(acknowledged.start(i), acknowledged.end(i));
    }
  }
}
