package io.hypermesh.stoq.simulation;

/**
 * What happens to datagrams on their way. Immutable; {@code with…} methods give a changed copy.
 *
 * @param delayNanos time that every datagram takes
 * @param jitterNanos further time, chosen for each datagram between 0 and this
 * @param lossRate share of datagrams, 0 to 1, at which a loss starts
 * @param lossBurst datagrams of one direction that a loss takes in a row, at least 1
 * @param duplicationRate share of datagrams, 0 to 1, that arrive twice
 * @param reorderingRate share of datagrams, 0 to 1, that are held back by another delay
 * @param corruptionRate share of datagrams, 0 to 1, of which one bit is flipped
 */
public record LinkConditions(
    long delayNanos,
    long jitterNanos,
    double lossRate,
    int lossBurst,
    double duplicationRate,
    double reorderingRate,
    double corruptionRate) {

  /** A perfect link of 10 milliseconds. */
  public static final LinkConditions PERFECT = new LinkConditions(10_000_000, 0, 0, 1, 0, 0, 0);

  /** A link that loses everything. */
  public static final LinkConditions BLACKHOLE = PERFECT.withLoss(1, 1);

  /** Checks every number's range. */
  public LinkConditions {
    if (delayNanos < 0 || jitterNanos < 0 || lossBurst < 1) {
      throw new IllegalArgumentException(
          "couldn't make link conditions: negative times, or a burst of " + lossBurst);
    }
    checkRate(lossRate);
    checkRate(duplicationRate);
    checkRate(reorderingRate);
    checkRate(corruptionRate);
  }

  private static void checkRate(double rate) {
    if (!(rate >= 0 && rate <= 1)) {
      throw new IllegalArgumentException(
          "couldn't make link conditions: " + rate + " is no rate from 0 to 1");
    }
  }

  /** With another delay and jitter, in nanoseconds. */
  public LinkConditions withDelay(long newDelayNanos, long newJitterNanos) {
    return new LinkConditions(
        newDelayNanos,
        newJitterNanos,
        lossRate,
        lossBurst,
        duplicationRate,
        reorderingRate,
        corruptionRate);
  }

  /** With losses that start at this rate and take this many datagrams in a row. */
  public LinkConditions withLoss(double rate, int burst) {
    return new LinkConditions(
        delayNanos, jitterNanos, rate, burst, duplicationRate, reorderingRate, corruptionRate);
  }

  /** With this share of datagrams arriving twice. */
  public LinkConditions withDuplication(double rate) {
    return new LinkConditions(
        delayNanos, jitterNanos, lossRate, lossBurst, rate, reorderingRate, corruptionRate);
  }

  /** With this share of datagrams held back. */
  public LinkConditions withReordering(double rate) {
    return new LinkConditions(
        delayNanos, jitterNanos, lossRate, lossBurst, duplicationRate, rate, corruptionRate);
  }

  /** With this share of datagrams damaged. */
  public LinkConditions withCorruption(double rate) {
    return new LinkConditions(
        delayNanos, jitterNanos, lossRate, lossBurst, duplicationRate, reorderingRate, rate);
  }
}
