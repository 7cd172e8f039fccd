package io.hypermesh.stoq.stream;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;
import org.jctools.queues.atomic.MpmcAtomicArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * Chunks of memory of one size, from which stream buffers are made.
 *
 * <p>A buffer takes a chunk when it has bytes for it and gives it back when the bytes have been
 * acknowledged or read, so memory follows the data in flight and not the number of streams. Chunks
 * are allocated as they are first needed and then kept for reuse. They lie on the heap, where the
 * platform's AEAD is fastest.
 *
 * <p>Two limits hold the pool. Senders get at most {@link #chunksMax()} chunks in use in all, then
 * nothing: back pressure that the writer sees. Receivers are bounded by the windows of their
 * connections, at most one window and a chunk for each stream; what windows grow beyond their
 * initial sizes comes out of {@link #receiveBudget()}; and a third bound holds for what all of them
 * have at once, of which each connection has its {@link ReceiveShare}. Senders and receivers don't
 * share: peers that send what nobody reads take nothing from those who write.
 *
 * <p>Safe for use by any thread; no locks.
 */
public final class ChunkPool {
  private final int chunkBytes;
  private final int chunksMax;
  private final MpmcAtomicArrayQueue<MemorySegment> free;
  private final AtomicInteger sending = new AtomicInteger();
  private final AtomicInteger receiving = new AtomicInteger();
  private final long receiveChunksMax;
  private final ReceiveBudget receiveBudget;

  /**
   * @param chunkBytes size of a chunk: a power of two, at least 64
   * @param chunksMax chunks in use at most before senders are refused; at least 1
   */
  public ChunkPool(int chunkBytes, int chunksMax) {
    this(chunkBytes, chunksMax, Long.MAX_VALUE / 2);
  }

  /**
   * @param chunkBytes size of a chunk: a power of two, at least 64
   * @param chunksMax chunks in use at most before senders are refused; at least 1
   * @param receiveGrowthBytesMax bytes that receive windows may grow beyond their initial sizes
   */
  public ChunkPool(int chunkBytes, int chunksMax, long receiveGrowthBytesMax) {
    this(chunkBytes, chunksMax, receiveGrowthBytesMax, Long.MAX_VALUE / 2);
  }

  /**
   * @param chunkBytes size of a chunk: a power of two, at least 64
   * @param chunksMax chunks in use at most before senders are refused; at least 1
   * @param receiveGrowthBytesMax bytes that receive windows may grow beyond their initial sizes
   * @param receiveBytesMax bytes that receivers have at most, all together
   */
  public ChunkPool(
      int chunkBytes, int chunksMax, long receiveGrowthBytesMax, long receiveBytesMax) {
    if (chunkBytes < 64 || Integer.bitCount(chunkBytes) != 1 || chunksMax < 1) {
      throw new IllegalArgumentException(
          "couldn't make a chunk pool: it needs at least 1 chunk of a power of two bytes from 64 on, not "
              + chunksMax
              + " of "
              + chunkBytes);
    }
    this.chunkBytes = chunkBytes;
    this.chunksMax = chunksMax;
    this.receiveChunksMax = receiveBytesMax / chunkBytes;
    this.receiveBudget = new ReceiveBudget(receiveGrowthBytesMax);
    this.free = new MpmcAtomicArrayQueue<>(Math.max(2, chunksMax));
  }

  /** Size of a chunk in bytes. */
  public int chunkBytes() {
    return chunkBytes;
  }

  /** Chunks in use at which senders are refused. */
  public int chunksMax() {
    return chunksMax;
  }

  /** Chunks in use now, by senders and receivers together. */
  public int acquired() {
    return sending.get() + receiving.get();
  }

  /** Whether a sender would get a chunk now. */
  public boolean hasRoomToSend() {
    return sending.get() < chunksMax;
  }

  /** What the receive windows of all connections may grow by. */
  public ReceiveBudget receiveBudget() {
    return receiveBudget;
  }

  /** A chunk for a sender, or null where the limit is reached. */
  @Nullable MemorySegment acquireForSend() {
    if (sending.incrementAndGet() > chunksMax) {
      sending.decrementAndGet();
      return null;
    }
    return take();
  }

  /** Chunks that receivers may still have. */
  long roomToReceive() {
    return receiveChunksMax - receiving.get();
  }

  /** A chunk for a receiver, by its {@link ReceiveShare}. */
  MemorySegment acquireForReceive() {
    receiving.incrementAndGet();
    return take();
  }

  /**
   * Takes a chunk back; the caller has no further use of it.
   *
   * @param sent whether a sender had it
   */
  void release(MemorySegment chunk, boolean sent) {
    (sent ? sending : receiving).decrementAndGet();
    // A full queue holds as many chunks as senders may use at all; the garbage collector has the
    // rest.
    free.offer(chunk);
  }

  private MemorySegment take() {
    MemorySegment chunk = free.poll();
    return chunk != null ? chunk : MemorySegment.ofArray(new byte[chunkBytes]);
  }
}
