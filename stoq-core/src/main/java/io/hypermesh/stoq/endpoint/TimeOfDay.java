package io.hypermesh.stoq.endpoint;

/**
 * The time of day that belongs to a time of the endpoint's own clock: what a token says has to hold
 * for another run of the endpoint, too, whose clock starts anew.
 *
 * @param originEpochMillis milliseconds since 1970 when the endpoint's clock was at 0
 */
record TimeOfDay(long originEpochMillis) {
  private static final long NANOS_PER_MILLI = 1_000_000;

  /** Milliseconds since 1970. */
  long epochMillis(long nowNanos) {
    return originEpochMillis + nowNanos / NANOS_PER_MILLI;
  }
}
