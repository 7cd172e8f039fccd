package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.packet.FrameType;
import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.packet.TransportException;
import io.hypermesh.stoq.stream.RangeSet;
import io.hypermesh.stoq.stream.SendRanges;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * The handshake bytes of one level, both ways: an ordered stream without flow control (RFC 9000,
 * 7.5 and 19.6).
 *
 * <p>What arrives is put in order and handed on at once, so only bytes above a gap are held, at
 * most a given number; a peer that sends further ahead gets CRYPTO_BUFFER_EXCEEDED. What is sent is
 * kept until the level is done with. Owned by the connection's thread.
 */
final class CryptoStream {
  /** Pieces above the first gap at most; a packet that makes more counts as lost. */
  static final int RANGES_MAX = 64;

  /** Takes bytes in order. */
  interface Sink {
    void accept(byte[] data, int offset, int length) throws TransportException;
  }

  private final int bufferBytesMax;
  private final RangeSet outOfOrder = new RangeSet(RANGES_MAX);
  private byte[] ahead = new byte[0];
  private long received;

  private final SendRanges ranges = new SendRanges();
  private byte[] outgoing = new byte[0];
  private int outgoingLength;

  CryptoStream(int bufferBytesMax) {
    this.bufferBytesMax = bufferBytesMax;
  }

  // ---- Receiving ----

  /**
   * Takes a CRYPTO frame.
   *
   * @return false, and nothing changed, where its packet is to be treated as lost
   */
  boolean receive(long offset, MemorySegment data, long dataOffset, int length, Sink sink)
      throws TransportException {
    long end = offset + length;
    if (end <= received) {
      return true;
    }
    if (end - received > bufferBytesMax) {
      throw new TransportException(
          TransportErrorCode.CRYPTO_BUFFER_EXCEEDED,
          FrameType.CRYPTO,
          "handshake bytes up to " + end + " when only " + received + " are in order");
    }
    long from = Math.max(offset, received);
    if (from > received && !outOfOrder.add(from, end)) {
      return false;
    }
    int at = (int) (from - received);
    int count = (int) (end - from);
    if (ahead.length < at + count) {
      ahead = Arrays.copyOf(ahead, Math.min(bufferBytesMax, Math.max(at + count, 2_048)));
    }
    MemorySegment.copy(data, ValueLayout.JAVA_BYTE, dataOffset + (from - offset), ahead, at, count);
    if (from == received) {
      deliver(end, sink);
    }
    return true;
  }

  private void deliver(long end, Sink sink) throws TransportException {
    long newEnd = end;
    while (!outOfOrder.isEmpty() && outOfOrder.start(0) <= newEnd) {
      newEnd = Math.max(newEnd, outOfOrder.end(0));
      outOfOrder.remove(0, newEnd);
    }
    int count = (int) (newEnd - received);
    byte[] ready = Arrays.copyOf(ahead, count);
    System.arraycopy(ahead, count, ahead, 0, ahead.length - count);
    received = newEnd;
    sink.accept(ready, 0, count);
  }

  /** Whether bytes wait above a gap. */
  boolean hasGap() {
    return !outOfOrder.isEmpty();
  }

  // ---- Sending ----

  /** Adds bytes behind all earlier ones. */
  void append(byte[] data) {
    int needed = outgoingLength + data.length;
    if (outgoing.length < needed) {
      outgoing = Arrays.copyOf(outgoing, Math.max(needed, outgoing.length * 2));
    }
    System.arraycopy(data, 0, outgoing, outgoingLength, data.length);
    outgoingLength = needed;
  }

  boolean hasPending() {
    return ranges.pendingLength(outgoingLength) > 0;
  }

  long pendingOffset() {
    return ranges.pendingOffset();
  }

  int pendingLength() {
    return (int) ranges.pendingLength(outgoingLength);
  }

  void copyTo(long offset, MemorySegment target, long targetOffset, int length) {
    MemorySegment.copy(outgoing, (int) offset, target, ValueLayout.JAVA_BYTE, targetOffset, length);
  }

  void onSent(long offset, int length) {
    ranges.onSent(offset, length);
  }

  void onAcknowledged(long offset, int length) {
    ranges.onAcknowledged(offset, length);
  }

  void onLost(long offset, int length) {
    ranges.onLost(offset, length);
  }

  /** Everything that isn't acknowledged is to be sent again. */
  void resendUnacknowledged() {
    long from = ranges.acknowledgedEnd();
    ranges.onLost(from, (int) (ranges.nextOffset() - from));
  }
}
