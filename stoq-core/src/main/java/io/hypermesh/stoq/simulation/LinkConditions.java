package io.hypermesh.stoq.simulation;

/**
 * What happens to datagrams on their way in one direction. Immutable; {@code with…} methods give a
 * changed copy.
 *
 * @param delayNanos time that every datagram takes, after the bottleneck
 * @param jitterNanos further time, chosen for each datagram between 0 and this
 * @param loss which datagrams are lost by chance
 * @param duplicationRate share of datagrams, 0 to 1, that arrive twice
 * @param reorderingRate share of datagrams, 0 to 1, that are held back by another delay
 * @param corruption which datagrams are damaged
 * @param bottleneck how fast the link is, and what waits before it
 * @param mtuBytes largest IPv6 packet that passes, its 48 bytes of IPv6 and UDP headers included;
 *     larger ones are lost without a word. At least 1,280 (RFC 8200, 5)
 * @param ecn what happens to the ECN bits
 */
public record LinkConditions(
    long delayNanos,
    long jitterNanos,
    LossModel loss,
    double duplicationRate,
    double reorderingRate,
    Corruption corruption,
    Bottleneck bottleneck,
    int mtuBytes,
    EcnTreatment ecn) {

  /** Bytes of the IPv6 and UDP headers around a datagram. */
  public static final int HEADER_BYTES = 48;

  /** An MTU that every datagram fits in. */
  public static final int MTU_BYTES_MAX = 65_535 + HEADER_BYTES;

  /** A perfect link of 10 milliseconds. */
  public static final LinkConditions PERFECT =
      new LinkConditions(
          10_000_000,
          0,
          LossModel.NONE,
          0,
          0,
          Corruption.NONE,
          Bottleneck.NONE,
          MTU_BYTES_MAX,
          EcnTreatment.KEPT);

  /** A link that loses everything. */
  public static final LinkConditions BLACKHOLE = PERFECT.withLoss(1, 1);

  private static final int MTU_BYTES_MIN = 1_280;

  /** Checks every number's range. */
  public LinkConditions {
    if (delayNanos < 0 || jitterNanos < 0) {
      throw new IllegalArgumentException("couldn't make link conditions: negative times");
    }
    if (mtuBytes < MTU_BYTES_MIN || mtuBytes > MTU_BYTES_MAX) {
      throw new IllegalArgumentException(
          "couldn't make link conditions: an MTU of "
              + mtuBytes
              + " is outside 1,280 to "
              + MTU_BYTES_MAX);
    }
    Rates.check(duplicationRate);
    Rates.check(reorderingRate);
  }

  /** With another delay and jitter, in nanoseconds. */
  public LinkConditions withDelay(long newDelayNanos, long newJitterNanos) {
    return new LinkConditions(
        newDelayNanos,
        newJitterNanos,
        loss,
        duplicationRate,
        reorderingRate,
        corruption,
        bottleneck,
        mtuBytes,
        ecn);
  }

  /** With losses that start at this rate and take this many datagrams in a row. */
  public LinkConditions withLoss(double rate, int burst) {
    return withLoss(new LossModel.Bursts(rate, burst));
  }

  /** With another model of loss. */
  public LinkConditions withLoss(LossModel model) {
    return new LinkConditions(
        delayNanos,
        jitterNanos,
        model,
        duplicationRate,
        reorderingRate,
        corruption,
        bottleneck,
        mtuBytes,
        ecn);
  }

  /** With this share of datagrams arriving twice. */
  public LinkConditions withDuplication(double rate) {
    return new LinkConditions(
        delayNanos, jitterNanos, loss, rate, reorderingRate, corruption, bottleneck, mtuBytes, ecn);
  }

  /** With this share of datagrams held back. */
  public LinkConditions withReordering(double rate) {
    return new LinkConditions(
        delayNanos,
        jitterNanos,
        loss,
        duplicationRate,
        rate,
        corruption,
        bottleneck,
        mtuBytes,
        ecn);
  }

  /** With this share of datagrams damaged, anywhere, each independently. */
  public LinkConditions withCorruption(double rate) {
    return withCorruption(new Corruption(rate, Integer.MAX_VALUE, Integer.MAX_VALUE));
  }

  /** With another way of damaging datagrams. */
  public LinkConditions withCorruption(Corruption changed) {
    return new LinkConditions(
        delayNanos,
        jitterNanos,
        loss,
        duplicationRate,
        reorderingRate,
        changed,
        bottleneck,
        mtuBytes,
        ecn);
  }

  /** With another bottleneck. */
  public LinkConditions withBottleneck(Bottleneck changed) {
    return new LinkConditions(
        delayNanos,
        jitterNanos,
        loss,
        duplicationRate,
        reorderingRate,
        corruption,
        changed,
        mtuBytes,
        ecn);
  }

  /** With another largest packet, in bytes with its IPv6 and UDP headers. */
  public LinkConditions withMtu(int bytes) {
    return new LinkConditions(
        delayNanos,
        jitterNanos,
        loss,
        duplicationRate,
        reorderingRate,
        corruption,
        bottleneck,
        bytes,
        ecn);
  }

  /** With another treatment of ECN bits. */
  public LinkConditions withEcn(EcnTreatment treatment) {
    return new LinkConditions(
        delayNanos,
        jitterNanos,
        loss,
        duplicationRate,
        reorderingRate,
        corruption,
        bottleneck,
        mtuBytes,
        treatment);
  }
}
