package io.hypermesh.asset;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * Where an asset is in its life. The published transition table, which the ledger enforces:
 *
 * <pre>
 *   from \ to     Available  Allocated  InUse  Maintenance  Failed
 *   Available         -         L         -         O          O
 *   Allocated         R         -         U         -          O
 *   InUse             R         U         -         -          O
 *   Maintenance       O         -         -         -          O
 *   Failed            -         -         -         O          -
 * </pre>
 *
 * L by a lease, R by its release or expiry, O changed by the owner, U changed by the lessee. Only
 * what nobody leases can be put into maintenance; what failed is repaired in maintenance before it
 * is available again. A state never becomes itself: a change that changes nothing is refused, so
 * that whoever asked learns that their picture was old. Ids are part of the wire format.
 */
public enum AssetState {
  /** Free to be leased. */
  AVAILABLE(0, "Available"),
  /** Leased, not used yet. */
  ALLOCATED(1, "Allocated"),
  /** Leased, and the lessee uses it. */
  IN_USE(2, "InUse"),
  /** Taken out of service by its owner. */
  MAINTENANCE(3, "Maintenance"),
  /** Broken. */
  FAILED(4, "Failed");

  private static final AssetState[] BY_ID = values();
  private static final Map<AssetState, Set<AssetState>> SUCCESSORS =
      new EnumMap<>(AssetState.class);

  static {
    SUCCESSORS.put(AVAILABLE, EnumSet.of(ALLOCATED, MAINTENANCE, FAILED));
    SUCCESSORS.put(ALLOCATED, EnumSet.of(AVAILABLE, IN_USE, FAILED));
    SUCCESSORS.put(IN_USE, EnumSet.of(AVAILABLE, ALLOCATED, FAILED));
    SUCCESSORS.put(MAINTENANCE, EnumSet.of(AVAILABLE, FAILED));
    SUCCESSORS.put(FAILED, EnumSet.of(MAINTENANCE));
  }

  private final int id;
  private final String label;

  AssetState(int id, String label) {
    this.id = id;
    this.label = label;
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
   * The state's name as it is printed.
   *
   * @return for example {@code InUse}
   */
  public String label() {
    return label;
  }

  /**
   * Says whether the table allows a change.
   *
   * @param next the state wanted
   * @return true if it may follow this one
   */
  public boolean canBecome(AssetState next) {
    return SUCCESSORS.getOrDefault(this, Set.of()).contains(next);
  }

  /**
   * The states that may follow this one.
   *
   * @return an unmodifiable set
   */
  public Set<AssetState> successors() {
    return Set.copyOf(SUCCESSORS.getOrDefault(this, Set.of()));
  }

  /**
   * Finds a state by its number on the wire.
   *
   * @param id 0 to 4
   * @return the state
   * @throws DecodingException if there is none with that number
   */
  public static AssetState fromId(int id) throws DecodingException {
    if (id < 0 || id >= BY_ID.length) {
      throw new DecodingException("unknown asset state: " + id);
    }
    return BY_ID[id];
  }
}
