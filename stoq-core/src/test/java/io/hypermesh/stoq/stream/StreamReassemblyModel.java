package io.hypermesh.stoq.stream;

import static io.hypermesh.stoq.fuzz.FuzzInput.require;

import io.hypermesh.stoq.fuzz.FuzzInput;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;

/** A stream's receive buffer with a host that reads now and then, against a bit set. */
public final class StreamReassemblyModel {
  private static final int CHUNK = 64;
  private static final int WINDOW = 4_096;
  private static final int RANGES_MAX = 16;

  private final byte[] data;
  private final MemorySegment source;
  private final byte[] target = new byte[600];

  /** The bytes that all pieces are cut from. */
  public StreamReassemblyModel(byte[] data) {
    this.data = data;
    this.source = MemorySegment.ofArray(data);
  }

  /** Does with one buffer what the input says; as flow control allows, and no more. */
  public void run(FuzzInput input) {
    ChunkPool pool = new ChunkPool(CHUNK, 1_000);
    ReceiveBuffer buffer = new ReceiveBuffer(pool, WINDOW, RANGES_MAX);
    BitSet came = new BitSet();
    int read = 0;
    for (int step = 0; input.hasRemaining() && step < 2_000; step++) {
      int choice = input.uint8();
      switch (choice & 7) {
        case 0 -> {
          int count = buffer.read(MemorySegment.ofArray(target), 0, 1 + (choice >>> 3) * 19);
          require(count == ReceiveBuffer.END || count >= 0, "read " + count);
          requireSame(MemorySegment.ofArray(target), read, Math.max(count, 0));
          read += Math.max(count, 0);
        }
        case 1 -> {
          MemorySegment peeked = buffer.peek();
          if (peeked != null) {
            requireSame(peeked, read, (int) peeked.byteSize());
            int used = input.below((int) peeked.byteSize() + 1);
            buffer.consume(used);
            read += used;
          }
        }
        case 2 -> buffer.releaseIdle();
        default -> insert(buffer, came, read, choice, input);
      }
      int end = came.nextClearBit(0);
      require(buffer.receivedEnd() == end, "received " + buffer.receivedEnd() + ", not " + end);
      require(buffer.consumedEnd() == read, "consumed");
      require(buffer.readable() == end - read, "readable");
      require(pool.acquired() <= WINDOW / CHUNK + 1, "chunks: " + pool.acquired());
    }
    buffer.discard();
    buffer.orphan();
    require(pool.acquired() == 0, "chunks left: " + pool.acquired());
  }

  private void insert(ReceiveBuffer buffer, BitSet came, int read, int choice, FuzzInput input) {
    int base = came.nextClearBit(0);
    int from = Math.max(0, base - 32 + ((choice & 8) == 0 ? input.uint8() : input.uint16()));
    int to = from + ((choice & 16) == 0 ? input.below(4) : input.uint16());
    if (to > Math.min(data.length, read + WINDOW)
        || (finalSize(buffer) >= 0 && to > finalSize(buffer))) {
      return;
    }
    boolean kept = buffer.insert(from, source, from, to - from);
    if (kept) {
      came.set(from, to);
      if ((choice & 0xe0) == 0xe0 && to >= came.length() && finalSize(buffer) < 0) {
        buffer.finalSize(to);
      }
    } else {
      require(from > base, "what is next was refused");
      require(pieces(came, base) >= RANGES_MAX, "refused below the limit");
    }
  }

  private static long finalSize(ReceiveBuffer buffer) {
    return buffer.finalSize();
  }

  /** Pieces above the first gap. */
  private static int pieces(BitSet came, int base) {
    int pieces = 0;
    for (int at = came.nextSetBit(base); at >= 0; at = came.nextSetBit(came.nextClearBit(at))) {
      pieces++;
    }
    return pieces;
  }

  private void requireSame(MemorySegment bytes, int offset, int length) {
    require(
        bytes.asSlice(0, length).mismatch(source.asSlice(offset, length)) < 0,
        "other bytes at " + offset);
  }
}
