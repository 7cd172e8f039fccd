package io.hypermesh.stoq.recovery;

import io.hypermesh.stoq.packet.AckRangeList;
import io.hypermesh.stoq.packet.PacketNumbers;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A set of packet numbers as ranges, bounded in size: what one packet number space has received
 * (RFC 9000, 13.2.3).
 *
 * <p>When there are too many ranges the lowest is forgotten, and with it every number below: those
 * count as received from then on, since a packet must never be processed twice (12.3). Adding to
 * the newest range takes constant time; anything else time linear in the limit, however a peer
 * chooses its numbers. Grows by doubling up to the limit, and allocates nothing else. Owned by the
 * connection's thread.
 */
public final class AckRanges implements AckRangeList {
  /** How many ranges are kept unless told otherwise. */
  public static final int RANGES_MAX_DEFAULT = 128;

  private static final int CAPACITY_INITIAL = 4;

  private final int rangesMax;

  /** Ascending; up to one more than the limit, for the moment between adding and forgetting. */
  private long[] smallest = new long[CAPACITY_INITIAL];

  private long[] largest = new long[CAPACITY_INITIAL];
  private int count;

  /** Every number below counts as received. */
  private long floor;

  /** A set that keeps {@link #RANGES_MAX_DEFAULT} ranges. */
  public AckRanges() {
    this(RANGES_MAX_DEFAULT);
  }

  /** A set that keeps at most this many ranges, at least one. */
  public AckRanges(int rangesMax) {
    if (rangesMax < 1) {
      throw new IllegalArgumentException(
          "couldn't make a set of ranges: the limit is " + rangesMax + ", not at least 1");
    }
    this.rangesMax = rangesMax;
  }

  /** Whether this packet number has been received, or is too old to tell. */
  public boolean contains(long packetNumber) {
    if (packetNumber < floor) {
      return true;
    }
    int index = indexAtOrBelow(packetNumber);
    return index >= 0 && packetNumber <= largest[index];
  }

  /**
   * Adds a packet number.
   *
   * @return false where it {@linkplain #contains was there} before
   */
  public boolean add(long packetNumber) {
    if (contains(packetNumber)) {
      return false;
    }
    int below = indexAtOrBelow(packetNumber);
    int above = below + 1;
    boolean extendsBelow = below >= 0 && largest[below] == packetNumber - 1;
    boolean extendsAbove = above < count && smallest[above] == packetNumber + 1;
    if (extendsBelow && extendsAbove) {
      largest[below] = largest[above];
      removeAt(above);
    } else if (extendsBelow) {
      largest[below] = packetNumber;
    } else if (extendsAbove) {
      smallest[above] = packetNumber;
    } else {
      insertAt(above, packetNumber);
      if (count > rangesMax) {
        forgetBelow(largest[0] + 1);
      }
    }
    return true;
  }

  /** Forgets every number below this one; they all count as received. */
  public void forgetBelow(long packetNumber) {
    if (packetNumber <= floor) {
      return;
    }
    floor = packetNumber;
    int gone = 0;
    while (gone < count && largest[gone] < packetNumber) {
      gone++;
    }
    System.arraycopy(smallest, gone, smallest, 0, count - gone);
    System.arraycopy(largest, gone, largest, 0, count - gone);
    count -= gone;
    if (count > 0) {
      smallest[0] = Math.max(smallest[0], packetNumber);
    }
  }

  /** The largest number in the set, or {@link PacketNumbers#NONE}. */
  public long largest() {
    return count == 0 ? PacketNumbers.NONE : largest[count - 1];
  }

  /** Whether there is no range. */
  public boolean isEmpty() {
    return count == 0;
  }

  @Override
  public int rangeCount() {
    return count;
  }

  @Override
  public long largest(int index) {
    return largest[count - 1 - index];
  }

  @Override
  public long smallest(int index) {
    return smallest[count - 1 - index];
  }

  /** The last range that starts at or below this number, or -1. */
  private int indexAtOrBelow(long packetNumber) {
    int index = count - 1;
    while (index >= 0 && smallest[index] > packetNumber) {
      index--;
    }
    return index;
  }

  private void insertAt(int index, long packetNumber) {
    if (count == smallest.length) {
      smallest = Arrays.copyOf(smallest, 2 * count);
      largest = Arrays.copyOf(largest, 2 * count);
    }
    System.arraycopy(smallest, index, smallest, index + 1, count - index);
    System.arraycopy(largest, index, largest, index + 1, count - index);
    smallest[index] = packetNumber;
    largest[index] = packetNumber;
    count++;
  }

  private void removeAt(int index) {
    System.arraycopy(smallest, index + 1, smallest, index, count - index - 1);
    System.arraycopy(largest, index + 1, largest, index, count - index - 1);
    count--;
  }

  // ---- Hibernation ----

  /** Writes what {@link #restore} needs: at most 16 bytes for each range, and 12. */
  void save(ByteBuffer out) {
    out.putLong(floor).putInt(count);
    for (int i = 0; i < count; i++) {
      out.putLong(smallest[i]).putLong(largest[i]);
    }
  }

  void restore(ByteBuffer in) {
    floor = in.getLong();
    count = in.getInt();
    smallest = new long[Math.max(CAPACITY_INITIAL, count)];
    largest = new long[smallest.length];
    for (int i = 0; i < count; i++) {
      smallest[i] = in.getLong();
      largest[i] = in.getLong();
    }
  }
}
