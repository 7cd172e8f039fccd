package io.hypermesh.stoq.stream;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Disjoint half-open ranges of offsets in ascending order, at most a given number of them.
 *
 * <p>Kept in two sorted arrays: looking up is logarithmic, and an insertion moves at most {@code
 * rangesMax} longs, so no order of arrivals makes it expensive (the one-byte-gap attack of RFC
 * 9000, 21.7 meets the limit instead). Not safe for use by several threads.
 */
public final class RangeSet {
  private static final int CAPACITY_INITIAL = 4;
  private static final long[] NONE = new long[0];

  private final int rangesMax;
  private long[] starts = NONE;
  private long[] ends = NONE;
  private int size;

  /**
   * @param rangesMax ranges at most; an addition that needs more is refused
   */
  public RangeSet(int rangesMax) {
    this.rangesMax = rangesMax;
  }

  /** Number of ranges. */
  public int size() {
    return size;
  }

  public boolean isEmpty() {
    return size == 0;
  }

  /** First offset of the range at this index, 0 the lowest. */
  public long start(int index) {
    return starts[index];
  }

  /** Offset after the last one of the range at this index. */
  public long end(int index) {
    return ends[index];
  }

  /** Forgets every range. */
  public void clear() {
    size = 0;
  }

  /** Writes the ranges, in 16 bytes each and 4. */
  public void save(ByteBuffer out) {
    out.putInt(size);
    for (int i = 0; i < size; i++) {
      out.putLong(starts[i]).putLong(ends[i]);
    }
  }

  /** Has the ranges that another one has written, and no others. */
  public void restore(ByteBuffer in) {
    size = 0;
    for (int i = in.getInt(); i > 0; i--) {
      add(in.getLong(), in.getLong());
    }
  }

  /**
   * Adds {@code [start, end)}, merged with what it touches.
   *
   * @return false, and nothing changed, where that would be a range too many
   */
  public boolean add(long start, long end) {
    if (start >= end) {
      return true;
    }
    int from = firstEndingAtOrAfter(start);
    int to = from;
    while (to < size && starts[to] <= end) {
      to++;
    }
    if (from == to) {
      if (size >= rangesMax) {
        return false;
      }
      openGap(from);
      starts[from] = start;
      ends[from] = end;
      return true;
    }
    starts[from] = Math.min(starts[from], start);
    ends[from] = Math.max(ends[to - 1], end);
    closeGap(from + 1, to);
    return true;
  }

  /**
   * Takes {@code [start, end)} out. Where that splits a range at the limit of ranges, the upper
   * part is taken out too; sets that must not lose anything are made without a limit.
   */
  public void remove(long start, long end) {
    if (start >= end) {
      return;
    }
    int at = firstEndingAtOrAfter(start + 1);
    if (at < size && starts[at] < start && ends[at] > end) {
      long upperEnd = ends[at];
      ends[at] = start;
      if (size < rangesMax) {
        openGap(at + 1);
        starts[at + 1] = end;
        ends[at + 1] = upperEnd;
      }
      return;
    }
    if (at < size && starts[at] < start) {
      ends[at] = start;
      at++;
    }
    int to = at;
    while (to < size && ends[to] <= end) {
      to++;
    }
    closeGap(at, to);
    if (at < size && starts[at] < end) {
      starts[at] = end;
    }
  }

  /** Whether the whole of {@code [start, end)} is in one range. */
  public boolean contains(long start, long end) {
    int at = firstEndingAtOrAfter(end);
    return at < size && starts[at] <= start;
  }

  /** Index of the first range that ends at or after an offset. */
  private int firstEndingAtOrAfter(long offset) {
    int at = Arrays.binarySearch(ends, 0, size, offset);
    return at >= 0 ? at : -at - 1;
  }

  private void openGap(int at) {
    if (size == starts.length) {
      starts = Arrays.copyOf(starts, Math.max(CAPACITY_INITIAL, size * 2));
      ends = Arrays.copyOf(ends, starts.length);
    }
    System.arraycopy(starts, at, starts, at + 1, size - at);
    System.arraycopy(ends, at, ends, at + 1, size - at);
    size++;
  }

  private void closeGap(int from, int to) {
    if (from < to) {
      System.arraycopy(starts, to, starts, from, size - to);
      System.arraycopy(ends, to, ends, from, size - to);
      size -= to - from;
    }
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("[");
    for (int i = 0; i < size; i++) {
      text.append(i == 0 ? "" : ", ").append(starts[i]).append("..").append(ends[i]);
    }
    return text.append(']').toString();
  }
}
