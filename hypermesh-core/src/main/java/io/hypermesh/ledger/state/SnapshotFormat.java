package io.hypermesh.ledger.state;

import io.hypermesh.byzantine.Snapshot;

/**
 * How a state is cut into chunks:
 *
 * <pre>
 *   chunk 0            magic 64 | state header | number of remembered operations 32 | state root 256
 *   then               records of assets as they stand in the table, a full page a chunk
 *   then               remembered operations, oldest expiry first
 * </pre>
 *
 * <p>Equal states give equal chunks. The tree is not in it: it is computed again, and must give the
 * state root.
 */
public final class SnapshotFormat {
  /** How many records fill a page of the table and a chunk. */
  public static final int RECORDS_PER_CHUNK = Snapshot.CHUNK_BYTES_MAX / AssetLayout.BYTES;

  /** How many remembered operations fill a chunk. */
  public static final int REMEMBERED_PER_CHUNK =
      Snapshot.CHUNK_BYTES_MAX / RememberedOperations.ENTRY_BYTES_MAX;

  /** {@code HMSTATE1} in ASCII. */
  static final long MAGIC = 0x484d535441544531L;

  private SnapshotFormat() {}

  static int chunksFor(int things, int perChunk) {
    return Math.toIntExact(((long) things + perChunk - 1) / perChunk);
  }
}
