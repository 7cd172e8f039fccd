package io.hypermesh.stoq.endpoint;

import io.hypermesh.stoq.connection.Connection;
import io.hypermesh.stoq.handshake.TlsSettings;
import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.PacketHeader;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Iterator;

/**
 * Datagrams with 0-RTT packets that overtook the Initial packet which their connection begins with
 * (RFC 9001, 4.6 and 5.7). They are kept for a moment, by the destination that their client has
 * made up, and given to the connection once it's there.
 *
 * <p>Anyone can send such: no more is kept than the bounds below, the oldest goes first, and
 * nothing is done for it but copying. Owned by the endpoint's thread.
 */
final class EarlyDatagrams {
  /** Datagrams that are kept for all connections together. */
  static final int DATAGRAMS_MAX = 64;

  /** Datagrams that are kept for one connection. */
  static final int DATAGRAMS_PER_CONNECTION_MAX = 8;

  /** A longer datagram isn't kept. */
  static final int DATAGRAM_BYTES_MAX = 2_048;

  /** How long one is kept. */
  static final long LIFETIME_NANOS = 500_000_000;

  @SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
  private record Kept(
      ConnectionId destination,
      byte[] datagram,
      int socket,
      InetSocketAddress remote,
      int ecn,
      long atNanos) {}

  private final boolean taken;
  private final EndpointCounters counters;
  private final ArrayDeque<Kept> kept = new ArrayDeque<>();

  EarlyDatagrams(EndpointSettings settings, TlsSettings tlsSettings, EndpointCounters counters) {
    this.taken = settings.acceptsConnections() && tlsSettings.resumption().earlyData() != null;
    this.counters = counters;
  }

  /**
   * Keeps a copy, where the bounds allow it and early data is taken at all.
   *
   * @param header of the datagram's first packet
   */
  void keep(
      PacketHeader header,
      MemorySegment datagram,
      long offset,
      int length,
      int socket,
      InetSocketAddress remote,
      int ecn,
      long nowNanos) {
    expire(nowNanos);
    if (!taken || length > DATAGRAM_BYTES_MAX) {
      counters.datagramsUnroutable++;
      return;
    }
    ConnectionId destination = header.destinationConnectionId();
    int siblings = 0;
    for (Kept other : kept) {
      siblings += other.destination().equals(destination) ? 1 : 0;
    }
    if (siblings >= DATAGRAMS_PER_CONNECTION_MAX) {
      counters.datagramsUnroutable++;
      return;
    }
    if (kept.size() >= DATAGRAMS_MAX) {
      kept.remove();
      counters.datagramsUnroutable++;
    }
    byte[] copy = datagram.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
    kept.add(new Kept(destination, copy, socket, remote, ecn, nowNanos));
  }

  /** Gives the connection what is kept for this destination of its client; returns how many. */
  int release(ConnectionId destination, Connection connection, long nowNanos) {
    expire(nowNanos);
    int released = 0;
    for (Iterator<Kept> each = kept.iterator(); each.hasNext(); ) {
      Kept one = each.next();
      if (one.destination().equals(destination)) {
        each.remove();
        MemorySegment datagram = MemorySegment.ofArray(one.datagram());
        connection.handleDatagram(
            datagram, 0, datagram.byteSize(), one.socket(), one.remote(), one.ecn(), nowNanos);
        released++;
      }
    }
    return released;
  }

  private void expire(long nowNanos) {
    while (!kept.isEmpty() && nowNanos - kept.element().atNanos() > LIFETIME_NANOS) {
      kept.remove();
    }
  }

  /** Datagrams kept. */
  int size() {
    return kept.size();
  }
}
