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
 */
class ChunkRing {
  private static final int BUSY = 1;
  private static final int CLOSED = 2;

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
  private final @Nullable MemorySegment[] slots;

  @SuppressWarnings("unused") // Through GATE.
  private volatile int gate;

  /**
   * @param windowBytes bytes that must fit wherever the window starts
   */
  ChunkRing(ChunkPool pool, long windowBytes) {
    this.pool = pool;
    this.chunkBytes = pool.chunkBytes();
    // One more than the window's chunks: a window that starts inside a chunk ends inside another.
    this.slots = new MemorySegment[(int) ((windowBytes + chunkBytes - 1) / chunkBytes) + 1];
  }

  // ---- The gate ----

  /** The host comes in; false where the ring is closed. Ends with {@link #leave()}. */
  final boolean enter() {
    if (GATE.compareAndSet(this, 0, BUSY)) {
      return true;
    }
    if ((gate & BUSY) != 0) {
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

  // ---- The chunks ----

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
      pool.release(chunk);
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

  final int offsetInChunk(long streamOffset) {
    return (int) (streamOffset % chunkBytes);
  }

  private int slotOf(long streamOffset) {
    return (int) (streamOffset / chunkBytes % slots.length);
  }

  private void freeAll() {
    for (int i = 0; i < slots.length; i++) {
      MemorySegment chunk = slots[i];
      if (chunk != null) {
        slots[i] = null;
        pool.release(chunk);
      }
    }
  }
}
