package io.hypermesh.stoq.endpoint;

import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.PacketHeader;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Which connection a packet is for. Two tables: the local connection IDs, chosen by this endpoint
 * and eight bytes long, by their value as a number; and the first destination connection IDs,
 * chosen by clients, by a keyed hash, because whoever chooses the keys of a table could otherwise
 * make them all collide. A look-up allocates nothing. For the same reason the peers' addresses, by
 * which stateless resets find their connections, are in a table by their keyed hash.
 *
 * <p>Owned by the endpoint's thread.
 */
final class RoutingTable {
  /** Connections of one remote address that are asked whether a datagram resets them. */
  static final int RESET_CANDIDATES_MAX = 32;

  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private final Long2ObjectHashMap<EndpointConnection> byLocalId = new Long2ObjectHashMap<>();
  private final Long2ObjectHashMap<EndpointConnection> byInitialHash = new Long2ObjectHashMap<>();
  private final Long2ObjectHashMap<LinkedHashSet<EndpointConnection>> byRemoteHash =
      new Long2ObjectHashMap<>();
  private final LinkedHashSet<EndpointConnection> connections = new LinkedHashSet<>();
  private final long[] hashKeys = new long[4];

  private final Shard shard;

  RoutingTable(SecureRandom random, Shard shard) {
    this.shard = shard;
    for (int i = 0; i < hashKeys.length; i++) {
      // Odd, so that multiplying loses nothing.
      hashKeys[i] = random.nextLong() | 1;
    }
  }

  /** Takes a connection in, by its first destination ID where it has one. */
  void add(EndpointConnection connection) {
    connections.add(connection);
    addRemote(connection);
    ConnectionId initial = connection.initialDestination;
    if (initial != null) {
      byInitialHash.put(hash(initial), connection);
    }
  }

  /** The peer is at another address now: from there its stateless reset would come. */
  void move(EndpointConnection connection, InetSocketAddress remote) {
    if (connections.contains(connection)) {
      removeRemote(connection);
      connection.remote = remote;
      addRemote(connection);
    }
  }

  private void addRemote(EndpointConnection connection) {
    byRemoteHash
        .computeIfAbsent(hash(connection.remote), _ -> new LinkedHashSet<>())
        .add(connection);
  }

  private void removeRemote(EndpointConnection connection) {
    long hash = hash(connection.remote);
    LinkedHashSet<EndpointConnection> siblings = byRemoteHash.get(hash);
    if (siblings != null && siblings.remove(connection) && siblings.isEmpty()) {
      byRemoteHash.remove(hash);
    }
  }

  /** Forgets a connection and everything that leads to it. */
  void remove(EndpointConnection connection) {
    connections.remove(connection);
    removeRemote(connection);
    for (int i = 0; i < connection.localIds.size(); i++) {
      byLocalId.remove(connection.localIds.getLong(i));
      shard.unroute(connection.localIds.getLong(i), connection);
    }
    connection.localIds.clear();
    ConnectionId initial = connection.initialDestination;
    if (initial != null) {
      removeInitial(initial, connection);
    }
  }

  /** Leads a local connection ID to its connection. */
  void route(ConnectionId id, EndpointConnection connection) {
    long key = localKey(id);
    byLocalId.put(key, connection);
    connection.localIds.addLong(key);
    shard.route(key, connection);
  }

  /** Ends a route; the ID may be local or the client's first destination. */
  void unroute(ConnectionId id, EndpointConnection connection) {
    ConnectionId initial = connection.initialDestination;
    if (initial != null && initial.equals(id)) {
      removeInitial(id, connection);
      return;
    }
    if (id.length() == RandomConnectionIds.LENGTH) {
      long key = localKey(id);
      if (connection.localIds.removeLong(key)) {
        byLocalId.remove(key);
        shard.unroute(key, connection);
      }
    }
  }

  private void removeInitial(ConnectionId initial, EndpointConnection connection) {
    long hash = hash(initial);
    if (byInitialHash.get(hash) == connection) {
      byInitialHash.remove(hash);
    }
  }

  /** The connection that a packet is for, or null. */
  @Nullable EndpointConnection find(PacketHeader header) {
    MemorySegment buffer = header.buffer();
    long offset = header.destinationConnectionIdOffset();
    int length = header.destinationConnectionIdLength();
    if (length == RandomConnectionIds.LENGTH) {
      EndpointConnection found = byLocalId.get(buffer.get(LONG, offset));
      if (found != null) {
        return found;
      }
    }
    if (length > ConnectionId.LENGTH_MAX || byInitialHash.isEmpty()) {
      return null;
    }
    EndpointConnection found = byInitialHash.get(hash(buffer, offset, length));
    ConnectionId initial = found == null ? null : found.initialDestination;
    return initial != null && initial.matches(buffer, offset, length) ? found : null;
  }

  /**
   * The connections to a remote address that a datagram might reset, at most {@link
   * #RESET_CANDIDATES_MAX}; each call asks others, if there are more.
   */
  List<EndpointConnection> resetCandidates(InetSocketAddress remote) {
    LinkedHashSet<EndpointConnection> siblings = byRemoteHash.get(hash(remote));
    if (siblings == null) {
      return List.of();
    }
    List<EndpointConnection> candidates = new ArrayList<>();
    for (EndpointConnection sibling : siblings) {
      candidates.add(sibling);
      if (candidates.size() == RESET_CANDIDATES_MAX) {
        break;
      }
    }
    if (siblings.size() > RESET_CANDIDATES_MAX) {
      for (EndpointConnection asked : candidates) {
        siblings.remove(asked);
        siblings.add(asked);
      }
    }
    return List.copyOf(candidates);
  }

  /** All connections. */
  Collection<EndpointConnection> connections() {
    return connections;
  }

  /** How many connection IDs lead to one. */
  int ids() {
    return byLocalId.size() + byInitialHash.size();
  }

  /** How many entries all tables have together, which is none without connections. */
  int entryCount() {
    return byLocalId.size() + byInitialHash.size() + byRemoteHash.size() + connections.size();
  }

  /** How many connections there are. */
  int size() {
    return connections.size();
  }

  private static long localKey(ConnectionId id) {
    return MemorySegment.ofArray(id.toByteArray()).get(LONG, 0);
  }

  private long hash(ConnectionId id) {
    return hash(MemorySegment.ofArray(id.toByteArray()), 0, id.length());
  }

  /** Two addresses with one hash, which nobody can aim at, share their candidates for a reset. */
  long hash(InetSocketAddress remote) {
    byte[] address = remote.getAddress().getAddress();
    ByteBuffer bytes = ByteBuffer.allocate(address.length + Short.BYTES);
    bytes.put(address).putShort((short) remote.getPort());
    return hash(MemorySegment.ofArray(bytes.array()), 0, bytes.capacity());
  }

  /** A keyed hash of up to 20 bytes, in the manner of multiply-and-fold hashes. */
  private long hash(MemorySegment buffer, long offset, int length) {
    long hash = hashKeys[0] ^ length;
    for (int at = 0; at < length; at += Long.BYTES) {
      long word = 0;
      for (int i = at; i < Math.min(at + Long.BYTES, length); i++) {
        word = (word << 8) | (buffer.get(ValueLayout.JAVA_BYTE, offset + i) & 0xff);
      }
      long factor = hashKeys[1 + at / Long.BYTES];
      long value = word ^ hash;
      hash = (value * factor) ^ Math.unsignedMultiplyHigh(value, factor);
    }
    return hash;
  }
}
