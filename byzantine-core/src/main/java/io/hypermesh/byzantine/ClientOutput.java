package io.hypermesh.byzantine;

/** What a {@link Client} asks its host to do or tells it. */
@SuppressWarnings("ArrayRecordComponent") // Bytes on their way; nobody compares outputs.
public sealed interface ClientOutput {
  /** Sends a message to a member; it may be lost. */
  record Send(int replica, byte[] message) implements ClientOutput {}

  /**
   * The cluster executed the request.
   *
   * @param number the request's
   * @param result the application's
   * @param certificate the proof of it, for anyone
   */
  record Completed(long number, byte[] result, ReplyCertificate certificate)
      implements ClientOutput {}

  /**
   * Too few equal answers came in time. Whether the request was or will be executed is not known;
   * the client's next request makes sure that it will not be executed later than that one.
   *
   * @param number the request's
   * @param waitedNanos how long
   * @param repliesReceived how many members answered, not necessarily the same
   * @param busy how many members asked to slow down
   */
  record TimedOut(long number, long waitedNanos, int repliesReceived, int busy)
      implements ClientOutput {}
}
