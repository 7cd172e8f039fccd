package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.packet.TransportException;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Receiving, datagram by datagram or those together that came together: before each, whether it's
 * looked at; behind each, what follows for the life of the connection. Owned by the connection's
 * thread.
 */
final class Reception {
  private final ConnectionState state;
  private final PacketReceiver receiver;
  private final ConnectionEnd end;
  private final Lifetime lifetime;

  /** Made for the first train: most connections see none. */
  private @Nullable PacketTrain train;

  Reception(ConnectionState state, PacketReceiver receiver, ConnectionEnd end, Lifetime lifetime) {
    this.state = state;
    this.receiver = receiver;
    this.end = end;
    this.lifetime = lifetime;
  }

  /** Takes a datagram; false where it was none to look at. */
  boolean datagram(
      MemorySegment datagram,
      long offset,
      long length,
      int socket,
      InetSocketAddress remote,
      int ecn,
      long nowNanos) {
    if (length > state.settings.datagramReceiveBytesMax() || length == 0) {
      return false;
    }
    state.tracing.onDatagram(length, ecn, nowNanos);
    Path path = state.paths.find(socket, remote);
    if (state.client && path == null) {
      // RFC 9000, 9: a server doesn't move unasked.
      return false;
    }
    if (!state.closing.isOpen()) {
      state.closing.onPacket(nowNanos);
      return false;
    }
    if (path != null) {
      path.onReceived(length);
    }
    receiver.begin(length, socket, remote, ecn, nowNanos);
    try {
      conclude(receiver.receive(datagram, offset, length), nowNanos);
    } catch (TransportException e) {
      end.fail(e, nowNanos);
    }
    return true;
  }

  /** Takes datagrams that came together; returns how many, 0 where the first has to go alone. */
  int train(DatagramTrain datagrams, long nowNanos) {
    Path path = state.paths.find(datagrams.socket(), datagrams.source());
    int length = datagrams.segmentLength();
    if (length > state.settings.datagramReceiveBytesMax() || path == null) {
      return 0;
    }
    PacketTrain taking = train;
    if (taking == null) {
      taking = new PacketTrain(state, receiver);
      train = taking;
    }
    int count = taking.prepare(datagrams);
    if (count == 0) {
      return 0;
    }
    path.onReceived(datagrams.end(count - 1) - datagrams.start(0));
    receiver.begin(length, datagrams.socket(), datagrams.source(), datagrams.ecn(), nowNanos);
    try {
      conclude(taking.receive(datagrams), nowNanos);
    } catch (TransportException e) {
      end.fail(e, nowNanos);
    }
    return count;
  }

  private void conclude(PacketReceiver.Outcome outcome, long nowNanos) {
    switch (outcome) {
      case AUTHENTIC -> lifetime.onReceived(nowNanos);
      case RETRY -> lifetime.onRetry(nowNanos);
      case STATELESS_RESET -> end.onStatelessReset(nowNanos);
      case NOTHING -> {}
    }
  }

  /** Whether a datagram that no ID leads anywhere was a stateless reset; then it's over. */
  boolean statelessReset(MemorySegment datagram, long offset, long length, long nowNanos) {
    if (!state.closing.isOpen() || !receiver.isStatelessReset(datagram, offset, length)) {
      return false;
    }
    end.onStatelessReset(nowNanos);
    return true;
  }
}
