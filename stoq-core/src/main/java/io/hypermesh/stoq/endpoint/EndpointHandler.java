package io.hypermesh.stoq.endpoint;

import io.hypermesh.stoq.connection.ConnectionEvent;
import io.hypermesh.stoq.handshake.HandshakeTask;
import org.jspecify.annotations.Nullable;

/**
 * Takes what {@link Endpoint#pollEvents} has to say. It may call the connections and the endpoint's
 * {@link Endpoint#touch}, but not poll.
 */
public interface EndpointHandler {
  /** A client's first datagram made a connection; its handshake has only begun. */
  void onAccepted(EndpointConnection connection);

  /** Something happened on a connection. */
  void onEvent(EndpointConnection connection, ConnectionEvent event);

  /**
   * A connection has work for another thread; its result has to come back by {@link
   * io.hypermesh.stoq.connection.Connection#handleTaskDone}, followed by {@link Endpoint#touch}.
   */
  void onTask(EndpointConnection connection, HandshakeTask task);

  /** A connection has taken in or sent something: its path's numbers may have changed. */
  void onUpdated(EndpointConnection connection);

  /**
   * The endpoint has forgotten a connection: nothing of it is left. One that has a defect may come
   * here without having been accepted.
   *
   * @param defect null where it had drained; else what it threw, and why it was given up so that
   *     the other connections go on
   */
  void onRemoved(EndpointConnection connection, @Nullable RuntimeException defect);
}
