package io.hypermesh.stoq.forbidden;

import io.hypermesh.byzantine.Digest;
import io.hypermesh.ledger.Ledger;

/** Knows what no transport may know, so that a test can see the rules catch it. */
public final class KnowsTheLedger {
  private KnowsTheLedger() {}

  /** Looks where it should not. */
  public static Digest peek(Ledger ledger) {
    return ledger.stateRoot();
  }
}
