package io.hypermesh.ledger;

import io.hypermesh.asset.AssetDescriptor;
import io.hypermesh.asset.AssetId;
import io.hypermesh.asset.AssetState;
import io.hypermesh.asset.Capacity;
import io.hypermesh.asset.OwnerId;
import io.hypermesh.asset.PrivacyLevel;
import io.hypermesh.byzantine.Digest;

/**
 * What can be asked of the ledger. Operations say what is wanted; who wants it is said by the
 * signature of the {@link SignedOperations} that carries them, and whether it may be is decided by
 * the ledger when it executes them.
 */
public sealed interface Operation {
  /**
   * Makes the operation unique among all of its owner's.
   *
   * @return the id
   */
  OperationId id();

  /**
   * The asset it is about.
   *
   * @return the id
   */
  AssetId asset();

  /**
   * Claims hardware as an asset of the signer. The id must be the one derived from the signer and
   * the fingerprint, which is why nobody can claim another's.
   *
   * @param id the operation's id
   * @param asset derived from the signer and the fingerprint
   * @param fingerprint what tells the hardware from all other
   * @param descriptor {@link AssetDescriptor#digest}
   * @param capacity how much it is, in the unit of the asset's type
   * @param privacy who may ask about it
   */
  record Register(
      OperationId id,
      AssetId asset,
      Digest fingerprint,
      Digest descriptor,
      Capacity capacity,
      PrivacyLevel privacy)
      implements Operation {
    /** Refuses a unit that is not the type's. */
    public Register {
      if (capacity.unit() != asset.type().unit()) {
        throw new IllegalArgumentException(
            asset.type().label() + " is not counted in " + capacity.unit());
      }
    }

    /**
     * Registers what an adapter found.
     *
     * @param id the operation's id
     * @param hardware what was found
     * @param owner who will sign
     * @param privacy who may ask about it
     * @return the operation
     */
    public static Register of(
        OperationId id, AssetDescriptor hardware, OwnerId owner, PrivacyLevel privacy) {
      return new Register(
          id,
          hardware.idFor(owner),
          hardware.fingerprint(),
          hardware.digest(),
          hardware.capacity(),
          privacy);
    }
  }

  /**
   * Gives an asset of the signer to another owner. A lease on it goes on.
   *
   * @param id the operation's id
   * @param asset what is given
   * @param to the new owner
   */
  record Transfer(OperationId id, AssetId asset, OwnerId to) implements Operation {
    /** Refuses to give to nobody. */
    public Transfer {
      if (to.equals(OwnerId.NOBODY)) {
        throw new IllegalArgumentException("couldn't transfer " + asset + " to nobody");
      }
    }
  }

  /**
   * Changes the state, by the table of {@link AssetState}: the owner into and out of maintenance
   * and failure (which ends a lease), the lessee between Allocated and InUse.
   *
   * @param id the operation's id
   * @param asset what changes
   * @param to the state wanted
   */
  record ChangeState(OperationId id, AssetId asset, AssetState to) implements Operation {}

  /**
   * Leases an available asset of the signer. It ends by itself after a block, so it ends at the
   * same moment on every replica whatever their clocks say.
   *
   * @param id the operation's id
   * @param asset what is leased
   * @param lessee who may use it
   * @param expiresAtHeight the last block at which the lease holds
   */
  record Lease(OperationId id, AssetId asset, OwnerId lessee, long expiresAtHeight)
      implements Operation {
    /** Refuses to lease to nobody, and negative heights. */
    public Lease {
      if (lessee.equals(OwnerId.NOBODY) || expiresAtHeight < 0) {
        throw new IllegalArgumentException(
            "couldn't lease " + asset + " to " + lessee + " until " + expiresAtHeight);
      }
    }
  }

  /**
   * Ends a lease of the signer, the lessee, before it expires.
   *
   * @param id the operation's id
   * @param asset what is given back
   */
  record Release(OperationId id, AssetId asset) implements Operation {}

  /**
   * Asks for a proof of ownership as of the end of the block that executes it. It changes nothing,
   * so it is not remembered: asked again, it is answered anew.
   *
   * @param id the operation's id
   * @param asset what to prove
   */
  record Prove(OperationId id, AssetId asset) implements Operation {}
}
