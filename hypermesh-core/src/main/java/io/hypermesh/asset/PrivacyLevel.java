package io.hypermesh.asset;

/**
 * Who may ask the ledger about an asset. Ids are part of the wire format and never change. The
 * replicas that order operations see all of them; the level says what they may answer to whom. The
 * ledger itself enforces {@link #PRIVATE}: others than owner and lessee get no proof from it. The
 * wider levels it keeps for whoever knows the owner's networks and peers.
 */
public enum PrivacyLevel {
  /** The owner and the lessee only. */
  PRIVATE(0),
  /** Members of the owner's own network. */
  PRIVATE_NETWORK(1),
  /** Peers that the owner is connected with. */
  P2P(2),
  /** Every member of the network that the ledger belongs to. */
  PUBLIC_NETWORK(3),
  /** Everybody. */
  FULL_PUBLIC(4);

  private static final PrivacyLevel[] BY_ID = values();

  private final int id;

  PrivacyLevel(int id) {
    this.id = id;
  }

  /**
   * The number on the wire.
   *
   * @return 0 to 4
   */
  public int id() {
    return id;
  }

  /**
   * Finds a level by its number on the wire.
   *
   * @param id 0 to 4
   * @return the level
   * @throws DecodingException if there is none with that number
   */
  public static PrivacyLevel fromId(int id) throws DecodingException {
    if (id < 0 || id >= BY_ID.length) {
      throw new DecodingException("unknown privacy level: " + id);
    }
    return BY_ID[id];
  }
}
