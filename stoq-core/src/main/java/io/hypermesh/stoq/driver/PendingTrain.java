package io.hypermesh.stoq.driver;

import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Datagrams that lie one behind the other, all of one length but the last, and go to a handler as
 * far as the limit of a call allows and the handler takes them.
 *
 * <p>The driver's thread owns it.
 */
final class PendingTrain {
  private MemorySegment buffer = MemorySegment.NULL;
  private @Nullable InetSocketAddress source;
  private int offset;
  private int end;
  private int segmentBytes;
  private int ecn;

  /**
   * Begins another one.
   *
   * @param offset where it starts in the buffer
   * @param bytes how long it is in total, which may be nothing: one empty datagram
   * @param segmentBytes how long each datagram is but the last; 0 where there is one only
   */
  void begin(
      MemorySegment buffer,
      int offset,
      int bytes,
      int segmentBytes,
      InetSocketAddress source,
      int ecn) {
    this.buffer = buffer;
    this.offset = offset;
    this.end = offset + bytes;
    this.segmentBytes = segmentBytes > 0 ? segmentBytes : Math.max(bytes, 1);
    this.source = source;
    this.ecn = ecn;
  }

  /** Whether all of it was handed on. */
  boolean isEmpty() {
    return source == null;
  }

  /**
   * Hands on what there is, or as much of it as the limit and the handler take.
   *
   * @param limit how many datagrams at most, at least 1
   * @return how many it was
   */
  int handOn(DatagramHandler handler, int limit) {
    InetSocketAddress from = source;
    if (from == null) {
      return 0;
    }
    int at = offset;
    int total = (int) Math.min((long) segmentBytes * limit, end - at);
    // Before the handler is called, since it may throw: the first one is its own then.
    skip(Math.min(segmentBytes, total));
    if (total <= segmentBytes) {
      handler.onDatagram(buffer, at, total, from, ecn);
      return 1;
    }
    int taken = handler.onTrain(buffer, at, segmentBytes, total, from, ecn);
    if (taken < 1 || taken > (total + segmentBytes - 1) / segmentBytes) {
      throw new IllegalStateException(
          "couldn't go on because a handler took " + taken + " datagrams of a train");
    }
    skip(Math.min(segmentBytes * (taken - 1), total - segmentBytes));
    return taken;
  }

  private void skip(int bytes) {
    offset += bytes;
    if (offset == end) {
      source = null;
    }
  }
}
