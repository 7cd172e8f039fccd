package io.hypermesh.stoq.stream;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * A window over a stream's bytes, addressed by stream offset, in chunks of a pool; and the gate
 * that decides which of two threads gives the chunks back.
 *
 * <p>Two threads use a ring: the <em>host's</em> (one at a time) and the <em>connection's</em>.
 * Which bytes each may touch follows from the positions that the buffers publish. What positions
 * can't settle is the end: the connection may give up a stream while the host is inside a call. The
 * gate settles it without a lock:
 *
 * <pre>
 *            enter             close
 *   OPEN ───────────► BUSY ───────────► BUSY|CLOSED
 *    │  ◄─────────────                       │ leave: the host frees the chunks
 *    │       leave                           ▼
 *    └───────────────────────────────────► CLOSED
 *          close: the connection frees the chunks
 * </pre>
 *
 * After CLOSED the host is refused at the gate, and the connection promises to stay away.
 *
 * <p>The connection may come in too, for a moment, where the host is not inside: to make the window
 * larger, or to give back a chunk that is used in part and holds nothing. A host that comes to the
 * gate meanwhile spins; the connection does next to nothing inside.
 */
class ChunkRing {
  private static final int BUSY = 1;
  private static final int CLOSED = 2;

  /** The connection is inside. */
  private static final int VISITED = 4;

  private static final VarHandle GATE;

  static {
    try {
      GATE = MethodHandles.lookup().findVarHandle(ChunkRing.class, "gate", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final ChunkPool pool;
  private final int chunkBytes;

  /** Which power of two chunks have as bytes, as the pool makes them. */
  private final int chunkShift;

  private final @Nullable ReceiveShare share;
  private @Nullable MemorySegment[] slots;

  @SuppressWarnings("unused") // Through GATE.
  private volatile int gate;

  /**
   * @param share what a receiver's chunks are of; null for a sender's
   * @param windowBytes bytes that must fit wherever the window starts
   */
  ChunkRing(ChunkPool pool, @Nullable ReceiveShare share, long windowBytes) {
    this.pool = pool;
    this.share = share;
    this.chunkBytes = pool.chunkBytes();
    this.chunkShift = Integer.numberOfTrailingZeros(chunkBytes);
    this.slots = new MemorySegment[slotsFor(windowBytes)];
  }

  private int slotsFor(long windowBytes) {
    // One more than the window's chunks: a window that starts inside a chunk ends inside another.
    int chunks = (int) ((windowBytes + chunkBytes - 1) / chunkBytes) + 1;
    // A power of two, so that finding a slot takes no division.
    return Integer.highestOneBit(Math.max(1, chunks - 1)) << 1;
  }

  // ---- The gate ----

  /** The host comes in; false where the ring is closed. Ends with {@link #leave()}. */
  final boolean enter() {
    while (!GATE.compareAndSet(this, 0, BUSY)) {
      int seen = gate;
      if (seen != 0 && seen != VISITED) {
        return refuse(seen);
      }
      Thread.onSpinWait();
    }
    return true;
  }

  private static boolean refuse(int seen) {
    if ((seen & BUSY) != 0) {
      throw new IllegalStateException(
          "couldn't use a stream buffer: another thread is inside it, or a claim or peek is open");
    }
    return false;
  }

  /** The host goes; where the ring was closed meanwhile, it takes the chunks with it. */
  final void leave() {
    if (!GATE.compareAndSet(this, BUSY, 0)) {
      freeAll();
      GATE.setRelease(this, CLOSED);
    }
  }

  final boolean isRingClosed() {
    return (gate & CLOSED) != 0;
  }

  /**
   * The connection gives the ring up; idempotent. It must not touch the ring's bytes afterwards.
   */
  final void closeRing() {
    int before = (int) GATE.getAndBitwiseOr(this, CLOSED);
    if (before == 0) {
      freeAll();
    }
  }

  /** The connection comes in; false where the host is inside, or the ring is closed. */
  final boolean visit() {
    return GATE.compareAndSet(this, 0, VISITED);
  }

  /** The connection goes. */
  final void endVisit() {
    GATE.setRelease(this, 0);
  }

  // ---- The chunks ----

  /**
   * Makes room for a larger window; within a visit.
   *
   * @param from the lowest offset whose chunk may be held
   */
  final void grow(long from, long windowBytes) {
    int count = slotsFor(windowBytes);
    if (count <= slots.length) {
      return;
    }
    @Nullable MemorySegment[] grown = new MemorySegment[count];
    long chunk = from / chunkBytes;
    for (int i = 0; i < slots.length; i++, chunk++) {
      grown[(int) chunk & (count - 1)] = slots[(int) chunk & (slots.length - 1)];
    }
    slots = grown;
  }

  final ChunkPool pool() {
    return pool;
  }

  final int chunkBytes() {
    return chunkBytes;
  }

  final @Nullable MemorySegment chunkAt(long streamOffset) {
    return slots[slotOf(streamOffset)];
  }

  final void install(long streamOffset, MemorySegment chunk) {
    slots[slotOf(streamOffset)] = chunk;
  }

  /** Gives back the chunk that holds this offset, if there is one. */
  final void freeChunkAt(long streamOffset) {
    int slot = slotOf(streamOffset);
    MemorySegment chunk = slots[slot];
    if (chunk != null) {
      slots[slot] = null;
      giveBack(chunk);
    }
  }

  /** Gives back the chunks that lie wholly in {@code [from, to)}, where {@code from}'s is held. */
  final void freeChunks(long from, long to) {
    long chunkEnd = (from / chunkBytes + 1) * chunkBytes;
    while (chunkEnd <= to) {
      freeChunkAt(chunkEnd - 1);
      chunkEnd += chunkBytes;
    }
  }

  private void giveBack(MemorySegment chunk) {
    if (share == null) {
      pool.release(chunk, true);
    } else {
      share.release(chunk);
    }
  }

  /**
   * A part of a chunk; the chunk itself where that is all of it, so that bulk allocates nothing.
   */
  final MemorySegment slice(MemorySegment chunk, int from, int length) {
    return length == chunkBytes ? chunk : chunk.asSlice(from, length);
  }

  final int offsetInChunk(long streamOffset) {
    return (int) streamOffset & (chunkBytes - 1);
  }

  private int slotOf(long streamOffset) {
    return (int) (streamOffset >>> chunkShift) & (slots.length - 1);
  }

  private void freeAll() {
    for (int i = 0; i < slots.length; i++) {
      MemorySegment chunk = slots[i];
      if (chunk != null) {
        slots[i] = null;
        giveBack(chunk);
      }
    }
  }
}
