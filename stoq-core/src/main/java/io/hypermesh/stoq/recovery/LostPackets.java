package io.hypermesh.stoq.recovery;

import io.hypermesh.stoq.packet.AckFrame;

/**
 * The last packets of one space that were taken for lost, to notice if they arrive after all: a
 * ring of fixed size, in the order of packet numbers, with holes. Allocates nothing. Owned by the
 * connection's thread.
 */
final class LostPackets {
  /** How many are remembered; a power of two. */
  static final int REMEMBERED_MAX = 256;

  private static final long HOLE = -1;

  private final long[] numbers = new long[REMEMBERED_MAX];
  private final long[] times = new long[REMEMBERED_MAX];
  private final int[] episodes = new int[REMEMBERED_MAX];
  private int head;
  private int size;

  /** What the last call of {@link #removeArrived} found: packets, and the farthest one's delay. */
  private int arrived;

  private long reordering;
  private boolean spurious;

  /** Remembers a packet; its number is larger than every one before. */
  void add(long packetNumber, long timeSentNanos, LossEpisode episode) {
    if (size == REMEMBERED_MAX) {
      forgetOldest(episode);
    }
    int slot = slot(size++);
    numbers[slot] = packetNumber;
    times[slot] = timeSentNanos;
    episodes[slot] = episode.number();
  }

  /** Forgets what was sent before, which nobody will acknowledge any more. */
  void forgetBefore(long timeNanos, LossEpisode episode) {
    while (size > 0 && (numbers[head] == HOLE || times[head] < timeNanos)) {
      forgetOldest(episode);
    }
  }

  private void forgetOldest(LossEpisode episode) {
    if (numbers[head] != HOLE) {
      episode.onForgotten(episodes[head]);
    }
    head = slot(1);
    size--;
  }

  /** Forgets everything. */
  void clear() {
    size = 0;
  }

  boolean isEmpty() {
    return size == 0;
  }

  /**
   * Forgets the packets that the frame acknowledges.
   *
   * @param largestBefore the largest packet number acknowledged before this frame
   * @return how many there were
   */
  int removeArrived(AckFrame frame, long largestBefore, LossEpisode episode) {
    arrived = 0;
    reordering = 0;
    spurious = false;
    frame.rewind();
    int index = size - 1;
    while (index >= 0 && frame.nextRange()) {
      index = skipAbove(index, frame.rangeLargest());
      while (index >= 0 && isAtLeast(index, frame.rangeSmallest())) {
        arrive(slot(index), largestBefore, episode);
        index--;
      }
    }
    return arrived;
  }

  private int skipAbove(int index, long largest) {
    int at = index;
    while (at >= 0 && (numbers[slot(at)] == HOLE || numbers[slot(at)] > largest)) {
      at--;
    }
    return at;
  }

  private boolean isAtLeast(int index, long smallest) {
    long number = numbers[slot(index)];
    return number == HOLE || number >= smallest;
  }

  private void arrive(int slot, long largestBefore, LossEpisode episode) {
    if (numbers[slot] != HOLE) {
      arrived++;
      reordering = Math.max(reordering, largestBefore - numbers[slot]);
      spurious |= episode.onArrived(episodes[slot]);
      numbers[slot] = HOLE;
    }
  }

  /** How many packet numbers later ones had overtaken the packets that arrived, at most. */
  long reordering() {
    return reordering;
  }

  /** Whether with them a whole episode has turned out to be spurious. */
  boolean isEpisodeSpurious() {
    return spurious;
  }

  private int slot(int index) {
    return (head + index) & (REMEMBERED_MAX - 1);
  }
}
