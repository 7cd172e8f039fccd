package io.hypermesh.ledger.state;

import io.hypermesh.asset.AssetId;
import io.hypermesh.asset.AssetState;
import io.hypermesh.asset.DecodingException;
import io.hypermesh.asset.OwnerId;
import io.hypermesh.byzantine.Digest;
import io.hypermesh.byzantine.Snapshot;
import io.hypermesh.ledger.AssetRecord;
import io.hypermesh.ledger.BatchRefusal;
import io.hypermesh.ledger.BatchResult;
import io.hypermesh.ledger.LedgerSettings;
import io.hypermesh.ledger.Operation;
import io.hypermesh.ledger.Operation.ChangeState;
import io.hypermesh.ledger.Operation.Lease;
import io.hypermesh.ledger.Operation.Prove;
import io.hypermesh.ledger.Operation.Register;
import io.hypermesh.ledger.Operation.Release;
import io.hypermesh.ledger.Operation.Transfer;
import io.hypermesh.ledger.Outcome;
import io.hypermesh.ledger.OwnershipProof;
import io.hypermesh.ledger.RefusalReason;
import io.hypermesh.ledger.SignedOperations;
import io.hypermesh.ledger.StateHeader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The ledger itself: the state machine that every replica runs.
 *
 * <p><b>Guarantees.</b> Deterministic: the same blocks give the same results and the same {@link
 * #stateRoot}. An asset has exactly one owner from its registration on, and its capacity never
 * changes. An operation of an owner is applied at most once ({@link RememberedOperations}). What is
 * refused changes nothing: all of an operation's conditions are checked before its first write.
 *
 * <p><b>A block.</b>
 *
 * <pre>
 *   request ──check, pure──► authorised ──apply──► table, remembered ──► outcome
 *                     └────► refused                │ dirty slots
 *                                                   ▼
 *                       end of block: tree ──► state root ──► proofs asked for
 * </pre>
 *
 * <p>Proofs are made at the end, so all of a block's proofs are of its state root. Heights strictly
 * increase; a lease holds through its last height, and ends by itself without any write.
 *
 * <p><b>Threads.</b> One thread owns it; snapshots may be read by any.
 */
public final class LedgerState {
  private final LedgerSettings settings;
  private final Digest settingsDigest;
  private final AssetTable table = new AssetTable();
  private final SlotIndex index;
  private final MerkleTree tree = new MerkleTree();
  private final RememberedOperations remembered = new RememberedOperations();
  private final AssetFlyweight asset = new AssetFlyweight(table);
  private int[] dirty = new int[64];
  private int dirtyCount;
  private StateHeader header;
  private Digest stateRoot;

  /**
   * Starts with no assets at height 0.
   *
   * @param settings the same on every replica
   * @param indexSeed any number that nobody else knows; it has no influence on results
   */
  public LedgerState(LedgerSettings settings, long indexSeed) {
    this.settings = settings;
    this.settingsDigest = settings.digest();
    this.index = new SlotIndex(table, indexSeed);
    this.header = new StateHeader(settingsDigest, 0, 0, 0, remembered.digest());
    this.stateRoot = StateRoot.of(header, tree.root());
  }

  /**
   * Executes a block.
   *
   * @param height above {@link #height}
   * @param timestampMillis the block's time as agreed on
   * @param batches the block's requests, checked
   * @return one result for each, in order
   * @throws IllegalArgumentException if the height does not increase; nothing changed
   */
  public List<BatchResult> execute(long height, long timestampMillis, List<CheckedBatch> batches) {
    if (height <= header.height()) {
      throw new IllegalArgumentException(
          "couldn't execute block " + height + " because the ledger is at " + header.height());
    }
    remembered.forgetBefore(height);
    dirtyCount = 0;
    List<BatchResult> results = new ArrayList<>(batches.size());
    for (CheckedBatch batch : batches) {
      results.add(
          switch (batch) {
            case CheckedBatch.Refused refused -> refused.result();
            case CheckedBatch.Authorised authorised -> execute(authorised.batch(), height);
          });
    }
    commit(height, timestampMillis);
    for (int i = 0; i < results.size(); i++) {
      if (batches.get(i) instanceof CheckedBatch.Authorised(SignedOperations batch)
          && results.get(i) instanceof BatchResult.Executed executed) {
        results.set(i, withProofs(batch, executed));
      }
    }
    return results;
  }

  private void commit(long height, long timestampMillis) {
    tree.update(table, dirty, dirtyCount);
    header =
        new StateHeader(settingsDigest, height, timestampMillis, table.size(), remembered.digest());
    stateRoot = StateRoot.of(header, tree.root());
  }

  private BatchResult execute(SignedOperations batch, long height) {
    long expires = batch.expiresAtHeight();
    if (expires < height) {
      return new BatchResult.Refused(
          BatchRefusal.EXPIRED, "it was to be executed by height " + expires + ", not " + height);
    }
    if (expires - height > settings.expiryBlocksMax()) {
      return new BatchResult.Refused(
          BatchRefusal.EXPIRES_TOO_LATE,
          "it expires at height " + expires + ", limit " + (height + settings.expiryBlocksMax()));
    }
    List<Outcome> outcomes = new ArrayList<>(batch.operations().size());
    for (int i = 0; i < batch.operations().size(); i++) {
      outcomes.add(once(batch, i, height));
    }
    return new BatchResult.Executed(outcomes);
  }

  /** Answers a repetition with what it got the first time, and remembers what is new. */
  private Outcome once(SignedOperations batch, int position, long height) {
    Operation operation = batch.operations().get(position);
    if (operation instanceof Prove) {
      // Changes nothing, so nothing is remembered; answered at the end of the block.
      return new Outcome.Applied(operation.id(), operation.asset(), height);
    }
    long fingerprint = batch.fingerprint(position);
    long expires = batch.expiresAtHeight();
    RememberedOperations.Entry known = remembered.find(batch.owner(), operation.id());
    if (known != null && known.fingerprint() != fingerprint) {
      return refused(operation, RefusalReason.OPERATION_ID_REUSED);
    }
    if (known != null && known.expiresAtHeight() >= expires) {
      return known.outcome();
    }
    if (remembered.size() >= settings.rememberedOperationsMax()) {
      return refused(operation, RefusalReason.TOO_MANY_REMEMBERED, remembered.size(), 0);
    }
    Outcome outcome = known != null ? known.outcome() : apply(operation, batch.owner(), height);
    remembered.add(new RememberedOperations.Entry(expires, batch.owner(), fingerprint, outcome));
    return outcome;
  }

  private Outcome apply(Operation operation, OwnerId signer, long height) {
    int slot = index.find(operation.asset());
    if (operation instanceof Register register) {
      return register(register, signer, height, slot);
    }
    if (slot < 0) {
      return refused(operation, RefusalReason.UNKNOWN_ASSET);
    }
    asset.read(slot, height);
    Outcome outcome =
        switch (operation) {
          case Transfer transfer -> transfer(transfer, signer, height);
          case ChangeState change -> changeState(change, signer, height);
          case Lease lease -> lease(lease, signer, height);
          case Release release -> release(release, signer, height);
          case Register _, Prove _ -> throw new IllegalStateException("handled: " + operation);
        };
    if (outcome instanceof Outcome.Applied) {
      markDirty(slot);
    }
    return outcome;
  }

  private Outcome register(Register register, OwnerId signer, long height, int slot) {
    AssetId id = register.asset();
    if (!id.equals(AssetId.derive(id.type(), signer, register.fingerprint()))) {
      return refused(register, RefusalReason.ID_NOT_DERIVED);
    }
    if (slot >= 0) {
      long registered = asset.read(slot, height).registeredAtHeight();
      return refused(register, RefusalReason.ALREADY_REGISTERED, registered, 0);
    }
    if (table.size() >= settings.assetsMax()) {
      return refused(register, RefusalReason.LEDGER_FULL, table.size(), 0);
    }
    int added = table.append();
    asset.read(added, height).write().register(register, signer);
    index.add(added);
    markDirty(added);
    return applied(register, height);
  }

  private Outcome transfer(Transfer transfer, OwnerId signer, long height) {
    if (!asset.ownerIs(signer)) {
      return refused(transfer, RefusalReason.NOT_OWNER);
    }
    if (transfer.to().equals(signer)) {
      return refused(transfer, RefusalReason.ALREADY_OWNER);
    }
    asset.write().owner(transfer.to());
    return applied(transfer, height);
  }

  private Outcome changeState(ChangeState change, OwnerId signer, long height) {
    boolean owns = asset.ownerIs(signer);
    boolean leases = asset.lesseeIs(signer);
    if (!owns && !leases) {
      return refused(change, RefusalReason.NOT_OWNER);
    }
    AssetState from = asset.state();
    boolean allowed =
        switch (change.to()) {
          case MAINTENANCE, FAILED -> owns;
          case AVAILABLE -> owns && from == AssetState.MAINTENANCE;
          case IN_USE -> leases;
          case ALLOCATED -> leases && from == AssetState.IN_USE;
        };
    if (!allowed || !from.canBecome(change.to())) {
      return refused(change, RefusalReason.INVALID_TRANSITION, from.id(), change.to().id());
    }
    asset.write().state(change.to());
    if (change.to() == AssetState.FAILED) {
      asset.noLease();
    }
    return applied(change, height);
  }

  private Outcome lease(Lease lease, OwnerId signer, long height) {
    if (!asset.ownerIs(signer)) {
      return refused(lease, RefusalReason.NOT_OWNER);
    }
    AssetState from = asset.state();
    if (from != AssetState.AVAILABLE) {
      return refused(lease, RefusalReason.INVALID_TRANSITION, from.id(), AssetState.ALLOCATED.id());
    }
    long expires = lease.expiresAtHeight();
    if (expires < height) {
      return refused(lease, RefusalReason.LEASE_EXPIRED, height, expires);
    }
    if (expires - height > settings.leaseBlocksMax()) {
      return refused(
          lease, RefusalReason.LEASE_TOO_LONG, height + settings.leaseBlocksMax(), expires);
    }
    asset.write().state(AssetState.ALLOCATED).lease(lease.lessee(), expires);
    return applied(lease, height);
  }

  private Outcome release(Release release, OwnerId signer, long height) {
    if (!asset.lesseeIs(signer)) {
      return refused(release, RefusalReason.NOT_LESSEE);
    }
    asset.write().state(AssetState.AVAILABLE).noLease();
    return applied(release, height);
  }

  private BatchResult withProofs(SignedOperations batch, BatchResult.Executed executed) {
    List<Outcome> outcomes = new ArrayList<>(executed.outcomes());
    int proofs = 0;
    for (int i = 0; i < outcomes.size(); i++) {
      if (batch.operations().get(i) instanceof Prove prove) {
        proofs++;
        outcomes.set(
            i,
            proofs > settings.proofsPerBatchMax()
                ? refused(prove, RefusalReason.TOO_MANY_PROOFS, 0, settings.proofsPerBatchMax())
                : answer(prove, batch.owner()));
      }
    }
    return new BatchResult.Executed(outcomes);
  }

  private Outcome answer(Prove prove, OwnerId signer) {
    int slot = index.find(prove.asset());
    if (slot < 0) {
      return refused(prove, RefusalReason.UNKNOWN_ASSET);
    }
    if (!asset.read(slot, header.height()).visibleTo(signer)) {
      return refused(prove, RefusalReason.NOT_VISIBLE);
    }
    return new Outcome.Proved(prove.id(), proof(slot));
  }

  /**
   * The last block executed.
   *
   * @return its height; 0 before the first
   */
  public long height() {
    return header.height();
  }

  /**
   * What the state root covers besides the assets.
   *
   * @return the header after the last block
   */
  public StateHeader header() {
    return header;
  }

  /**
   * Covers everything that makes two ledgers equal.
   *
   * @return the root after the last block
   */
  public Digest stateRoot() {
    return stateRoot;
  }

  /**
   * Finds an asset.
   *
   * @param id which
   * @return its record, if it is registered
   */
  public Optional<AssetRecord> find(AssetId id) {
    int slot = index.find(id);
    return slot < 0 ? Optional.empty() : Optional.of(record(slot));
  }

  /**
   * Proves what the ledger holds about an asset.
   *
   * @param id which
   * @return a proof of the current state root, if the asset is registered
   */
  public Optional<OwnershipProof> prove(AssetId id) {
    int slot = index.find(id);
    return slot < 0 ? Optional.empty() : Optional.of(proof(slot));
  }

  /**
   * The record in a slot.
   *
   * @param slot 0 to the number of assets - 1, in the order of registration
   * @return the record
   */
  public AssetRecord record(int slot) {
    byte[] bytes = new byte[AssetLayout.BYTES];
    table.copyRecord(slot, bytes, 0);
    try {
      return AssetRecord.decode(bytes);
    } catch (DecodingException e) {
      throw new IllegalStateException("the record in slot " + slot + " is damaged", e);
    }
  }

  /**
   * Takes the state as it is. Cheap: later writes copy the pages they touch.
   *
   * @return a snapshot that stays as it is
   */
  public Snapshot snapshot() {
    return new StateSnapshot(header, stateRoot, table.share(), remembered.entries());
  }

  /**
   * Builds a state from a snapshot and checks that it has the root that the snapshot names.
   *
   * @param settings must be those of the snapshot
   * @param indexSeed any number that nobody else knows
   * @param snapshot what {@link #snapshot} gave, here or on another replica
   * @return the state
   * @throws DecodingException if the chunks are anything else
   */
  public static LedgerState restore(LedgerSettings settings, long indexSeed, Snapshot snapshot)
      throws DecodingException {
    LedgerState state = new LedgerState(settings, indexSeed);
    StateSnapshot.Contents contents =
        StateSnapshot.read(settings, state.settingsDigest, snapshot, state.table);
    contents.remembered().forEach(state.remembered::add);
    for (int slot = 0; slot < state.table.size(); slot++) {
      if (state.index.find(state.record(slot).id()) >= 0) {
        throw new DecodingException("an asset is in the snapshot twice: slot " + slot);
      }
      state.index.add(slot);
      state.markDirty(slot);
    }
    state.commit(contents.header().height(), contents.header().timestampMillis());
    if (!state.header.equals(contents.header()) || !state.stateRoot.equals(contents.stateRoot())) {
      throw new DecodingException(
          "the snapshot says state root " + contents.stateRoot() + " and holds " + state.stateRoot);
    }
    return state;
  }

  private OwnershipProof proof(int slot) {
    return new OwnershipProof(record(slot), slot, tree.path(slot), header);
  }

  private void markDirty(int slot) {
    if (dirtyCount == dirty.length) {
      dirty = Arrays.copyOf(dirty, 2 * dirty.length);
    }
    dirty[dirtyCount++] = slot;
  }

  private static Outcome applied(Operation operation, long height) {
    return new Outcome.Applied(operation.id(), operation.asset(), height);
  }

  private static Outcome refused(Operation operation, RefusalReason reason) {
    return refused(operation, reason, 0, 0);
  }

  private static Outcome refused(
      Operation operation, RefusalReason reason, long found, long wanted) {
    return new Outcome.Refused(operation.id(), operation.asset(), reason, found, wanted);
  }
}
