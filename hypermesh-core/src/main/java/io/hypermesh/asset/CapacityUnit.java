package io.hypermesh.asset;

/** What an amount of capacity counts. Ids are part of the wire format and never change. */
public enum CapacityUnit {
  /** Thousandths of one logical CPU. */
  MILLI_CPU(0, "mCPU"),
  /** Thousandths of one GPU. */
  MILLI_GPU(1, "mGPU"),
  /** Bytes. */
  BYTES(2, "B"),
  /** Bits a second; 0 where the hardware does not say. */
  BITS_PER_SECOND(3, "bit/s"),
  /** Whole instances, of a container for one. */
  INSTANCES(4, "instances");

  private static final CapacityUnit[] BY_ID = values();

  private final int id;
  private final String symbol;

  CapacityUnit(int id, String symbol) {
    this.id = id;
    this.symbol = symbol;
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
   * How it is printed after an amount.
   *
   * @return a short symbol
   */
  public String symbol() {
    return symbol;
  }

  /**
   * Finds a unit by its number on the wire.
   *
   * @param id 0 to 4
   * @return the unit
   * @throws DecodingException if there is none with that number
   */
  public static CapacityUnit fromId(int id) throws DecodingException {
    if (id < 0 || id >= BY_ID.length) {
      throw new DecodingException("unknown capacity unit: " + id);
    }
    return BY_ID[id];
  }
}
