package io.hypermesh.asset;

/** What kind of hardware an asset is. Ids and labels are part of the formats and never change. */
public enum AssetType {
  /** Processors, counted in thousandths of a logical CPU. */
  CPU(0, "cpu", CapacityUnit.MILLI_CPU),
  /** Graphics and compute accelerators, counted in thousandths of one. */
  GPU(1, "gpu", CapacityUnit.MILLI_GPU),
  /** Main memory, in bytes. */
  MEMORY(2, "memory", CapacityUnit.BYTES),
  /** File systems and disks, in bytes. */
  STORAGE(3, "storage", CapacityUnit.BYTES),
  /** Network interfaces, in bits a second. */
  NETWORK(4, "network", CapacityUnit.BITS_PER_SECOND),
  /** Containers, in instances. */
  CONTAINER(5, "container", CapacityUnit.INSTANCES);

  private static final AssetType[] BY_ID = values();

  private final int id;
  private final String label;
  private final CapacityUnit unit;

  AssetType(int id, String label, CapacityUnit unit) {
    this.id = id;
    this.label = label;
    this.unit = unit;
  }

  /**
   * The number on the wire.
   *
   * @return 0 to 5
   */
  public int id() {
    return id;
  }

  /**
   * The lower-case word that an {@link AssetId} of this type begins with.
   *
   * @return for example {@code cpu}
   */
  public String label() {
    return label;
  }

  /**
   * What the capacity of every asset of this type is counted in.
   *
   * @return the unit
   */
  public CapacityUnit unit() {
    return unit;
  }

  /**
   * Finds a type by its number on the wire.
   *
   * @param id 0 to 5
   * @return the type
   * @throws DecodingException if there is none with that number
   */
  public static AssetType fromId(int id) throws DecodingException {
    if (id < 0 || id >= BY_ID.length) {
      throw new DecodingException("unknown asset type: " + id);
    }
    return BY_ID[id];
  }

  /** Finds a type by an id that was checked before. */
  static AssetType ofValidId(int id) {
    return BY_ID[id];
  }

  /**
   * Finds a type by its label.
   *
   * @param label a lower-case word
   * @return the type
   * @throws DecodingException if there is none with that label
   */
  public static AssetType fromLabel(String label) throws DecodingException {
    for (AssetType type : BY_ID) {
      if (type.label.equals(label)) {
        return type;
      }
    }
    throw new DecodingException("unknown asset type: " + AssetId.printable(label));
  }
}
