package io.hypermesh.byzantine;

import java.util.List;

/**
 * The replicated state machine. Every method is called by the thread that owns the replica, never
 * concurrently, and must depend on nothing but the state and its arguments: no clock ({@link
 * Block#timestampMillis()} is there), no random source, no iteration order that differs between
 * machines. A replica whose application is not deterministic contradicts the others' checkpoints.
 *
 * <p>Life: blocks come in the order of their sequence numbers, each exactly once. When a replica
 * falls too far behind, {@link #restore} replaces the whole state. After a restart the replica
 * first restores its last stable checkpoint (an application handed to it must be in its initial
 * state where there is none) and then executes the later blocks again.
 */
public interface Application {
  /**
   * Executes a block. Bad requests are answered with a result that says so; an exception here stops
   * the replica.
   *
   * @param block the block with the requests that are to be executed; repetitions have been taken
   *     out
   * @return one result per request, in the same order, each at most {@link
   *     Request#PAYLOAD_BYTES_MAX} bytes; results of reads and proofs are computed against the
   *     state at the end of the block, which {@link #stateRoot} certifies
   */
  List<byte[]> execute(Block block);

  /** The 32-byte, SHA-256-based commitment to the state after the last executed block. */
  byte[] stateRoot();

  /** The state as it is now, for a checkpoint. */
  Snapshot snapshot();

  /**
   * Replaces the state by one that a quorum has certified.
   *
   * @param sequence the last block that the state includes
   * @param snapshot verified chunks; read only during this call
   */
  void restore(long sequence, Snapshot snapshot);
}
