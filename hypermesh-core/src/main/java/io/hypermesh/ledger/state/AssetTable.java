package io.hypermesh.ledger.state;

import static io.hypermesh.ledger.state.AssetLayout.BYTES;
import static io.hypermesh.ledger.state.AssetLayout.LONG;

import io.hypermesh.byzantine.Digest;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The records of all assets, off the Java heap. An asset gets the next slot when it is registered
 * and keeps it for ever, so its place in the tree never moves.
 *
 * <p>Records lie in pages, and a page is a chunk of the snapshot. A snapshot takes the pages as
 * they are and marks them shared; the first write to a shared page copies it, so a snapshot costs
 * only what changes while it is read, and stays as it was. A page that no table and no snapshot
 * holds is freed with the garbage: nothing has to be closed.
 *
 * <p>Owned by one thread. Pages handed to a snapshot are never written again, so any thread may
 * read them.
 */
final class AssetTable {
  private final List<Page> pages = new ArrayList<>();
  private int size;

  /** A page: records, and the hash of a full one that did not change since it was computed. */
  static final class Page {
    final MemorySegment records;
    private boolean shared;
    private volatile @Nullable Digest fullHash;

    private Page(MemorySegment records) {
      this.records = records;
    }

    /** Copies the first records out. */
    byte[] bytes(int count) {
      return records.asSlice(0, (long) count * BYTES).toArray(ValueLayout.JAVA_BYTE);
    }

    /** The hash of all records of a full page that is shared, computed once. */
    Digest fullHash() {
      Digest known = fullHash;
      if (known == null) {
        known = Digest.sha256(bytes(SnapshotFormat.RECORDS_PER_CHUNK));
        fullHash = known;
      }
      return known;
    }
  }

  /** How many assets there are; their slots are 0 to size - 1. */
  int size() {
    return size;
  }

  /** Takes the next slot, its record all zero. */
  int append() {
    if (size % SnapshotFormat.RECORDS_PER_CHUNK == 0) {
      pages.add(newPage());
    }
    return size++;
  }

  /** Appends records as they are. */
  void appendAll(byte[] records) {
    MemorySegment source = MemorySegment.ofArray(records);
    for (long at = 0; at < records.length; at += BYTES) {
      int slot = append();
      MemorySegment.copy(source, at, pageToWrite(slot), offset(slot), BYTES);
    }
  }

  /** The page that a slot's record is in, for reading only, at {@link #offset}. */
  MemorySegment pageToRead(int slot) {
    return pages.get(slot / SnapshotFormat.RECORDS_PER_CHUNK).records;
  }

  /** The page that a slot's record is in, for reading and writing, at {@link #offset}. */
  MemorySegment pageToWrite(int slot) {
    int index = slot / SnapshotFormat.RECORDS_PER_CHUNK;
    Page page = pages.get(index);
    if (page.shared) {
      Page copy = newPage();
      MemorySegment.copy(page.records, 0, copy.records, 0, page.records.byteSize());
      pages.set(index, copy);
      page = copy;
    }
    return page.records;
  }

  /** Where in its page a slot's record begins. */
  static long offset(int slot) {
    return (long) (slot % SnapshotFormat.RECORDS_PER_CHUNK) * BYTES;
  }

  /** The first half of the id of the asset in a slot. */
  long idHigh(int slot) {
    return pageToRead(slot).get(LONG, offset(slot) + AssetLayout.ID);
  }

  /** The second half of the id of the asset in a slot. */
  long idLow(int slot) {
    return pageToRead(slot).get(LONG, offset(slot) + AssetLayout.ID + 8);
  }

  /** Copies a record out. */
  void copyRecord(int slot, byte[] target, int at) {
    MemorySegment.copy(pageToRead(slot), ValueLayout.JAVA_BYTE, offset(slot), target, at, BYTES);
  }

  /** Hands out the pages as they are now; this table writes to copies from now on. */
  List<Page> share() {
    pages.forEach(page -> page.shared = true);
    return List.copyOf(pages);
  }

  private static Page newPage() {
    long bytes = (long) SnapshotFormat.RECORDS_PER_CHUNK * BYTES;
    return new Page(Arena.ofAuto().allocate(bytes, Long.BYTES));
  }
}
