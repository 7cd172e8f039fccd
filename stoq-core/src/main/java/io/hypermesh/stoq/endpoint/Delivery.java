package io.hypermesh.stoq.endpoint;

import io.hypermesh.stoq.connection.DatagramTrain;
import io.hypermesh.stoq.packet.PacketHeader;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Brings datagrams to the connections that they are for, one by one or those together that came
 * together. Owned by the endpoint's thread.
 */
final class Delivery {
  private final RoutingTable routes;
  private final EndpointCounters counters;
  private final ConnectionStarts starts;
  private final BiConsumer<EndpointConnection, RuntimeException> onDefect;
  private final Consumer<EndpointConnection> onDelivered;
  private final PacketHeader header = new PacketHeader();

  /**
   * @param onDefect takes what a connection threw
   * @param onDelivered takes a connection that was given something
   */
  Delivery(
      RoutingTable routes,
      EndpointCounters counters,
      ConnectionStarts starts,
      BiConsumer<EndpointConnection, RuntimeException> onDefect,
      Consumer<EndpointConnection> onDelivered) {
    this.routes = routes;
    this.counters = counters;
    this.starts = starts;
    this.onDefect = onDefect;
    this.onDelivered = onDelivered;
  }

  /** Takes a datagram, which is counted already, to its connection. */
  void datagram(
      EndpointConnection to,
      MemorySegment datagram,
      long offset,
      int length,
      int on,
      InetSocketAddress remote,
      int ecnBits,
      long nowNanos) {
    to.datagramsReceived++;
    try {
      to.connection().handleDatagram(datagram, offset, length, on, remote, ecnBits, nowNanos);
      starts.restartWhereRefused(to, nowNanos);
    } catch (RuntimeException e) {
      onDefect.accept(to, e);
    }
    onDelivered.accept(to);
  }

  /** Takes those at the front of a train to the first one's connection; returns how many. */
  int train(DatagramTrain train, long nowNanos) {
    boolean parsed =
        header.parse(train.buffer(), train.start(0), train.end(0), RandomConnectionIds.LENGTH);
    EndpointConnection to = parsed ? routes.find(header) : null;
    if (to == null) {
      return 0;
    }
    // What becomes of a train that a connection throws at is the end of it: one is as good as all.
    int taken = 1;
    try {
      taken = to.connection().handleTrain(train, nowNanos);
    } catch (RuntimeException e) {
      onDefect.accept(to, e);
    }
    counters.datagramsReceived += taken;
    to.datagramsReceived += taken;
    onDelivered.accept(to);
    return taken;
  }
}
