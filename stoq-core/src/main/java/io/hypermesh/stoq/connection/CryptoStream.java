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

  /** What is held for bytes above a gap at least, once there was one. */
  static final int AHEAD_BYTES_MIN = 2_048;

  /** Takes bytes in order. */
  interface Sink {
    void accept(byte[] data, int offset, int length) throws TransportException;
  }

  private final int bufferBytesMax;
  private final RangeSet outOfOrder = new RangeSet(RANGES_MAX);

  /** Bytes above the first gap, each at its offset modulo the length; small where there is none. */
  private byte[] ahead = new byte[0];

  private long received;

  private final SendRanges ranges = new SendRanges();
  private byte[] outgoing = new byte[0];
  private int outgoingLength;

  /** Bytes sent and acknowledged that another one had, before the first of {@link #outgoing}. */
  private long outgoingStart;

  CryptoStream(int bufferBytesMax) {
    this.bufferBytesMax = bufferBytesMax;
  }

  /** Goes on where another one was quiet. */
  CryptoStream(int bufferBytesMax, long received, long sent) {
    this.bufferBytesMax = bufferBytesMax;
    this.received = received;
    this.outgoingStart = sent;
    ranges.startAt(sent);
  }

  /** Whether nothing waits above a gap, to be sent, or for its acknowledgement. */
  boolean isQuiet() {
    return !hasGap() && !hasPending() && ranges.isAllAcknowledged();
  }

  /** Bytes that came in order. */
  long received() {
    return received;
  }

  /** Bytes that there were to send. */
  long sent() {
    return end();
  }

  private long end() {
    return outgoingStart + outgoingLength;
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
    byte[] piece =
        data.asSlice(dataOffset + (from - offset), end - from).toArray(ValueLayout.JAVA_BYTE);
    if (from > received) {
      keep(from, piece);
    } else {
      deliver(piece, sink);
    }
    return true;
  }

  private void keep(long from, byte[] piece) {
    int needed = (int) (from - received) + piece.length;
    if (ahead.length < needed) {
      // By doubling: pieces that each reach a little further must not each cost a copy of all.
      int doubled = Math.max(2 * ahead.length, Math.max(needed, AHEAD_BYTES_MIN));
      byte[] grown = new byte[Math.min(bufferBytesMax, doubled)];
      copyToRing(read(received, ahead.length), grown, received);
      ahead = grown;
    }
    copyToRing(piece, ahead, from);
  }

  private static void copyToRing(byte[] bytes, byte[] ring, long offset) {
    if (bytes.length > 0) {
      int at = (int) (offset % ring.length);
      int first = Math.min(bytes.length, ring.length - at);
      System.arraycopy(bytes, 0, ring, at, first);
      System.arraycopy(bytes, first, ring, 0, bytes.length - first);
    }
  }

  private byte[] read(long offset, int length) {
    byte[] bytes = new byte[length];
    if (length > 0) {
      int at = (int) (offset % ahead.length);
      int first = Math.min(length, ahead.length - at);
      System.arraycopy(ahead, at, bytes, 0, first);
      System.arraycopy(ahead, 0, bytes, first, length - first);
    }
    return bytes;
  }

  /** Hands on what is next, with what now follows it; in time linear in what is handed on. */
  private void deliver(byte[] next, Sink sink) throws TransportException {
    long nextEnd = received + next.length;
    long newEnd = nextEnd;
    while (!outOfOrder.isEmpty() && outOfOrder.start(0) <= newEnd) {
      newEnd = Math.max(newEnd, outOfOrder.end(0));
      outOfOrder.remove(0, newEnd);
    }
    byte[] ready = next;
    if (newEnd > nextEnd) {
      ready = Arrays.copyOf(next, (int) (newEnd - received));
      byte[] kept = read(nextEnd, (int) (newEnd - nextEnd));
      System.arraycopy(kept, 0, ready, next.length, kept.length);
    }
    received = newEnd;
    if (outOfOrder.isEmpty() && ahead.length > AHEAD_BYTES_MIN) {
      ahead = new byte[0];
    }
    sink.accept(ready, 0, ready.length);
  }

  /** Whether bytes wait above a gap. */
  boolean hasGap() {
    return !outOfOrder.isEmpty();
  }

  /** Memory that what waits above a gap takes. */
  int aheadBytes() {
    return ahead.length;
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
    return ranges.pendingLength(end()) > 0;
  }

  long pendingOffset() {
    return ranges.pendingOffset();
  }

  int pendingLength() {
    return (int) ranges.pendingLength(end());
  }

  void copyTo(long offset, MemorySegment target, long targetOffset, int length) {
    int from = (int) (offset - outgoingStart);
    MemorySegment.copy(outgoing, from, target, ValueLayout.JAVA_BYTE, targetOffset, length);
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
