package io.hypermesh.ledger.state;

import io.hypermesh.asset.AssetId;
import java.util.Arrays;

/**
 * Finds an asset's slot by its id: open addressing with linear probing, four bytes an entry, at
 * most half full; the ids themselves are compared in the table. The hash is keyed by a seed that
 * only this process knows, since owners choose what their ids derive from and could otherwise fill
 * one run of places with them. The seed changes where entries lie, never what is found.
 */
final class SlotIndex {
  private static final int EMPTY = 0;
  private static final int PLACES_AT_START = 1_024;

  private final AssetTable table;
  private final long seed;
  private int[] slotsPlusOne = new int[PLACES_AT_START];
  private int size;

  SlotIndex(AssetTable table, long seed) {
    this.table = table;
    this.seed = seed;
  }

  /** The slot of an asset, or -1. */
  int find(AssetId id) {
    int place = place(id.high(), id.low());
    while (slotsPlusOne[place] != EMPTY) {
      int slot = slotsPlusOne[place] - 1;
      if (table.idHigh(slot) == id.high() && table.idLow(slot) == id.low()) {
        return slot;
      }
      place = place + 1 & slotsPlusOne.length - 1;
    }
    return -1;
  }

  /** Adds a slot whose record holds its id, which is not in the index. */
  void add(int slot) {
    if (2 * (size + 1) > slotsPlusOne.length) {
      grow();
    }
    insert(slot);
    size++;
  }

  private void grow() {
    int[] old = slotsPlusOne;
    slotsPlusOne = new int[Math.multiplyExact(old.length, 2)];
    Arrays.stream(old).filter(entry -> entry != EMPTY).forEach(entry -> insert(entry - 1));
  }

  private void insert(int slot) {
    int place = place(table.idHigh(slot), table.idLow(slot));
    while (slotsPlusOne[place] != EMPTY) {
      place = place + 1 & slotsPlusOne.length - 1;
    }
    slotsPlusOne[place] = slot + 1;
  }

  private int place(long high, long low) {
    long hash = mix(mix(low ^ seed) ^ high) ^ seed;
    return (int) mix(hash) & slotsPlusOne.length - 1;
  }

  /** The finalizer of SplitMix64: every bit of the input changes every bit of the output. */
  private static long mix(long value) {
    long mixed = (value ^ value >>> 30) * 0xbf58476d1ce4e5b9L;
    mixed = (mixed ^ mixed >>> 27) * 0x94d049bb133111ebL;
    return mixed ^ mixed >>> 31;
  }
}
