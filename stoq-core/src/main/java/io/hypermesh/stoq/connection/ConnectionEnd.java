package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.packet.TransportException;

/**
 * Takes a connection from open to its end, on whichever of the ways of {@link Closing}, and lets go
 * of what it holds. Owned by the connection's thread.
 */
final class ConnectionEnd {
  private final ConnectionState state;
  private final HandshakeDriver handshake;

  ConnectionEnd(ConnectionState state, HandshakeDriver handshake) {
    this.state = state;
    this.handshake = handshake;
  }

  /** The peer broke a rule, or this side can't go on. */
  void fail(TransportException e, long nowNanos) {
    close(Closing.reasonOf(e), nowNanos);
  }

  /** This side ends the connection and says so. */
  void close(CloseReason reason, long nowNanos) {
    state.tracing.at(nowNanos);
    if (state.closing.isOpen()) {
      state.closing.close(reason, state.threePtoNanos(), nowNanos);
      onClosed();
    }
  }

  /** The peer has ended the connection. */
  void drain(CloseReason reason, long nowNanos) {
    state.closing.drain(reason, nowNanos + state.threePtoNanos());
    onClosed();
  }

  /** The peer has lost the connection (RFC 9000, 10.3). */
  void onStatelessReset(long nowNanos) {
    drain(
        Closing.silent(CloseReason.Origin.STATELESS_RESET, "the peer has lost the connection"),
        nowNanos);
  }

  /** The connection is over without a word. */
  void end(CloseReason.Origin origin, String text) {
    state.closing.end(Closing.silent(origin, text));
    onClosed();
    onDrained();
  }

  private void onClosed() {
    handshake.close();
    state.undecryptable.clear();
    state.streams.orphanAll();
    state.datagrams.close();
    state.events.add(new ConnectionEvent.Closed(state.closing.reason()));
  }

  /** Nothing more is expected from the peer. */
  void onDrained() {
    for (PacketSpace space : state.spaces()) {
      space.discard();
    }
    state.oneRtt.close();
    state.early.close();
    state.localIds.retireAll();
    state.events.add(new ConnectionEvent.Drained());
    state.tracing.end();
  }
}
