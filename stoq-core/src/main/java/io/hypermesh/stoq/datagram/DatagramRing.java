package io.hypermesh.stoq.datagram;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * A queue of byte records from one thread to another, without locks, in memory that grows by
 * doubling up to a limit.
 *
 * <p>Guarantee: records come out whole, in the order of their commits, each once. The memory of all
 * parts together stays below twice the limit, and nothing is allocated before the first record.
 *
 * <pre>
 *   part 1 (8 KiB)                      part 2 (16 KiB), once part 1 was full
 *   ┌───────────────────────────────┐   ┌──────────────────────────────────────┐
 *   │ free │ len bytes │ len bytes … │──►│ len bytes │ free                       │
 *   └──────▲─────────────────────────┘   └───────────▲──────────────────────────┘
 *          head: the consumer's                      tail: the producer's
 * </pre>
 *
 * <p>A record lies in one piece: where the rest of a part is too short for it, the rest is skipped.
 * The producer goes on in a new part for good, and the consumer follows once the old one is empty;
 * what the producer has put into the old one is visible to whoever sees the link to the new one.
 */
final class DatagramRing {
  static final int PART_BYTES_INITIAL = 8 << 10;

  private static final int HEADER_BYTES = Integer.BYTES;
  private static final int SKIP = -1;

  /** What a queue has that was never used, as most connections' queues are. */
  private static final MemorySegment NOTHING = MemorySegment.ofArray(new byte[0]);

  private static final ValueLayout.OfInt LENGTH = ValueLayout.JAVA_INT_UNALIGNED;

  private static final VarHandle HEAD;
  private static final VarHandle TAIL;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      HEAD = lookup.findVarHandle(Part.class, "head", long.class);
      TAIL = lookup.findVarHandle(Part.class, "tail", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private static final class Part {
    private final MemorySegment bytes;
    private final MemorySegment readOnly;
    private final int capacity;
    private long head;
    private long tail;
    private volatile @Nullable Part next;

    Part(int capacity) {
      this.bytes = capacity == 0 ? NOTHING : MemorySegment.ofArray(new byte[capacity]);
      this.readOnly = capacity == 0 ? NOTHING : bytes.asReadOnly();
      this.capacity = capacity;
    }
  }

  private final int capacityMax;

  // The producer's.
  private Part in;
  private int claimedAt = -1;
  private int claimedLength;

  // The consumer's.
  private Part out;
  private long recordOffset;
  private int recordLength;

  /**
   * @param bytesMax capacity at most, with 4 to 7 bytes more for each record; rounded down to a
   *     power of two
   */
  DatagramRing(int bytesMax) {
    this.capacityMax = Integer.highestOneBit(bytesMax);
    // An empty part without memory: the first record makes a real one.
    this.in = new Part(0);
    this.out = in;
  }

  // ---- The producer's thread ----

  /**
   * Space for a record, exactly as long; null where the queue is full.
   *
   * @param length at most half of the capacity less 4 bytes
   */
  @Nullable MemorySegment claim(int length) {
    return reserve(length) ? in.bytes.asSlice((long) claimedAt + HEADER_BYTES, length) : null;
  }

  /** Puts a copy of a record in; false where the queue is full. */
  boolean offer(MemorySegment source, long offset, int length) {
    if (!reserve(length)) {
      return false;
    }
    try {
      MemorySegment.copy(source, offset, in.bytes, (long) claimedAt + HEADER_BYTES, length);
    } catch (RuntimeException e) {
      abort();
      throw e;
    }
    commit();
    return true;
  }

  private boolean reserve(int length) {
    if (claimedAt >= 0) {
      throw new IllegalStateException("couldn't claim because a claim is open");
    }
    int needed = align(HEADER_BYTES + length);
    if (needed > capacityMax / 2) {
      // Might not fit in one piece even where everything is free.
      throw new IllegalArgumentException(
          "couldn't queue " + length + " bytes: half of " + capacityMax + " are the most");
    }
    int at = placeOf(needed);
    if (at < 0) {
      if (in.capacity >= capacityMax) {
        return false;
      }
      int grown = Math.max(PART_BYTES_INITIAL, 2 * in.capacity);
      while (grown < 2 * needed) {
        grown *= 2;
      }
      Part part = new Part(Math.min(capacityMax, grown));
      in.next = part;
      in = part;
      at = 0;
    }
    claimedAt = at;
    claimedLength = length;
    return true;
  }

  /** Where in the current part so many bytes are free in one piece; -1 for nowhere. */
  private int placeOf(int needed) {
    if (in.capacity == 0) {
      return -1;
    }
    long free = in.capacity - (in.tail - (long) HEAD.getVolatile(in));
    int at = (int) (in.tail & (in.capacity - 1));
    int toEnd = in.capacity - at;
    if (needed <= toEnd) {
      return needed <= free ? at : -1;
    }
    return toEnd + needed <= free ? 0 : -1;
  }

  /** The claimed space is filled. */
  void commit() {
    int at = takeClaim();
    int tailAt = (int) (in.tail & (in.capacity - 1));
    long newTail = in.tail + (long) align(HEADER_BYTES + claimedLength);
    if (at != tailAt) {
      in.bytes.set(LENGTH, tailAt, SKIP);
      newTail += in.capacity - tailAt;
    }
    in.bytes.set(LENGTH, at, claimedLength);
    TAIL.setRelease(in, newTail);
  }

  /** The claimed space is not used. */
  void abort() {
    takeClaim();
  }

  private int takeClaim() {
    int at = claimedAt;
    if (at < 0) {
      throw new IllegalStateException("couldn't end a claim because nothing is claimed");
    }
    claimedAt = -1;
    return at;
  }

  // ---- The consumer's thread ----

  /** Goes to the oldest record; false where there is none. */
  boolean next() {
    while (true) {
      Part part = out;
      long head = part.head;
      if (head == (long) TAIL.getAcquire(part)) {
        Part following = part.next;
        if (following == null) {
          return false;
        }
        // Looked at again: the last records of this part may be newer than the first look.
        if (head == (long) TAIL.getAcquire(part)) {
          out = following;
        }
        continue;
      }
      int at = (int) (head & (part.capacity - 1));
      int length = part.bytes.get(LENGTH, at);
      if (length == SKIP) {
        HEAD.setVolatile(part, head + part.capacity - at);
        continue;
      }
      recordOffset = (long) at + HEADER_BYTES;
      recordLength = length;
      return true;
    }
  }

  /**
   * Holds the oldest record, not to be changed; valid after {@link #next()} until {@link
   * #remove()}.
   */
  MemorySegment buffer() {
    return out.readOnly;
  }

  /** Where in {@link #buffer()} it starts. */
  long offset() {
    return recordOffset;
  }

  /** Its length in bytes. */
  int length() {
    return recordLength;
  }

  /** Is done with the oldest record. */
  void remove() {
    HEAD.setVolatile(out, out.head + (long) align(HEADER_BYTES + recordLength));
  }

  private static int align(int bytes) {
    return (bytes + HEADER_BYTES - 1) & -HEADER_BYTES;
  }
}
