package io.hypermesh.stoq.recovery;

/**
 * NewReno as RFC 9002, 7 and appendix B have it: half the window after a loss, then one datagram
 * more for each window acknowledged. Owned by the connection's thread.
 */
public final class NewReno extends LossBased {
  /** Bytes acknowledged in congestion avoidance that have not made the window grow yet. */
  private long acknowledgedBytes;

  /**
   * Starts with the initial window of RFC 9002, 7.2.
   *
   * @param maxDatagramSize bytes of UDP payload
   */
  public NewReno(int maxDatagramSize) {
    super(maxDatagramSize);
  }

  @Override
  double slowStartIncrease(long ackedBytes) {
    return (double) ackedBytes;
  }

  @Override
  double avoidanceIncrease(long ackedBytes, DeliveryRate rate, long nowNanos) {
    // One datagram for each window acknowledged, without losing fractions.
    acknowledgedBytes += ackedBytes;
    if (acknowledgedBytes < windowBytes()) {
      return 0;
    }
    acknowledgedBytes -= windowBytes();
    return maxDatagramSize();
  }

  @Override
  double decrease() {
    return 0.5;
  }

  @Override
  void onReduction() {
    acknowledgedBytes = 0;
  }

  @Override
  void onReductionUndone() {
    acknowledgedBytes = 0;
  }

  @Override
  void onReset() {
    acknowledgedBytes = 0;
  }
}
