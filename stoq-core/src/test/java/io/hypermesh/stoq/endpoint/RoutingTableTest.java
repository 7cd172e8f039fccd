package io.hypermesh.stoq.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.PacketHeader;
import io.hypermesh.stoq.packet.PacketHeaders;
import io.hypermesh.stoq.packet.PacketType;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RoutingTableTest {
  private static final InetSocketAddress REMOTE =
      new InetSocketAddress(InetAddress.ofLiteral("::1"), 1);

  private final RoutingTable routes =
      new RoutingTable(new SecureRandom(), Shards.alone(EndpointPair.settings(1, 1, 1), 0));

  @Test
  void shouldLeadEachOfAConnectionsIdsToItAndForgetThemAll() {
    ConnectionId initial = id(20, 1);
    ConnectionId first = id(8, 2);
    ConnectionId second = id(8, 3);
    EndpointConnection connection = new EndpointConnection(null, initial, REMOTE);
    routes.add(connection);
    routes.route(first, connection);
    routes.route(second, connection);

    assertThat(routes.find(initialFor(initial))).isSameAs(connection);
    assertThat(routes.find(shortFor(first))).isSameAs(connection);
    assertThat(routes.find(initialFor(second))).isSameAs(connection);
    assertThat(routes.find(shortFor(id(8, 4)))).isNull();

    routes.unroute(first, connection);
    assertThat(routes.find(shortFor(first))).isNull();
    routes.unroute(initial, connection);
    assertThat(routes.find(initialFor(initial))).isNull();
    assertThat(routes.size()).isEqualTo(1);

    routes.remove(connection);
    assertThat(routes.find(shortFor(second))).isNull();
    assertThat(routes.size()).isZero();
    assertThat(routes.resetCandidates(REMOTE)).isEmpty();
  }

  @Test
  void shouldTellIdsOfDifferentLengthApart() {
    ConnectionId eight = ConnectionId.of(new byte[8]);
    ConnectionId nine = ConnectionId.of(new byte[9]);
    EndpointConnection a = new EndpointConnection(null, eight, REMOTE);
    EndpointConnection b = new EndpointConnection(null, nine, REMOTE);
    routes.add(a);
    routes.add(b);

    assertThat(routes.find(initialFor(eight))).isSameAs(a);
    assertThat(routes.find(initialFor(nine))).isSameAs(b);
    assertThat(routes.find(initialFor(ConnectionId.of(new byte[10])))).isNull();
  }

  @Test
  void shouldNotLetAConnectionEndAnothersRoute() {
    ConnectionId own = id(8, 1);
    EndpointConnection a = new EndpointConnection(null, null, REMOTE);
    EndpointConnection b = new EndpointConnection(null, null, REMOTE);
    routes.add(a);
    routes.add(b);
    routes.route(own, a);

    routes.unroute(own, b);

    assertThat(routes.find(shortFor(own))).isSameAs(a);
  }

  @Test
  void shouldAskBoundedlyManyConnectionsAboutAReset() {
    int count = RoutingTable.RESET_CANDIDATES_MAX * 3;
    for (int i = 0; i < count; i++) {
      routes.add(new EndpointConnection(null, null, REMOTE));
    }
    Set<EndpointConnection> asked = new HashSet<>();
    for (int call = 0; call < 3; call++) {
      assertThat(routes.resetCandidates(REMOTE)).hasSize(RoutingTable.RESET_CANDIDATES_MAX);
      asked.addAll(routes.resetCandidates(REMOTE));
    }
    assertThat(asked).hasSize(count);
    assertThat(routes.resetCandidates(new InetSocketAddress(InetAddress.ofLiteral("::1"), 2)))
        .isEmpty();
  }

  private static ConnectionId id(int length, int last) {
    byte[] bytes = new byte[length];
    bytes[length - 1] = (byte) last;
    return ConnectionId.of(bytes);
  }

  private static PacketHeader shortFor(ConnectionId destination) {
    MemorySegment packet = MemorySegment.ofArray(new byte[64]);
    PacketHeaders.putShort(packet, 0, destination, false, false, 0, 1);
    return parsed(packet);
  }

  private static PacketHeader initialFor(ConnectionId destination) {
    MemorySegment packet = MemorySegment.ofArray(new byte[128]);
    int length =
        PacketHeaders.putLong(
            packet,
            0,
            PacketType.INITIAL,
            PacketHeader.VERSION_1,
            destination,
            ConnectionId.EMPTY,
            new byte[0],
            0,
            2);
    PacketHeaders.patchLength(packet, 0, length, 2, 40);
    return parsed(packet);
  }

  private static PacketHeader parsed(MemorySegment packet) {
    PacketHeader header = new PacketHeader();
    assertThat(header.parse(packet, 0, packet.byteSize(), 8)).isTrue();
    return header;
  }

  /**
   * An IPv6 address hashes to the sum of its words, so whoever has a /64 network has four thousand
   * million addresses of a few hashes, and a table of addresses as such would be a list.
   */
  @Test
  void shouldTellAddressesOfFewHashesApartByAHashOfItsOwn() throws Exception {
    Set<Integer> theirs = new HashSet<>();
    Set<Long> ours = new HashSet<>();
    for (int i = 0; i < 5_000; i++) {
      InetSocketAddress remote = remote(i);
      theirs.add(remote.hashCode());
      ours.add(routes.hash(remote));
    }
    assertThat(theirs).hasSizeLessThan(10);
    assertThat(ours).hasSize(5_000);
    // Keyed, so that nobody can make up addresses that collide.
    assertThat(
            new RoutingTable(new SecureRandom(), Shards.alone(EndpointPair.settings(1, 1, 1), 0))
                .hash(remote(1)))
        .isNotEqualTo(routes.hash(remote(1)));
  }

  private static InetSocketAddress remote(int number) throws Exception {
    ByteBuffer address = ByteBuffer.allocate(16).putLong(0x20010db8_00000000L);
    address.putInt(number).putInt(-number);
    return new InetSocketAddress(InetAddress.getByAddress(address.array()), 1);
  }
}
