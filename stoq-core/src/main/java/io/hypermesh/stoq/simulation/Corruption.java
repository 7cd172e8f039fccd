package io.hypermesh.stoq.simulation;

/**
 * How a link damages datagrams: one byte of a damaged one is another.
 *
 * @param rate share of datagrams, 0 to 1, that are damaged while {@code inARowMax} isn't reached
 * @param inARowMax datagrams of one direction that are damaged in a row at most, at least 1
 * @param firstBytes the damage is within so many first bytes, at least 1: a small number hits
 *     packet headers more often
 */
public record Corruption(double rate, int inARowMax, int firstBytes) {
  /** Nothing is damaged. */
  public static final Corruption NONE = new Corruption(0, Integer.MAX_VALUE, Integer.MAX_VALUE);

  /** Checks the ranges. */
  public Corruption {
    Rates.check(rate);
    if (inARowMax < 1 || firstBytes < 1) {
      throw new IllegalArgumentException(
          "couldn't make a corruption: at most "
              + inARowMax
              + " in a row within "
              + firstBytes
              + " bytes");
    }
  }
}
