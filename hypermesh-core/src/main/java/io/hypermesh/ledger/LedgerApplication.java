package io.hypermesh.ledger;

import io.hypermesh.asset.DecodingException;
import io.hypermesh.byzantine.Application;
import io.hypermesh.byzantine.Block;
import io.hypermesh.byzantine.Request;
import io.hypermesh.byzantine.Snapshot;
import java.util.ArrayList;
import java.util.List;

/**
 * The ledger as the application that replicas agree on: a block's sequence number is the ledger's
 * height, a request's payload is {@link SignedOperations}, its result an encoded {@link
 * BatchResult}.
 *
 * <p>After a restart a replica executes again what follows its last checkpoint, and needs the same
 * results; so it is given a fresh {@link Ledger#inMemory}, and its own log and checkpoints are the
 * one durable copy. Called by the replica's thread only.
 */
public final class LedgerApplication implements Application {
  private final Ledger ledger;

  /**
   * Lets a replica execute blocks on a ledger.
   *
   * @param ledger at height 0: the replica brings it to where it was
   */
  public LedgerApplication(Ledger ledger) {
    if (ledger.height() != 0) {
      throw new IllegalArgumentException(
          "couldn't start a replica because its ledger is at height " + ledger.height());
    }
    this.ledger = ledger;
  }

  /**
   * The ledger, to be read on the replica's thread.
   *
   * @return what this application executes on
   */
  public Ledger ledger() {
    return ledger;
  }

  @Override
  public List<byte[]> execute(Block block) {
    List<byte[]> payloads = block.requests().stream().map(Request::payload).toList();
    List<byte[]> results = new ArrayList<>(payloads.size());
    for (BatchResult result : ledger.execute(block.sequence(), block.timestampMillis(), payloads)) {
      results.add(result.encode());
    }
    return results;
  }

  @Override
  public byte[] stateRoot() {
    return ledger.stateRoot().bytes();
  }

  @Override
  public Snapshot snapshot() {
    return ledger.snapshot();
  }

  @Override
  public void restore(long sequence, Snapshot snapshot) {
    try {
      ledger.restore(snapshot);
    } catch (DecodingException e) {
      throw new LedgerException(
          LedgerException.Reason.DAMAGED,
          "couldn't restore the ledger at height " + sequence + ": " + e.getMessage(),
          e);
    }
  }
}
