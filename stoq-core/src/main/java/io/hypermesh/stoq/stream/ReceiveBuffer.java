package io.hypermesh.stoq.stream;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * The incoming bytes of one stream, from the packet to the host's read.
 *
 * <p>The connection's thread puts bytes where they belong, in whatever order they come; the host's
 * thread (one at a time) reads what is contiguous, copying with {@link #read} or in place with
 * {@link #peek} and {@link #consume}. No locks.
 *
 * <pre>
 *   0 ......... consumed ......... received ....gap.... out of order ......... consumed + window
 *   (given back)        (readable)                     (in place, known by ranges)
 * </pre>
 *
 * <p>Flow control keeps every byte inside the window, so memory is bounded by it; the ranges above
 * the first gap are bounded in number (RFC 9000, 21.7). {@code received} is published by the
 * connection and {@code consumed} by the host, with release and acquire.
 *
 * <p>A host that drops a stream before its end calls {@link #discard()}; otherwise the memory of
 * what it hasn't read stays taken.
 */
public final class ReceiveBuffer {
  /** What {@link #read} gives after the last byte. */
  public static final int END = -1;

  /** What {@link #read} gives once the stream was reset, or its connection lost, before its end. */
  public static final int ABORTED = -2;

  private static final VarHandle RECEIVED;
  private static final VarHandle CONSUMED;
  private static final VarHandle OWNERS;

  /** The host has given the bytes up. */
  private static final int DISCARDED = 1;

  /** The connection has given the bytes up: they are the host's alone. */
  private static final int ORPHANED = 2;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      RECEIVED = lookup.findVarHandle(ReceiveBuffer.class, "received", long.class);
      CONSUMED = lookup.findVarHandle(ReceiveBuffer.class, "consumed", long.class);
      OWNERS = lookup.findVarHandle(ReceiveBuffer.class, "owners", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final ChunkRing ring;

  // Written by the host's thread.
  private long consumed;
  private int peeked = -1;

  // Written by the connection's thread.
  private long received;
  private final RangeSet outOfOrder;
  private final ReceiveShare share;
  private long highest;
  private volatile long finalSize = -1;
  private volatile long resetErrorCode = -1;
  private volatile boolean early;

  // Written by both.
  private volatile int owners;

  /** The only one of its connection. */
  ReceiveBuffer(ChunkPool pool, long windowBytes, int rangesMax) {
    this(new ReceiveShare(pool), windowBytes, rangesMax);
  }

  /**
   * @param share its connection's
   * @param windowBytes bytes above {@code consumed} that the peer may send at most
   * @param rangesMax ranges above the first gap at most
   */
  ReceiveBuffer(ReceiveShare share, long windowBytes, int rangesMax) {
    this.share = share;
    this.ring = new ChunkRing(share.pool(), share, windowBytes);
    this.outOfOrder = new RangeSet(rangesMax);
  }

  // ---- The host's thread ----

  /**
   * Copies readable bytes out.
   *
   * @return how many; 0 where none has come yet; {@link #END} or {@link #ABORTED} where none will
   */
  public int read(MemorySegment target, long offset, int length) {
    if (isDiscarded() || !ring.enter()) {
      return isEnd() ? END : ABORTED;
    }
    try {
      long at = consumed;
      int count = (int) Math.min(length, (long) RECEIVED.getAcquire(this) - at);
      for (int done = 0; done < count; ) {
        MemorySegment chunk = readableChunk(at + done);
        int inChunk = ring.offsetInChunk(at + done);
        int part = Math.min(count - done, ring.chunkBytes() - inChunk);
        MemorySegment.copy(chunk, inChunk, target, offset + done, part);
        done += part;
      }
      if (count > 0) {
        advance(at, at + count);
      } else if (length > 0) {
        return whyNothing();
      }
      return count;
    } finally {
      ring.leave();
    }
  }

  /**
   * Readable bytes in place, as many as lie in one piece. Every result that isn't null ends with
   * {@link #consume}; between the two this buffer must not be used otherwise, and the bytes must
   * not be changed.
   *
   * @return null where nothing is readable: not yet, or no more
   */
  public @Nullable MemorySegment peek() {
    if (isDiscarded() || !ring.enter()) {
      return null;
    }
    long at = consumed;
    long available = (long) RECEIVED.getAcquire(this) - at;
    if (available <= 0) {
      whyNothing();
      ring.leave();
      return null;
    }
    int inChunk = ring.offsetInChunk(at);
    peeked = (int) Math.min(available, ring.chunkBytes() - inChunk);
    return ring.slice(readableChunk(at), inChunk, peeked);
  }

  /**
   * Ends a peek.
   *
   * @param length how many bytes from the start of the peek are done with, from 0
   */
  public void consume(int length) {
    if (peeked < 0) {
      throw new IllegalStateException("couldn't consume: nothing was peeked");
    }
    if (length < 0 || length > peeked) {
      throw new IllegalArgumentException(
          "couldn't consume " + length + " bytes: the peek gave " + peeked);
    }
    peeked = -1;
    advance(consumed, consumed + length);
    ring.leave();
  }

  /** Bytes that can be read now. */
  public long readable() {
    return ring.isRingClosed() ? 0 : (long) RECEIVED.getAcquire(this) - consumedEnd();
  }

  /** Whether every byte up to the stream's end has been read. */
  public boolean isEnd() {
    return resetErrorCode < 0 && finalSize >= 0 && consumedEnd() == finalSize;
  }

  /** Whether no more bytes will come although the end wasn't reached. */
  public boolean isAborted() {
    return ring.isRingClosed() ? !isEnd() : readable() == 0 && isOrphaned() && !isEnd();
  }

  /** The code with which the peer reset the stream, or -1. */
  public long resetErrorCode() {
    return resetErrorCode;
  }

  /** Gives up what was not read, and what will come; ends an open peek. Idempotent. */
  public void discard() {
    if (peeked >= 0) {
      peeked = -1;
      ring.leave();
    }
    int before = (int) OWNERS.getAndBitwiseOr(this, DISCARDED);
    if ((before & ORPHANED) != 0) {
      ring.closeRing();
    }
  }

  private int whyNothing() {
    if (isEnd()) {
      releaseAtEnd();
      return END;
    }
    // Orphaned is looked at first and the bytes again: whoever orphans has published them before.
    if (!isOrphaned() || (long) RECEIVED.getAcquire(this) != consumed) {
      return 0;
    }
    // What lies above a gap will never be readable: it goes back as the host leaves.
    ring.closeRing();
    return ABORTED;
  }

  private MemorySegment readableChunk(long at) {
    MemorySegment chunk = ring.chunkAt(at);
    if (chunk == null) {
      throw new IllegalStateException("no memory behind stream offset " + at);
    }
    return chunk;
  }

  private void advance(long from, long to) {
    ring.freeChunks(from, to);
    CONSUMED.setRelease(this, to);
    releaseAtEnd();
  }

  /** The last chunk isn't full: its end is the stream's. */
  private void releaseAtEnd() {
    if (isEnd()) {
      ring.freeChunkAt(consumed);
    }
  }

  // ---- The connection's thread ----

  /**
   * Gets ready for a larger window.
   *
   * @return false, and nothing changed, where the host is reading just now, or reads no more
   */
  boolean growWindow(long windowBytes) {
    if (!ring.visit()) {
      return false;
    }
    ring.grow(consumedEnd(), windowBytes);
    ring.endVisit();
    return true;
  }

  /** Gives back a chunk whose bytes have all been read, though there is room in it for more. */
  void releaseIdle() {
    long end = received;
    boolean waiting = !outOfOrder.isEmpty();
    if (!waiting && consumedEnd() == end && ring.offsetInChunk(end) != 0 && ring.visit()) {
      ring.freeChunkAt(end);
      ring.endVisit();
    }
  }

  /** Every byte below this offset has been read, or given up, by the host. */
  long consumedEnd() {
    return (long) CONSUMED.getAcquire(this);
  }

  /** Every byte below this offset has come. */
  long receivedEnd() {
    return received;
  }

  /** The highest offset that the peer has used, which is what flow control counts. */
  long highest() {
    return highest;
  }

  /** The stream's length, or -1 while it isn't known. */
  long finalSize() {
    return finalSize;
  }

  /** Whether bytes of it came as early data, which may be a replay. Any thread may ask. */
  public boolean isEarly() {
    return early;
  }

  void noteEarly() {
    early = true;
  }

  boolean isAllReceived() {
    return finalSize >= 0 && received == finalSize;
  }

  /**
   * Takes the bytes of a STREAM frame, which flow control and the final size allow.
   *
   * @return false, and nothing changed, where the bytes would make a gap too many, or there is no
   *     memory for them: the packet is to be treated as lost
   */
  boolean insert(long offset, MemorySegment source, long sourceOffset, int length) {
    long end = offset + length;
    long from = Math.max(offset, received);
    if (from < end && !isDiscarded()) {
      boolean room = isInOneChunk(from, end) || hasRoomFor(from, end);
      if (!room || (from > received && !outOfOrder.add(from, end))) {
        return false;
      }
      copyIn(from, source, sourceOffset + (from - offset), (int) (end - from));
    }
    highest = Math.max(highest, end);
    if (isDiscarded()) {
      skipTo(highest);
    } else if (from == received && from < end) {
      publish(end);
    }
    return true;
  }

  private void publish(long end) {
    long newEnd = end;
    int merged = 0;
    while (merged < outOfOrder.size() && outOfOrder.start(merged) <= newEnd) {
      newEnd = Math.max(newEnd, outOfOrder.end(merged));
      merged++;
    }
    if (merged > 0) {
      outOfOrder.remove(0, newEnd);
    }
    RECEIVED.setRelease(this, newEnd);
  }

  /** Whether all of it goes into a chunk that is there. */
  private boolean isInOneChunk(long from, long end) {
    return end - from <= ring.chunkBytes() - ring.offsetInChunk(from) && ring.chunkAt(from) != null;
  }

  private boolean hasRoomFor(long from, long end) {
    int missing = 0;
    for (long at = from; at < end; at += ring.chunkBytes() - ring.offsetInChunk(at)) {
      missing += ring.chunkAt(at) == null ? 1 : 0;
    }
    return missing == 0 || share.allows(missing, from == received);
  }

  private void copyIn(long offset, MemorySegment source, long sourceOffset, int length) {
    for (int done = 0; done < length; ) {
      long at = offset + done;
      MemorySegment chunk = ring.chunkAt(at);
      if (chunk == null) {
        chunk = share.acquire();
        ring.install(at, chunk);
      }
      int inChunk = ring.offsetInChunk(at);
      int part = Math.min(length - done, ring.chunkBytes() - inChunk);
      MemorySegment.copy(source, sourceOffset + done, chunk, inChunk, part);
      done += part;
    }
  }

  void finalSize(long size) {
    highest = Math.max(highest, size);
    finalSize = size;
    if (isDiscarded()) {
      skipTo(size);
    }
  }

  boolean isDiscarded() {
    return (owners & DISCARDED) != 0;
  }

  /** Gives the bytes back that the host gave up; they count as read. True where it did. */
  boolean dropDiscarded() {
    if (!isDiscarded()) {
      return false;
    }
    skipTo(highest);
    return true;
  }

  /** Counts everything up to an offset as received and read; nothing more is stored. */
  private void skipTo(long offset) {
    ring.closeRing();
    outOfOrder.clear();
    // The host moves this position no more: it has discarded, and discarding ends its visits.
    RECEIVED.setRelease(this, offset);
    CONSUMED.setRelease(this, offset);
  }

  /** The peer reset the stream: nothing is readable any more (RFC 9000, 3.2). */
  void reset(long errorCode, long size) {
    resetErrorCode = errorCode;
    finalSize = size;
    highest = Math.max(highest, size);
    ring.closeRing();
    outOfOrder.clear();
  }

  /** The stream's life is over: all was read, or nothing is wanted. */
  void close() {
    ring.closeRing();
  }

  /** The connection is gone. What was received in order remains for the host, with its memory. */
  void orphan() {
    int before = (int) OWNERS.getAndBitwiseOr(this, ORPHANED);
    if ((before & DISCARDED) != 0) {
      ring.closeRing();
    }
  }

  private boolean isOrphaned() {
    return (owners & ORPHANED) != 0;
  }
}
