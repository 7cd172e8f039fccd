package io.hypermesh.ledger.state;

import io.hypermesh.byzantine.Digest;
import io.hypermesh.codec.Sha256;
import io.hypermesh.ledger.StateHeader;

/** What the replicas sign: one digest over everything that makes two ledgers equal. */
public final class StateRoot {
  private static final String DOMAIN = "hypermesh state-root v1";

  private StateRoot() {}

  /**
   * Combines the header with the root of the tree over the assets.
   *
   * @param header settings, height, time, number of assets, operations remembered
   * @param assetsRoot the tree's root
   * @return the state root
   */
  public static Digest of(StateHeader header, Digest assetsRoot) {
    return Sha256.of(DOMAIN, header.encode(), assetsRoot.bytes());
  }
}
