package io.hypermesh.trustchain.store;

import java.util.Arrays;

/**
 * Finds records by the first 64 bits of a hash: an open-addressing table of primitives, at most 24
 * bytes a record, where a map of objects would take more than a hundred. Two keys may share the 64
 * bits, so what it finds are candidates. Not safe for threads.
 */
public final class FingerprintIndex {
  private static final int CAPACITY_MIN = 16;

  private long[] fingerprints = new long[CAPACITY_MIN];

  /** Each record's number plus one; zero where the slot is free. */
  private int[] ordinals = new int[CAPACITY_MIN];

  private int size;

  /** The empty index. */
  public FingerprintIndex() {}

  /**
   * Adds a record.
   *
   * @param fingerprint 64 uniformly distributed bits
   * @param ordinal the record's number, from 0
   */
  public void add(long fingerprint, int ordinal) {
    if (4L * (size + 1) > 3L * ordinals.length) {
      grow();
    }
    insert(fingerprint, ordinal + 1);
    size++;
  }

  private void grow() {
    long[] oldFingerprints = fingerprints;
    int[] oldOrdinals = ordinals;
    fingerprints = new long[2 * oldFingerprints.length];
    ordinals = new int[2 * oldOrdinals.length];
    for (int slot = 0; slot < oldOrdinals.length; slot++) {
      if (oldOrdinals[slot] != 0) {
        insert(oldFingerprints[slot], oldOrdinals[slot]);
      }
    }
  }

  private void insert(long fingerprint, int stored) {
    int mask = ordinals.length - 1;
    int slot = (int) fingerprint & mask;
    while (ordinals[slot] != 0) {
      slot = slot + 1 & mask;
    }
    fingerprints[slot] = fingerprint;
    ordinals[slot] = stored;
  }

  /**
   * Finds the candidates for a key.
   *
   * @param fingerprint the key's 64 bits
   * @return the numbers of the records with these bits
   */
  public int[] candidates(long fingerprint) {
    int[] found = new int[0];
    int mask = ordinals.length - 1;
    for (int slot = (int) fingerprint & mask; ordinals[slot] != 0; slot = slot + 1 & mask) {
      if (fingerprints[slot] == fingerprint) {
        found = Arrays.copyOf(found, found.length + 1);
        found[found.length - 1] = ordinals[slot] - 1;
      }
    }
    return found;
  }

  /**
   * The number of records.
   *
   * @return the size
   */
  public int size() {
    return size;
  }
}
