package io.hypermesh.stoq.endpoint;

import io.hypermesh.stoq.packet.PacketHeader;
import io.hypermesh.stoq.packet.StatelessResetToken;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.nio.ByteOrder;

/**
 * An endpoint's state machine as one of several that share their address: which connection IDs are
 * its own, and what is another's. Owned by the state machine's thread.
 */
public final class Shard {
  /** A shorter datagram is no stateless reset (RFC 9000, 10.3). */
  private static final int RESET_BYTES_MIN = 5 + StatelessResetToken.LENGTH;

  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private final Shards shards;
  private final int index;
  private final Forwarding forwarding;

  Shard(Shards shards, int index, Forwarding forwarding) {
    this.shards = shards;
    this.index = index;
    this.forwarding = forwarding;
  }

  /** How many connections all shards have. */
  ConnectionCount connections() {
    return shards.connections;
  }

  UsedTokens usedTokens() {
    return shards.usedTokens;
  }

  boolean isAlone() {
    return shards.count == 1;
  }

  /** Whether a connection ID, as a number in network order, leads here. */
  boolean owns(long id) {
    return isAlone() || shards.steering.shardOf(id) == index;
  }

  /**
   * Forwards a datagram that no connection here is for, where it is another shard's.
   *
   * @param header of its first packet
   * @return whether it's no longer this shard's concern
   */
  boolean forwards(
      PacketHeader header,
      MemorySegment datagram,
      long offset,
      int length,
      int on,
      InetSocketAddress remote,
      int ecnBits) {
    if (isAlone() || !isLedByItsId(header)) {
      return false;
    }
    int owner = shards.steering.shardOf(datagram, offset, length);
    return owner != index
        && forwarding.forward(owner, datagram, offset, length, on, remote, ecnBits);
  }

  private boolean isLedByItsId(PacketHeader header) {
    return switch (header.type()) {
      case UNSUPPORTED_VERSION -> false;
      case ONE_RTT, HANDSHAKE, RETRY, VERSION_NEGOTIATION -> true;
      case INITIAL, ZERO_RTT -> shards.steered || isOfClient(header);
    };
  }

  /** Whether a first packet is a server's, for a connection of another shard. */
  private boolean isOfClient(PacketHeader header) {
    return header.destinationConnectionIdLength() == RandomConnectionIds.LENGTH
        && !shards.clientIds.isEmpty()
        && shards.clientIds.contains(
            header.buffer().get(LONG, header.destinationConnectionIdOffset()));
  }

  /** An ID leads to a connection of this shard. */
  void route(long id, EndpointConnection connection) {
    if (!shards.steered && !isAlone() && !connection.isServer()) {
      shards.clientIds.add(id);
    }
  }

  /** An ID leads nowhere any more. */
  void unroute(long id, EndpointConnection connection) {
    if (!shards.steered && !isAlone() && !connection.isServer()) {
      shards.clientIds.remove(id);
    }
  }

  /**
   * Has other shards look at a datagram that may be their stateless reset, if they have anything.
   */
  void offerReset(
      MemorySegment datagram,
      long offset,
      int length,
      InetSocketAddress remote,
      int ownConnections) {
    if (length >= RESET_BYTES_MIN && shards.connections.get() > ownConnections) {
      forwarding.offerReset(datagram, offset, length, remote);
    }
  }
}
