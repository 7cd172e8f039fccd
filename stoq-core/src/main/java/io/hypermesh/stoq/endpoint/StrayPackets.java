package io.hypermesh.stoq.endpoint;

import io.hypermesh.stoq.packet.PacketHeader;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.util.function.Consumer;

/**
 * Short headers whose connection ID leads to no connection: the stateless reset of one of ours, or
 * worth answering with one (RFC 9000, 10.3). Owned by the endpoint's thread.
 */
final class StrayPackets {
  private final Shard shard;
  private final RateLimiter offers;
  private final RoutingTable routes;
  private final StatelessAnswers answers;
  private final EndpointCounters counters;
  private final boolean greaseQuicBit;
  private final Consumer<EndpointConnection> onReset;

  /**
   * @param offersPerSecondMax datagrams a second that other shards are asked about
   * @param greaseQuicBit whether peers may clear the fixed bit (RFC 9287)
   * @param onReset takes a connection that has been reset
   */
  StrayPackets(
      Shard shard,
      int offersPerSecondMax,
      RoutingTable routes,
      StatelessAnswers answers,
      EndpointCounters counters,
      boolean greaseQuicBit,
      Consumer<EndpointConnection> onReset,
      long nowNanos) {
    this.shard = shard;
    this.offers = new RateLimiter(offersPerSecondMax, nowNanos);
    this.routes = routes;
    this.answers = answers;
    this.counters = counters;
    this.greaseQuicBit = greaseQuicBit;
    this.onReset = onReset;
  }

  /** Takes one; {@code header} is of the datagram's first packet. */
  void handle(
      PacketHeader header,
      MemorySegment datagram,
      long offset,
      int length,
      InetSocketAddress remote,
      long nowNanos) {
    if (resets(datagram, offset, length, remote, nowNanos)) {
      return;
    }
    counters.datagramsUnroutable++;
    if (!header.fixedBit() && !greaseQuicBit) {
      // No packet that a peer of this endpoint may send.
      return;
    }
    if (!shard.isAlone() && offers.tryAcquire(nowNanos)) {
      shard.offerReset(datagram, offset, length, remote, routes.size());
    }
    answers.reset(header.destinationConnectionId(), length, remote, nowNanos);
  }

  /** Whether it is the stateless reset of a connection, which then ends. */
  boolean resets(
      MemorySegment datagram, long offset, int length, InetSocketAddress remote, long nowNanos) {
    for (EndpointConnection candidate : routes.resetCandidates(remote)) {
      if (candidate.handleStatelessReset(datagram, offset, length, nowNanos)) {
        onReset.accept(candidate);
        return true;
      }
    }
    return false;
  }
}
