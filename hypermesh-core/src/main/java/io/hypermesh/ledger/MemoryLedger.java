package io.hypermesh.ledger;

import io.hypermesh.asset.AssetId;
import io.hypermesh.asset.DecodingException;
import io.hypermesh.byzantine.Digest;
import io.hypermesh.byzantine.Snapshot;
import io.hypermesh.byzantine.Verifier;
import io.hypermesh.ledger.state.CheckedBatch;
import io.hypermesh.ledger.state.LedgerState;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** The state machine behind the {@link Ledger} interface, with nothing kept on disk. */
final class MemoryLedger implements Ledger {
  private final LedgerSettings settings;
  private final Verifier verifier;
  private final long indexSeed;
  private LedgerState state;

  MemoryLedger(LedgerSettings settings, Verifier verifier, long indexSeed) {
    this.settings = settings;
    this.verifier = verifier;
    this.indexSeed = indexSeed;
    this.state = new LedgerState(settings, indexSeed);
  }

  @Override
  public List<BatchResult> execute(long height, long timestampMillis, List<byte[]> payloads) {
    List<CheckedBatch> batches = new ArrayList<>(payloads.size());
    for (byte[] payload : payloads) {
      batches.add(CheckedBatch.check(settings, verifier, payload));
    }
    return state.execute(height, timestampMillis, batches);
  }

  @Override
  public LedgerSettings settings() {
    return settings;
  }

  @Override
  public StateHeader header() {
    return state.header();
  }

  @Override
  public Digest stateRoot() {
    return state.stateRoot();
  }

  @Override
  public Optional<AssetRecord> find(AssetId asset) {
    return state.find(asset);
  }

  @Override
  public AssetRecord record(int slot) {
    return state.record(Objects.checkIndex(slot, state.header().assetCount()));
  }

  @Override
  public Optional<OwnershipProof> prove(AssetId asset) {
    return state.prove(asset);
  }

  @Override
  public Snapshot snapshot() {
    return state.snapshot();
  }

  /** Another ledger with the snapshot's state; this one stays as it is. */
  MemoryLedger restored(Snapshot snapshot) throws DecodingException {
    MemoryLedger other = new MemoryLedger(settings, verifier, indexSeed);
    other.restore(snapshot);
    return other;
  }

  @Override
  public void restore(Snapshot snapshot) throws DecodingException {
    state = LedgerState.restore(settings, indexSeed, snapshot);
  }

  @Override
  public void close() {
    // Off-heap pages are freed with the garbage; there is nothing else to give back.
  }
}
