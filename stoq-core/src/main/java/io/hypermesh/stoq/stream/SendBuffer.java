package io.hypermesh.stoq.stream;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * The outgoing bytes of one stream, from the host's write to the peer's acknowledgement.
 *
 * <p>One writer, the host's thread (one at a time), and one reader, the connection's thread; no
 * locks. The writer copies in with {@link #write} or fills memory in place with {@link #claim} and
 * {@link #commit}; packets are built straight from the same memory, and a byte's memory goes back
 * to the pool when everything up to it has been acknowledged.
 *
 * <pre>
 *   0 ........ acknowledged ........ next to send ........ written ........ acknowledged + capacity
 *    (given back)           (in flight)           (waiting)        (free)
 * </pre>
 *
 * <p>{@code written} is published by the writer and {@code acknowledged} by the connection, each
 * with release and read with acquire; so the bytes and chunks behind a position are visible to who
 * sees the position. Back pressure shows as a short or zero count.
 *
 * <p>After a write, commit or finish the connection's thread must be told that there is something
 * to send: that is the caller's part.
 */
public final class SendBuffer {
  /** What {@link #write} gives when the stream takes no more bytes. */
  public static final int CLOSED = -1;

  private static final VarHandle WRITTEN;
  private static final VarHandle ACKNOWLEDGED;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      WRITTEN = lookup.findVarHandle(SendBuffer.class, "written", long.class);
      ACKNOWLEDGED = lookup.findVarHandle(SendBuffer.class, "acknowledged", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final ChunkRing ring;
  private final long capacityBytes;

  // Written by the host's thread.
  private long written;
  private int claimed = -1;
  private volatile boolean finished;
  private volatile boolean starved;

  // Written by the connection's thread.
  private long acknowledged;
  private final SendRanges ranges = new SendRanges();
  private volatile long stopErrorCode = -1;
  private boolean finSent;
  private boolean finAcknowledged;

  SendBuffer(ChunkPool pool, long capacityBytes) {
    this.ring = new ChunkRing(pool, null, capacityBytes);
    this.capacityBytes = capacityBytes;
  }

  // ---- The host's thread ----

  /**
   * Copies bytes in.
   *
   * @return how many were taken, from 0 to {@code length}; {@link #CLOSED} where the stream takes
   *     no more. Where it is less than asked for, a {@code StreamWritable} event follows once
   *     acknowledgements make room; where it was the pool that had no chunk left, an event follows
   *     once bytes of this stream are acknowledged, and none if there are none: then whoever owns
   *     the pool has to tell, as it alone knows when another stream has given a chunk back.
   */
  public int write(MemorySegment source, long offset, int length) {
    if (finished || !ring.enter()) {
      return CLOSED;
    }
    try {
      int taken = fill(source, offset, length);
      if (taken < length) {
        // Noted before the second look: an acknowledgement that comes between the two either is
        // seen here or finds the note.
        starved = true;
        if (roomNow() > 0) {
          taken += fill(source, offset + taken, length - taken);
        }
      }
      return taken;
    } finally {
      ring.leave();
    }
  }

  private int fill(MemorySegment source, long offset, int length) {
    long at = written;
    long room = room();
    int taken = 0;
    while (taken < length && room > 0) {
      MemorySegment chunk = chunkToFill(at);
      if (chunk == null) {
        break;
      }
      int inChunk = ring.offsetInChunk(at);
      int count = (int) Math.min(Math.min(length - taken, room), ring.chunkBytes() - inChunk);
      MemorySegment.copy(source, offset + taken, chunk, inChunk, count);
      taken += count;
      room -= count;
      at += count;
    }
    WRITTEN.setRelease(this, at);
    return taken;
  }

  /**
   * Memory to fill in place: the free rest of the current chunk. Every claim that isn't null ends
   * with {@link #commit}; between the two this buffer must not be used otherwise.
   *
   * @return null where the buffer is full or takes no more bytes
   */
  public @Nullable MemorySegment claim() {
    if (finished || !ring.enter()) {
      return null;
    }
    long room = room();
    if (room <= 0) {
      starved = true;
      room = roomNow();
    }
    MemorySegment chunk = room > 0 ? chunkToFill(written) : null;
    if (chunk == null) {
      starved = true;
      ring.leave();
      return null;
    }
    int inChunk = ring.offsetInChunk(written);
    claimed = (int) Math.min(room, ring.chunkBytes() - inChunk);
    return ring.slice(chunk, inChunk, claimed);
  }

  /**
   * Ends a claim.
   *
   * @param length how many bytes from the start of the claim were filled, 0 to abandon it
   */
  public void commit(int length) {
    if (claimed < 0) {
      throw new IllegalStateException("couldn't commit: nothing is claimed");
    }
    if (length < 0 || length > claimed) {
      throw new IllegalArgumentException(
          "couldn't commit " + length + " bytes: the claim has " + claimed);
    }
    claimed = -1;
    WRITTEN.setRelease(this, written + length);
    ring.leave();
  }

  /** No byte follows; the peer sees the end of the stream after what was written. Idempotent. */
  public void finish() {
    finished = true;
  }

  /** Bytes that would be taken now as far as this stream's own capacity goes. */
  public long writable() {
    return finished || ring.isRingClosed() ? 0 : room();
  }

  /** Whether {@link #finish()} was called. */
  public boolean isFinished() {
    return finished;
  }

  /**
   * Whether bytes are no longer taken because the stream was reset, stopped or its end
   * acknowledged.
   */
  public boolean isClosed() {
    return ring.isRingClosed();
  }

  /** The code with which the peer asked to stop sending, or -1. */
  public long stopErrorCode() {
    return stopErrorCode;
  }

  private long room() {
    return capacityBytes - (written - (long) ACKNOWLEDGED.getAcquire(this));
  }

  /** The room as it is after every store of this thread (a full fence between the two). */
  private long roomNow() {
    return capacityBytes - (written - (long) ACKNOWLEDGED.getVolatile(this));
  }

  private @Nullable MemorySegment chunkToFill(long at) {
    MemorySegment chunk = ring.chunkAt(at);
    if (chunk == null) {
      chunk = ring.pool().acquireForSend();
      if (chunk != null) {
        ring.install(at, chunk);
      }
    }
    return chunk;
  }

  // ---- The connection's thread ----

  /** Where the next STREAM frame starts. */
  public long pendingOffset() {
    return ranges.pendingOffset();
  }

  /**
   * How many bytes the next STREAM frame can carry.
   *
   * @param creditEnd new bytes may be sent below this offset; bytes sent before always may
   */
  public long pendingLength(long creditEnd) {
    return ring.isRingClosed() ? 0 : ranges.pendingLength(Math.min(creditEnd, writtenEnd()));
  }

  /** Whether bytes that were sent have to be sent again. */
  boolean hasLost() {
    return !ring.isRingClosed() && ranges.hasLost();
  }

  /** Whether bytes that were never sent may be sent below this offset. */
  boolean hasFresh(long creditEnd) {
    return !ring.isRingClosed() && ranges.nextOffset() < Math.min(creditEnd, writtenEnd());
  }

  /** Whether a frame that ends at this offset must carry FIN. */
  public boolean finAt(long offset) {
    // The order of the two reads matters: whoever sees finished sees the last write too.
    return finished && offset == writtenEnd();
  }

  /** Whether FIN waits to be sent and no byte needs to go before it. */
  public boolean finPending() {
    return finished && !finSent && !ranges.hasLost() && ranges.nextOffset() == writtenEnd();
  }

  /** Copies bytes that are not yet acknowledged into a packet. */
  public void copyTo(long offset, MemorySegment target, long targetOffset, int length) {
    int done = 0;
    while (done < length) {
      MemorySegment chunk = ring.chunkAt(offset + done);
      if (chunk == null) {
        throw new IllegalStateException("no memory behind stream offset " + (offset + done));
      }
      int inChunk = ring.offsetInChunk(offset + done);
      int count = Math.min(length - done, ring.chunkBytes() - inChunk);
      MemorySegment.copy(chunk, inChunk, target, targetOffset + done, count);
      done += count;
    }
  }

  void onSent(long offset, long length, boolean fin) {
    ranges.onSent(offset, length);
    finSent |= fin;
  }

  /**
   * Nothing that was sent has been received: it's all to be sent anew. Nothing may be acknowledged.
   */
  void restart() {
    ranges.restart();
    finSent = false;
  }

  /** Bytes were acknowledged; gives back the memory of what no retransmission can need. */
  void onAcknowledged(long offset, long length, boolean fin) {
    finAcknowledged |= fin;
    if (ring.isRingClosed()) {
      return;
    }
    ranges.onAcknowledged(offset, length);
    long end = ranges.acknowledgedEnd();
    if (end > acknowledged) {
      ring.freeChunks(acknowledged, end);
      ACKNOWLEDGED.setVolatile(this, end);
    }
    if (isAllAcknowledged()) {
      ring.closeRing();
    } else if (end == writtenEnd() && ring.offsetInChunk(end) != 0 && ring.visit()) {
      // An idle stream holds no memory. Looked at again, now that nobody writes.
      if (end == writtenEnd()) {
        ring.freeChunkAt(end);
      }
      ring.endVisit();
    }
  }

  void onLost(long offset, int length, boolean fin) {
    if (ring.isRingClosed()) {
      return;
    }
    ranges.onLost(offset, length);
    if (fin && !finAcknowledged) {
      finSent = false;
    }
  }

  boolean isAllAcknowledged() {
    return finAcknowledged && ranges.acknowledgedEnd() == writtenEnd();
  }

  /** The first byte never sent: what a RESET_STREAM gives as the final size (RFC 9000, 4.5). */
  long sentEnd() {
    return ranges.nextOffset();
  }

  /** Whether bytes that were never sent wait for flow control credit above this offset. */
  public boolean isBlockedAt(long creditEnd) {
    return !ring.isRingClosed()
        && ranges.nextOffset() >= creditEnd
        && writtenEnd() > ranges.nextOffset();
  }

  /** Takes the note that a write was cut short, once there is room again. */
  boolean takeWritable() {
    if (starved && room() > 0) {
      starved = false;
      return true;
    }
    return false;
  }

  void stop(long errorCode) {
    stopErrorCode = errorCode;
  }

  /** Nothing is sent any more; the memory goes back. */
  void abandon() {
    ring.closeRing();
  }

  private long writtenEnd() {
    return (long) WRITTEN.getAcquire(this);
  }
}
