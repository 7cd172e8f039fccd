package io.hypermesh.stoq.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.packet.PacketHeader;
import io.hypermesh.stoq.packet.PacketType;
import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.simulation.LinkConditions;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** RFC 9287. */
class QuicBitTest {
  /** Which values of the bit a client's packets have, by their type. */
  private static Map<PacketType, Set<Boolean>> bitsOf(SimulatedPair pair) {
    Map<PacketType, Set<Boolean>> bits = new EnumMap<>(PacketType.class);
    pair.client.connect(SimulatedPair.SERVER_ADDRESS, 0);
    byte[] buffer = new byte[1_500];
    for (int step = 0; step < 400; step++) {
      for (int length = poll(pair.client, buffer, step);
          length > 0;
          length = poll(pair.client, buffer, step)) {
        note(bits, buffer, length);
        pair.server.handleDatagram(
            MemorySegment.ofArray(buffer.clone()).asSlice(0, length),
            SimulatedPair.CLIENT_ADDRESS,
            step * 1_000_000L);
      }
      pair.server.handleTimeout(step * 1_000_000L);
      for (int length = poll(pair.server, buffer, step);
          length > 0;
          length = poll(pair.server, buffer, step)) {
        pair.client.handleDatagram(
            MemorySegment.ofArray(buffer.clone()).asSlice(0, length),
            SimulatedPair.SERVER_ADDRESS,
            step * 1_000_000L);
      }
      pair.client.handleTimeout(step * 1_000_000L);
      if (step == 10) {
        assertThat(pair.client.isEstablished()).isTrue();
        pair.client.bytesPerStream = 100_000;
        assertThat(pair.client.open(false, step * 1_000_000L)).isNotNull();
      }
    }
    assertThat(pair.server.streamsEnded).isEqualTo(1);
    assertThat(pair.server.wrong).isEmpty();
    return bits;
  }

  private static int poll(SimulatedPeer peer, byte[] buffer, int step) {
    return peer.pollTransmit(MemorySegment.ofArray(buffer), step * 1_000_000L);
  }

  private static void note(Map<PacketType, Set<Boolean>> bits, byte[] buffer, int length) {
    PacketHeader header = new PacketHeader();
    long at = 0;
    while (header.parse(MemorySegment.ofArray(buffer), at, length, 8)) {
      bits.computeIfAbsent(header.type(), type -> new HashSet<>()).add(header.fixedBit());
      at = header.packetEnd();
    }
  }

  @Test
  void shouldVaryTheBitOnceThePeerTakesItAndNeverOfFirstPackets() {
    Map<PacketType, Set<Boolean>> bits = bitsOf(new SimulatedPair(1, LinkConditions.PERFECT));
    assertThat(bits.get(PacketType.INITIAL)).containsExactly(true);
    assertThat(bits.get(PacketType.ONE_RTT)).containsExactlyInAnyOrder(true, false);
  }

  @Test
  void shouldKeepTheBitForAPeerThatDoesNotSayOtherwise() {
    SimulatedPair pair =
        new SimulatedPair(
            2, LinkConditions.PERFECT, client -> {}, server -> server.greaseQuicBit(false));
    assertThat(bitsOf(pair).get(PacketType.ONE_RTT)).containsExactly(true);
  }

  @Test
  void shouldTakeAClearedBitOnlyWhereItSaidSo() {
    assertThat(new QuicBit(false, new SimulatedPeer.SeededRandom(1)).accepts(false)).isFalse();
    assertThat(new QuicBit(false, new SimulatedPeer.SeededRandom(1)).accepts(true)).isTrue();
    assertThat(new QuicBit(true, new SimulatedPeer.SeededRandom(1)).accepts(false)).isTrue();
  }

  @Test
  void shouldVaryTheBitOfFirstPacketsWhereTheServerIsRemembered() {
    QuicBit bit = new QuicBit(true, new SimulatedPeer.SeededRandom(1));
    assertThat(bit.isClearedNext(true, null)).isFalse();
    bit.remember();
    Set<Boolean> seen = new HashSet<>();
    for (int i = 0; i < 200; i++) {
      seen.add(bit.isClearedNext(true, null));
    }
    assertThat(seen).containsExactlyInAnyOrder(true, false);
    bit.forget();
    for (int i = 0; i < 200; i++) {
      assertThat(bit.isClearedNext(true, null)).isFalse();
    }
    ClientStart start =
        new ClientStart(
            "a", SimulatedPair.SERVER_ADDRESS, QuicVersion.V1, false, new byte[] {7, 7, 7}, true);
    assertThat(start.toString()).doesNotContain("[7, 7, 7]").doesNotContain("[B@");
  }
}
