package io.hypermesh.stoq;

/**
 * What an endpoint tells its host. Called on the agent's thread: it must not block, and an
 * exception from it closes the connection at fault; but a {@link StoqException} from {@link
 * #onStream} ends that stream only. Hand work that takes time to a thread of your own, for example
 * {@code Thread.startVirtualThread(() -> serve(stream))}.
 *
 * {@snippet file="ApiExamplesTest.java" region="echoListener"}
 */
public interface StoqListener {
  /** Application error code of a connection or stream that ended because its listener failed. */
  long ERROR_LISTENER_FAILED = 0x53544f5100L;

  /**
   * A client's handshake is complete: its identity and its ALPN are known. Where the endpoint
   * {@link StoqResumption.Builder#acceptReplayableEarlyData accepts early data}, a connection is
   * told of as soon as its early data is accepted; then {@link
   * StoqConnection#isHandshakeConfirmed()} is false.
   */
  default void onConnection(StoqConnection connection) throws StoqException {}

  /**
   * The peer opened a stream. Unless overridden, the stream waits for {@link
   * StoqConnection#acceptStream(java.time.Duration)}.
   */
  default void onStream(StoqStream stream) throws StoqException {
    stream.connection().queueForAccept(stream);
  }

  /**
   * The server of a connection that this side made with early data has rejected it: what was
   * written to streams is sent again once the handshake is complete.
   */
  default void onEarlyDataRejected(StoqConnection connection) {}

  /** A connection has ended; each that was established ends with exactly one call of this. */
  default void onClosed(StoqConnection connection, StoqCloseReason reason) {}
}
