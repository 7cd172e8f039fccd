package io.hypermesh.adapter;

import io.hypermesh.asset.AssetDescriptor;
import io.hypermesh.asset.AssetId;
import io.hypermesh.asset.Capacity;
import io.hypermesh.asset.OwnerId;

/**
 * What a lease entitles its lessee to.
 *
 * @param asset the id under which the hardware is registered
 * @param hardware as it was discovered
 * @param lessee who may use it
 * @param amount how much of it, at most all
 */
public record AllocationRequest(
    AssetId asset, AssetDescriptor hardware, OwnerId lessee, Capacity amount) {
  /** Refuses more than there is. */
  public AllocationRequest {
    if (amount.unit() != hardware.capacity().unit()
        || amount.amount() > hardware.capacity().amount()) {
      throw new IllegalArgumentException(
          "couldn't allocate " + amount + " of " + hardware.name() + ": " + hardware.capacity());
    }
  }
}
