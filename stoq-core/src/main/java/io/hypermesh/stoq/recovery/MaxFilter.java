package io.hypermesh.stoq.recovery;

/**
 * The largest value of a sliding window of rounds, in constant memory: the best value and the best
 * ones that came after it, as Kathleen Nichols' filter keeps them. Exact where values fall and rise
 * slowly; else it may forget the second best of a third of the window. Owned by the connection's
 * thread.
 */
final class MaxFilter {
  private static final int KEPT = 3;

  private final long[] values = new long[KEPT];
  private final long[] rounds = new long[KEPT];

  /** Forgets all but this value. */
  void reset(long value, long round) {
    for (int i = 0; i < KEPT; i++) {
      values[i] = value;
      rounds[i] = round;
    }
  }

  /** The largest value. */
  long best() {
    return values[0];
  }

  /**
   * Adds a value.
   *
   * @param length rounds that a value counts for
   * @return the largest value
   */
  long update(long value, long round, long length) {
    if (value >= values[0] || round - rounds[2] > length) {
      reset(value, round);
      return values[0];
    }
    if (value >= values[1]) {
      put(1, value, round);
      put(2, value, round);
    } else if (value >= values[2]) {
      put(2, value, round);
    }
    age(value, round, length);
    return values[0];
  }

  private void age(long value, long round, long length) {
    long age = round - rounds[0];
    if (age > length) {
      // The best is too old: the others move up, once more if the second is, too.
      promote(value, round);
      if (round - rounds[0] > length) {
        promote(value, round);
      }
    } else if (rounds[1] == rounds[0] && age > length / 4) {
      put(1, value, round);
      put(2, value, round);
    } else if (rounds[2] == rounds[1] && age > length / 2) {
      put(2, value, round);
    }
  }

  private void promote(long value, long round) {
    put(0, values[1], rounds[1]);
    put(1, values[2], rounds[2]);
    put(2, value, round);
  }

  private void put(int index, long value, long round) {
    values[index] = value;
    rounds[index] = round;
  }
}
