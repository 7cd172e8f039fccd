package io.hypermesh.ledger;

import io.hypermesh.asset.DecodingException;

/**
 * Why one operation was refused. Each says what the two numbers beside it in {@link
 * Outcome.Refused} mean. Ids are part of the wire format and never change.
 */
public enum RefusalReason {
  /** No asset has that id. */
  UNKNOWN_ASSET(1, "no such asset"),
  /** The asset is registered already; found is the height at which it was. */
  ALREADY_REGISTERED(2, "it was registered at height %1$d"),
  /** The id does not derive from the signer and the fingerprint. */
  ID_NOT_DERIVED(3, "its id does not derive from the signer's key and the fingerprint"),
  /** The signer does not own the asset. */
  NOT_OWNER(4, "the signer does not own it"),
  /** The signer does not lease the asset. */
  NOT_LESSEE(5, "the signer does not lease it"),
  /** The new owner owns it already. */
  ALREADY_OWNER(6, "the new owner owns it already"),
  /**
   * The transition table does not allow it, or not to this signer; found and wanted are state ids.
   */
  INVALID_TRANSITION(7, "state %1$d cannot become %2$d by this operation"),
  /**
   * The lease would have ended before it began; found is this block's height, wanted the expiry.
   */
  LEASE_EXPIRED(8, "the lease would end at height %2$d, and this is %1$d"),
  /** The lease is longer than allowed; found is the latest expiry allowed, wanted the expiry. */
  LEASE_TOO_LONG(9, "the lease may end at height %1$d at the latest, not at %2$d"),
  /** The asset is not for the signer to ask about. */
  NOT_VISIBLE(10, "its privacy level hides it from the signer"),
  /** The ledger holds as many assets as it may; found is how many. */
  LEDGER_FULL(11, "the ledger holds its limit of %1$d assets"),
  /** The id was used for another operation before; nothing was done. */
  OPERATION_ID_REUSED(12, "the id belongs to another operation of the signer"),
  /**
   * Too many ids are remembered to take another; found is how many. Try again some blocks later.
   */
  TOO_MANY_REMEMBERED(13, "the ledger remembers its limit of %1$d operations, try again later"),
  /** The batch asks for more proofs than one may; wanted is the limit. */
  TOO_MANY_PROOFS(14, "a batch may ask for %2$d proofs");

  private final int id;
  private final String template;

  RefusalReason(int id, String template) {
    this.id = id;
    this.template = template;
  }

  /**
   * The number on the wire.
   *
   * @return 1 or more
   */
  public int id() {
    return id;
  }

  /**
   * Finds a reason by its number on the wire.
   *
   * @param id 1 or more
   * @return the reason
   * @throws DecodingException if there is none with that number
   */
  public static RefusalReason fromId(int id) throws DecodingException {
    for (RefusalReason reason : values()) {
      if (reason.id == id) {
        return reason;
      }
    }
    throw new DecodingException("unknown refusal reason: " + id);
  }

  String describe(long found, long wanted) {
    return String.format(template, found, wanted);
  }
}
