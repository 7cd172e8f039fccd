package io.hypermesh.ledger;

import io.hypermesh.asset.DecodingException;

/** Why a whole request was refused, with all that it carried. Ids are part of the wire format. */
public enum BatchRefusal {
  /** The bytes are no request that this ledger understands. */
  MALFORMED(1),
  /** The batch was signed for another ledger. */
  WRONG_LEDGER(2),
  /** The signature is not the owner's over these bytes. */
  BAD_SIGNATURE(3),
  /** The batch was to be executed by a height that is past. */
  EXPIRED(4),
  /** The batch could be executed for longer than the ledger remembers. */
  EXPIRES_TOO_LATE(5);

  private final int id;

  BatchRefusal(int id) {
    this.id = id;
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
  public static BatchRefusal fromId(int id) throws DecodingException {
    for (BatchRefusal reason : values()) {
      if (reason.id == id) {
        return reason;
      }
    }
    throw new DecodingException("unknown batch refusal: " + id);
  }
}
