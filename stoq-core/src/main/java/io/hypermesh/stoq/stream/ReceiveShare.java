package io.hypermesh.stoq.stream;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What one connection holds of the memory for received bytes, which an endpoint's connections
 * share.
 *
 * <p>A byte that flow control allows may be refused all the same, its packet counting as lost: what
 * all connections were promised together is more than a machine has. Nobody gets more than what
 * remains for the others, as of the {@link ReceiveBudget}: who sends what nobody reads, on however
 * many connections, leaves a part for the next one. Taken by the connection's thread, given back by
 * any.
 */
final class ReceiveShare {
  private final ChunkPool pool;
  private final AtomicInteger held = new AtomicInteger();

  ReceiveShare(ChunkPool pool) {
    this.pool = pool;
  }

  ChunkPool pool() {
    return pool;
  }

  /** A buffer for one of the connection's streams. */
  ReceiveBuffer newBuffer(StreamSettings settings) {
    return new ReceiveBuffer(this, settings.streamWindowBytes(), settings.reassemblyRangesMax());
  }

  /**
   * Whether the connection may have so many chunks more.
   *
   * @param readable whether the bytes for them can be read at once: what lies above a gap gets half
   *     as much, so that it never keeps out what closes the gap
   */
  boolean allows(int more, boolean readable) {
    long wanted = (long) held.get() + more;
    return (readable ? wanted : 2 * wanted) <= pool.roomToReceive() - more;
  }

  /** A chunk, which {@link #allows} has allowed. */
  MemorySegment acquire() {
    held.incrementAndGet();
    return pool.acquireForReceive();
  }

  /** Takes a chunk back; the caller has no further use of it. */
  void release(MemorySegment chunk) {
    held.decrementAndGet();
    pool.release(chunk, false);
  }

  /** Chunks that the connection holds. */
  int held() {
    return held.get();
  }
}
