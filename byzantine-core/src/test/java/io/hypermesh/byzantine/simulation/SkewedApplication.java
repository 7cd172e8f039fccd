package io.hypermesh.byzantine.simulation;

import io.hypermesh.byzantine.Application;
import io.hypermesh.byzantine.Block;
import io.hypermesh.byzantine.Snapshot;
import java.util.List;

/** A ledger whose root is wrong: what a bug or a bad memory chip makes of a correct one. */
final class SkewedApplication implements Application {
  private final LedgerApplication ledger = new LedgerApplication();

  @Override
  public List<byte[]> execute(Block block) {
    return ledger.execute(block);
  }

  @Override
  public byte[] stateRoot() {
    byte[] root = ledger.stateRoot();
    root[0] ^= 1;
    return root;
  }

  @Override
  public Snapshot snapshot() {
    return ledger.snapshot();
  }

  @Override
  public void restore(long sequence, Snapshot snapshot) {
    ledger.restore(sequence, snapshot);
  }
}
