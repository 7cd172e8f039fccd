package io.hypermesh.stoq.connection;

/**
 * What loss detection and congestion control measure at one time (RFC 9002). What isn't known yet
 * is {@link #UNKNOWN}.
 *
 * @param ptoCount probe timeouts in a row
 * @param slowStartThresholdBytes where the window stops to double
 * @param pacingBytesPerSecond how fast packets leave at most
 */
public record RecoveryMetrics(
    long minRttNanos,
    long smoothedRttNanos,
    long latestRttNanos,
    long rttVariationNanos,
    int ptoCount,
    long congestionWindowBytes,
    long bytesInFlight,
    long slowStartThresholdBytes,
    long pacingBytesPerSecond) {
  /** Not known. */
  public static final long UNKNOWN = -1;
}
