package io.hypermesh.ledger.state;

import static io.hypermesh.ledger.state.AssetLayout.BYTE;
import static io.hypermesh.ledger.state.AssetLayout.LONG;

import io.hypermesh.asset.AssetId;
import io.hypermesh.asset.AssetState;
import io.hypermesh.asset.OwnerId;
import io.hypermesh.asset.PrivacyLevel;
import io.hypermesh.byzantine.Digest;
import io.hypermesh.ledger.Operation.Register;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Reads and writes one record in the table, at one height: what a lease that ended before that
 * height left in the record reads as if it were gone. Reused for every operation; owned by the
 * ledger's thread. {@link #write} must come before the first change, for a page that a snapshot
 * shares is copied then.
 */
final class AssetFlyweight {
  private static final AssetState[] STATES = AssetState.values();

  private final AssetTable table;
  private final byte[] scratch = new byte[Digest.BYTES];
  private MemorySegment page = MemorySegment.NULL;
  private long at;
  private int slot;
  private long height;

  AssetFlyweight(AssetTable table) {
    this.table = table;
  }

  /** Moves to the record in a slot, as of a height. */
  AssetFlyweight read(int slot, long height) {
    this.slot = slot;
    this.height = height;
    page = table.pageToRead(slot);
    at = AssetTable.offset(slot);
    return this;
  }

  boolean ownerIs(OwnerId owner) {
    return is(AssetLayout.OWNER, owner);
  }

  /** Whether a lease of this lessee holds at the height. */
  boolean lesseeIs(OwnerId lessee) {
    return !leaseEnded() && is(AssetLayout.LESSEE, lessee);
  }

  /** The state at the height. */
  AssetState state() {
    return leaseEnded() ? AssetState.AVAILABLE : STATES[page.get(BYTE, at + AssetLayout.STATE)];
  }

  long registeredAtHeight() {
    return page.get(LONG, at + AssetLayout.REGISTERED);
  }

  /** Whether this signer may ask about the asset. */
  boolean visibleTo(OwnerId signer) {
    boolean isPrivate = page.get(BYTE, at + AssetLayout.PRIVACY) == PrivacyLevel.PRIVATE.id();
    return !isPrivate || ownerIs(signer) || lesseeIs(signer);
  }

  /** Makes the record writable, counts the change, and clears a lease that ended. */
  AssetFlyweight write() {
    boolean ended = leaseEnded();
    page = table.pageToWrite(slot);
    page.set(LONG, at + AssetLayout.CHANGED, height);
    page.set(LONG, at + AssetLayout.CHANGES, page.get(LONG, at + AssetLayout.CHANGES) + 1);
    if (ended) {
      state(AssetState.AVAILABLE).noLease();
    }
    return this;
  }

  AssetFlyweight owner(OwnerId owner) {
    put(AssetLayout.OWNER, owner.digest());
    return this;
  }

  AssetFlyweight state(AssetState state) {
    page.set(BYTE, at + AssetLayout.STATE, (byte) state.id());
    return this;
  }

  AssetFlyweight lease(OwnerId lessee, long expiresAtHeight) {
    put(AssetLayout.LESSEE, lessee.digest());
    page.set(LONG, at + AssetLayout.LEASE_EXPIRES, expiresAtHeight);
    return this;
  }

  AssetFlyweight noLease() {
    return lease(OwnerId.NOBODY, 0);
  }

  /** Fills a new record. */
  void register(Register operation, OwnerId owner) {
    AssetId id = operation.asset();
    page.set(LONG, at + AssetLayout.ID, id.high());
    page.set(LONG, at + AssetLayout.ID + 8, id.low());
    put(AssetLayout.DESCRIPTOR, operation.descriptor());
    page.set(LONG, at + AssetLayout.CAPACITY, operation.capacity().amount());
    page.set(LONG, at + AssetLayout.REGISTERED, height);
    page.set(BYTE, at + AssetLayout.VERSION, (byte) AssetLayout.FORMAT_VERSION);
    page.set(BYTE, at + AssetLayout.PRIVACY, (byte) operation.privacy().id());
    owner(owner).state(AssetState.AVAILABLE).noLease();
  }

  private boolean leaseEnded() {
    long expires = page.get(LONG, at + AssetLayout.LEASE_EXPIRES);
    return expires != 0 && height > expires;
  }

  private boolean is(int field, OwnerId who) {
    MemorySegment.copy(page, ValueLayout.JAVA_BYTE, at + field, scratch, 0, scratch.length);
    return Arrays.equals(scratch, who.digest().bytes());
  }

  private void put(int field, Digest value) {
    MemorySegment.copy(value.bytes(), 0, page, ValueLayout.JAVA_BYTE, at + field, Digest.BYTES);
  }
}
