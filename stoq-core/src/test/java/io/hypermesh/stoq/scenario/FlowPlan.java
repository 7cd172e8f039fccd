package io.hypermesh.stoq.scenario;

/**
 * What one side does with one stream.
 *
 * @param writeBytes bytes that it writes, and then the end, where it can send
 * @param writeAfterRead whether it waits for the peer's end before it writes
 * @param resetAtBytes after so many bytes written it resets instead; -1 for never
 * @param stopAtBytes after so many bytes read it asks the peer to stop; -1 for never
 * @param readPerTickBytes bytes that it reads at once and then only once a tick; 0 for all there is
 * @param urgency of what it writes, from 0 to 7; {@link #URGENCY_DEFAULT} where it says nothing
 * @param incremental whether it shares with others as urgent, where it says so
 */
record FlowPlan(
    long writeBytes,
    boolean writeAfterRead,
    long resetAtBytes,
    long stopAtBytes,
    int readPerTickBytes,
    int urgency,
    boolean incremental) {
  /** Nothing is said about it. */
  static final int URGENCY_DEFAULT = -1;

  /** Writes and reads as fast as it can. */
  static FlowPlan ofBytes(long writeBytes) {
    return new FlowPlan(writeBytes, false, -1, -1, 0, URGENCY_DEFAULT, false);
  }

  /** Answers with so many bytes when all of the peer's have come. */
  static FlowPlan answer(long writeBytes) {
    return new FlowPlan(writeBytes, true, -1, -1, 0, URGENCY_DEFAULT, false);
  }

  /** The same with fewer bytes, after the peer's end or before it. */
  FlowPlan answering(long writeBytesMax, boolean afterRead) {
    return new FlowPlan(
        Math.min(writeBytes, writeBytesMax),
        afterRead,
        resetAtBytes,
        stopAtBytes,
        readPerTickBytes,
        urgency,
        incremental);
  }

  boolean isPrioritized() {
    return urgency != URGENCY_DEFAULT;
  }
}
