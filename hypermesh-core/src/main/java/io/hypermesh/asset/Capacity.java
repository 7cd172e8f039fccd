package io.hypermesh.asset;

/**
 * How much of something an asset is. Amounts are exact whole numbers, so that splitting and joining
 * capacity can neither make nor lose any: {@link #plus} and {@link #minus} refuse what does not
 * fit.
 *
 * @param amount 0 or more
 * @param unit what is counted
 */
public record Capacity(long amount, CapacityUnit unit) {
  /** Refuses negative amounts. */
  public Capacity {
    if (amount < 0) {
      throw new IllegalArgumentException("negative capacity: " + amount + " " + unit.symbol());
    }
  }

  /**
   * Adds an amount of the same unit.
   *
   * @param other what to add
   * @return the sum
   * @throws IllegalArgumentException if the units differ
   * @throws ArithmeticException if the sum does not fit in 63 bits
   */
  public Capacity plus(Capacity other) {
    return new Capacity(Math.addExact(amount, sameUnit(other).amount), unit);
  }

  /**
   * Takes an amount of the same unit away.
   *
   * @param other what to take
   * @return what remains
   * @throws IllegalArgumentException if the units differ or more is taken than there is
   */
  public Capacity minus(Capacity other) {
    return new Capacity(amount - sameUnit(other).amount, unit);
  }

  private Capacity sameUnit(Capacity other) {
    if (other.unit != unit) {
      throw new IllegalArgumentException(
          "couldn't combine " + unit.symbol() + " with " + other.unit.symbol());
    }
    return other;
  }

  @Override
  public String toString() {
    return amount + " " + unit.symbol();
  }
}
