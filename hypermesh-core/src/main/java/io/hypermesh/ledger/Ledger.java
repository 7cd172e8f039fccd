package io.hypermesh.ledger;

import io.hypermesh.asset.AssetId;
import io.hypermesh.asset.DecodingException;
import io.hypermesh.byzantine.Digest;
import io.hypermesh.byzantine.Snapshot;
import io.hypermesh.byzantine.Verifier;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;

/**
 * The ledger of assets: blocks of requests in, results and a state root out. Deterministic, so any
 * two ledgers with equal settings that executed the same blocks are equal. {@link #inMemory} is
 * what a replica runs, whose own log and checkpoints are the durable copy; {@link #open} keeps a
 * ledger in a directory of its own.
 *
 * <p>A ledger is used by one thread at a time; its snapshots by any. Proofs and records are
 * immutable.
 */
public interface Ledger extends AutoCloseable {
  /**
   * Makes an empty ledger that lives as long as the object.
   *
   * @param settings the rules, the same on every replica
   * @param verifier checks the owners' signatures
   * @return a ledger at height 0
   */
  static Ledger inMemory(LedgerSettings settings, Verifier verifier) {
    return new MemoryLedger(settings, verifier, new SecureRandom().nextLong());
  }

  /**
   * Opens the ledger in a directory, or makes one there. What was executed before is replayed from
   * the last snapshot and the log, and each block's state root is compared with the one recorded. A
   * block that was being written when the process died is cut off; damage anywhere else is an
   * error.
   *
   * @param directory made if it is not there; one process at a time may have it open
   * @param settings the rules; must be those that the ledger was made with
   * @param verifier checks the owners' signatures
   * @return the ledger as it was after the last block acknowledged
   * @throws LedgerException if it cannot be opened
   */
  static Ledger open(Path directory, LedgerSettings settings, Verifier verifier) {
    return DurableLedger.open(directory, settings, verifier, new SecureRandom());
  }

  /**
   * Executes a block. A durable ledger has written it to disk before it returns.
   *
   * @param height above {@link #height}
   * @param timestampMillis the block's time as the replicas agreed on, in milliseconds since 1970
   * @param payloads requests: encoded {@link SignedOperations}; anything else is refused
   * @return one result for each payload, in order
   * @throws IllegalArgumentException if the height does not increase; nothing changed
   * @throws LedgerException if the block could not be written for certain; nothing changed here,
   *     and the ledger takes no more until it is opened again, with or without the block
   */
  List<BatchResult> execute(long height, long timestampMillis, List<byte[]> payloads);

  /**
   * The rules of this ledger.
   *
   * @return the settings
   */
  LedgerSettings settings();

  /**
   * What the state root covers besides the assets: height, time, how many assets.
   *
   * @return the header after the last block
   */
  StateHeader header();

  /**
   * The height of the last block.
   *
   * @return 0 before the first
   */
  default long height() {
    return header().height();
  }

  /**
   * Covers all that makes two ledgers equal.
   *
   * @return the root after the last block
   */
  Digest stateRoot();

  /**
   * Finds an asset.
   *
   * @param asset which
   * @return its record after the last block, if it is registered
   */
  Optional<AssetRecord> find(AssetId asset);

  /**
   * The asset in a slot of the state tree.
   *
   * @param slot 0 to {@link StateHeader#assetCount} - 1, in the order of registration
   * @return its record after the last block
   * @throws IndexOutOfBoundsException if there is no such slot
   */
  AssetRecord record(int slot);

  /**
   * Proves what the ledger holds about an asset.
   *
   * @param asset which
   * @return a proof of {@link #stateRoot}, if the asset is registered
   */
  Optional<OwnershipProof> prove(AssetId asset);

  /**
   * Takes the state as it is, for a replica's checkpoint.
   *
   * @return chunks that stay as they are while the ledger goes on
   */
  Snapshot snapshot();

  /**
   * Replaces the whole state by a snapshot's.
   *
   * @param snapshot of a ledger with these settings
   * @throws DecodingException if it is anything else; nothing changed
   * @throws LedgerException if it could not be written; nothing changed
   */
  void restore(Snapshot snapshot) throws DecodingException;

  /** Closes files and lets others open the ledger; does nothing more than once. */
  @Override
  void close();
}
