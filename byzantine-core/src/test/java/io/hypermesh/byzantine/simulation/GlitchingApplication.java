package io.hypermesh.byzantine.simulation;

import io.hypermesh.byzantine.Application;
import io.hypermesh.byzantine.Block;
import io.hypermesh.byzantine.Snapshot;
import java.util.List;

/** A ledger whose state is wrong from one sequence number on, until a right one replaces it. */
final class GlitchingApplication implements Application {
  private final LedgerApplication ledger = new LedgerApplication();
  private final long glitchSequence;
  private boolean glitched;

  GlitchingApplication(long glitchSequence) {
    this.glitchSequence = glitchSequence;
  }

  @Override
  public List<byte[]> execute(Block block) {
    glitched |= block.sequence() == glitchSequence;
    return ledger.execute(block);
  }

  @Override
  public byte[] stateRoot() {
    byte[] root = ledger.stateRoot();
    root[0] ^= (byte) (glitched ? 1 : 0);
    return root;
  }

  @Override
  public Snapshot snapshot() {
    return ledger.snapshot();
  }

  @Override
  public void restore(long sequence, Snapshot snapshot) {
    glitched = false;
    ledger.restore(sequence, snapshot);
  }
}
