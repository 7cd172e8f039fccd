package io.hypermesh.stoq.recovery;

import io.hypermesh.stoq.packet.PacketNumbers;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The packets of one space whose fate is open, in the order of their numbers: a ring that grows,
 * with holes where packets are settled. The oldest entry is always open. Owned by the connection's
 * thread.
 *
 * <p>Only packets in flight are kept here. The congestion window bounds them; packets that only
 * acknowledge are not bounded by it, and a peer that never acknowledges could make us keep them for
 * ever. They have nothing to send again; all that is kept of them is when the last few were sent.
 */
final class SentPackets {
  private static final int CAPACITY_INITIAL = 32;
  private static final int ACK_ONLY_REMEMBERED = 64;

  private static final byte OPEN = 0;
  private static final byte ACKED = 1;
  private static final byte LOST = 2;

  /** Lost, but says nothing about congestion. */
  private static final byte LOST_UNCOUNTED = 3;

  private static final @Nullable SentPacket[] NO_PACKETS = new @Nullable SentPacket[0];
  private static final long[] NO_LONGS = new long[0];
  private static final byte[] NO_BYTES = new byte[0];
  private static final int[] NO_INTS = new int[0];

  private @Nullable SentPacket[] packets = NO_PACKETS;
  private long[] numbers = NO_LONGS;
  private byte[] fates = NO_BYTES;

  /** When each packet was sent; kept beyond its removal, for {@link #trim}. */
  private long[] times = NO_LONGS;

  /** How many entries on the next open one may be, for a hole: none in between is open. */
  private int[] skips = NO_INTS;

  private int head;
  private int size;
  private int open;
  private long steps;

  private long[] ackOnlyNumbers = NO_LONGS;
  private long[] ackOnlyTimes = NO_LONGS;

  /** Entries, holes included: valid indices are 0 to size - 1, oldest first. */
  int size() {
    return size;
  }

  /** Packets whose fate is open. */
  int openCount() {
    return open;
  }

  @Nullable SentPacket at(int index) {
    return packets[slot(index)];
  }

  /** The packet at an index that {@link #nextOpen} gave. */
  SentPacket openAt(int index) {
    return Objects.requireNonNull(packets[slot(index)]);
  }

  long numberAt(int index) {
    return numbers[slot(index)];
  }

  void add(SentPacket packet) {
    if (size == packets.length) {
      grow();
    }
    int slot = slot(size);
    packets[slot] = packet;
    numbers[slot] = packet.packetNumber();
    times[slot] = packet.timeSentNanos();
    fates[slot] = OPEN;
    size++;
    open++;
  }

  /** The packet was acknowledged: makes a hole. */
  void removeAcked(int index) {
    remove(index, ACKED);
  }

  /**
   * The packet was lost: makes a hole.
   *
   * @param counted whether it can be part of persistent congestion
   */
  void removeLost(int index, boolean counted) {
    remove(index, counted ? LOST : LOST_UNCOUNTED);
  }

  private void remove(int index, byte fate) {
    int slot = slot(index);
    packets[slot] = null;
    fates[slot] = fate;
    skips[slot] = 1;
    open--;
  }

  /**
   * The first index from this one on whose packet is open; {@link #size} where there is none.
   *
   * <p>A peer may acknowledge the same packets in hundreds of frames of one packet. So that it
   * can't make us walk the same holes each time, every walk leaves its length behind: the next one
   * jumps there (path compression, as in a union-find forest).
   */
  int nextOpen(int index) {
    int found = index;
    while (found < size && fates[slot(found)] != OPEN) {
      found += skips[slot(found)];
      steps++;
    }
    int at = index;
    while (at < found) {
      int slot = slot(at);
      int next = at + skips[slot];
      skips[slot] = found - at;
      at = next;
    }
    return found;
  }

  /** How many entries all walks and searches have looked at: what ACK frames cost. */
  long steps() {
    return steps;
  }

  /** Drops the holes before the oldest open packet, telling in their order what became of them. */
  void trim(PersistentCongestion congestion) {
    while (size > 0 && fates[head] != OPEN) {
      if (fates[head] == ACKED) {
        congestion.onAcked();
      } else if (fates[head] == LOST) {
        congestion.onLost(times[head]);
      }
      head = (head + 1) & (packets.length - 1);
      size--;
    }
  }

  /** Forgets everything, and holds no memory until the next packet. */
  void clear() {
    size = 0;
    open = 0;
    head = 0;
    packets = NO_PACKETS;
    numbers = NO_LONGS;
    fates = NO_BYTES;
    times = NO_LONGS;
    skips = NO_INTS;
    ackOnlyNumbers = NO_LONGS;
    ackOnlyTimes = NO_LONGS;
  }

  /**
   * The first index whose packet number is not below this one; {@link #size} where there is none.
   */
  int indexOf(long packetNumber) {
    int low = 0;
    int high = size;
    while (low < high) {
      steps++;
      int middle = (low + high) >>> 1;
      if (numberAt(middle) < packetNumber) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  void addAckOnly(long packetNumber, long timeSentNanos) {
    if (ackOnlyNumbers.length == 0) {
      ackOnlyNumbers = new long[ACK_ONLY_REMEMBERED];
      ackOnlyTimes = new long[ACK_ONLY_REMEMBERED];
      Arrays.fill(ackOnlyNumbers, PacketNumbers.NONE);
    }
    int slot = (int) (packetNumber % ACK_ONLY_REMEMBERED);
    ackOnlyNumbers[slot] = packetNumber;
    ackOnlyTimes[slot] = timeSentNanos;
  }

  /** Forgets a packet that only acknowledged; false where it is not remembered. */
  boolean removeAckOnly(long packetNumber) {
    int slot = (int) (packetNumber % ACK_ONLY_REMEMBERED);
    if (ackOnlyNumbers.length == 0 || ackOnlyNumbers[slot] != packetNumber) {
      return false;
    }
    ackOnlyNumbers[slot] = PacketNumbers.NONE;
    return true;
  }

  /** When a packet that {@link #removeAckOnly} has just forgotten was sent. */
  long ackOnlyTimeSentNanos(long packetNumber) {
    return ackOnlyTimes[(int) (packetNumber % ACK_ONLY_REMEMBERED)];
  }

  private int slot(int index) {
    return (head + index) & (packets.length - 1);
  }

  private void grow() {
    int capacity = Math.max(CAPACITY_INITIAL, packets.length * 2);
    @Nullable SentPacket[] grownPackets = new @Nullable SentPacket[capacity];
    long[] grownNumbers = new long[capacity];
    byte[] grownFates = new byte[capacity];
    long[] grownTimes = new long[capacity];
    int[] grownSkips = new int[capacity];
    for (int i = 0; i < size; i++) {
      grownPackets[i] = packets[slot(i)];
      grownNumbers[i] = numbers[slot(i)];
      grownFates[i] = fates[slot(i)];
      grownTimes[i] = times[slot(i)];
      grownSkips[i] = skips[slot(i)];
    }
    packets = grownPackets;
    numbers = grownNumbers;
    fates = grownFates;
    times = grownTimes;
    skips = grownSkips;
    head = 0;
  }
}
