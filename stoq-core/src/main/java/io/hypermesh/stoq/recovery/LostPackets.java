package io.hypermesh.stoq.recovery;

import io.hypermesh.stoq.packet.AckFrame;

/**
 * The last packets of one space that were taken for lost, to notice if they arrive after all: a
 * ring of bounded size, in the order of packet numbers. Its memory comes with the first loss. Owned
 * by the connection's thread.
 */
final class LostPackets {
  /** How many are remembered; a power of two. */
  static final int REMEMBERED_MAX = 256;

  /** Marks what has arrived, until the gaps are closed. */
  private static final long GONE = -1;

  private static final long[] NO_LONGS = new long[0];
  private static final int[] NO_INTS = new int[0];

  private long[] numbers = NO_LONGS;
  private long[] times = NO_LONGS;
  private int[] episodes = NO_INTS;
  private int head;
  private int size;
  private long steps;

  /** What the last call of {@link #removeArrived} found: packets, and the farthest one's delay. */
  private int arrived;

  private long reordering;
  private boolean spurious;

  /** Remembers a packet; its number is larger than every one before. */
  void add(long packetNumber, long timeSentNanos, LossEpisode episode) {
    if (numbers.length == 0) {
      numbers = new long[REMEMBERED_MAX];
      times = new long[REMEMBERED_MAX];
      episodes = new int[REMEMBERED_MAX];
    } else if (size == REMEMBERED_MAX) {
      forgetOldest(episode);
    }
    int slot = slot(size++);
    numbers[slot] = packetNumber;
    times[slot] = timeSentNanos;
    episodes[slot] = episode.number();
  }

  /** Forgets what was sent before, which nobody will acknowledge any more. */
  void forgetBefore(long timeNanos, LossEpisode episode) {
    while (size > 0 && times[head] < timeNanos) {
      forgetOldest(episode);
    }
  }

  private void forgetOldest(LossEpisode episode) {
    episode.onForgotten(episodes[head]);
    head = slot(1);
    size--;
  }

  /** Forgets everything, and holds no memory until the next loss. */
  void clear() {
    size = 0;
    head = 0;
    numbers = NO_LONGS;
    times = NO_LONGS;
    episodes = NO_INTS;
  }

  boolean isEmpty() {
    return size == 0;
  }

  /**
   * Forgets the packets that the frame acknowledges. Takes a search for each range, and a pass over
   * all only where any arrived, which happens to each packet once: so a peer can't make us walk
   * them over and over.
   *
   * @param largestBefore the largest packet number acknowledged before this frame
   * @return how many there were
   */
  int removeArrived(AckFrame frame, long largestBefore, LossEpisode episode) {
    arrived = 0;
    reordering = 0;
    spurious = false;
    frame.rewind();
    int end = size;
    while (end > 0 && frame.nextRange()) {
      end = endOfUpTo(frame.rangeLargest(), end);
      while (end > 0 && numbers[slot(end - 1)] >= frame.rangeSmallest()) {
        end--;
        arrive(slot(end), largestBefore, episode);
      }
    }
    if (arrived > 0) {
      closeGaps();
    }
    return arrived;
  }

  /** Of the first so many packets, which ascend, how many are numbered up to this one. */
  private int endOfUpTo(long packetNumber, int end) {
    int low = 0;
    int high = end;
    while (low < high) {
      steps++;
      int middle = (low + high) >>> 1;
      if (numbers[slot(middle)] <= packetNumber) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private void arrive(int slot, long largestBefore, LossEpisode episode) {
    steps++;
    arrived++;
    reordering = Math.max(reordering, largestBefore - numbers[slot]);
    spurious |= episode.onArrived(episodes[slot]);
    numbers[slot] = GONE;
  }

  private void closeGaps() {
    int kept = 0;
    for (int i = 0; i < size; i++) {
      steps++;
      int from = slot(i);
      if (numbers[from] != GONE) {
        int to = slot(kept++);
        numbers[to] = numbers[from];
        times[to] = times[from];
        episodes[to] = episodes[from];
      }
    }
    size = kept;
  }

  /** How many entries all searches and passes have looked at: what ACK frames cost. */
  long steps() {
    return steps;
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
