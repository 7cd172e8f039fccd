package io.hypermesh.stoq.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.simulation.LinkConditions;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.Size;

/** Bytes from anyone: nothing that isn't authentic changes a connection, or throws. */
class ConnectionFuzzProperties {
  @Property(tries = 200, shrinking = ShrinkingMode.OFF)
  void shouldIgnoreRandomDatagrams(@ForAll long seed, @ForAll @Size(max = 1_500) byte[] bytes) {
    SimulatedPair pair = new SimulatedPair(seed, LinkConditions.PERFECT);
    pair.client.connect(SimulatedPair.SERVER_ADDRESS, 0);
    pair.network.runFor(seed % 2 == 0 ? 0 : 15_000_000);
    pair.client.handleDatagram(
        MemorySegment.ofArray(bytes), SimulatedPair.SERVER_ADDRESS, pair.network.nowNanos());
    pair.server.handleDatagram(
        MemorySegment.ofArray(bytes), SimulatedPair.CLIENT_ADDRESS, pair.network.nowNanos());

    assertThat(pair.client.closeReason()).isNull();
    assertThat(pair.server.closeReason()).isNull();
  }

  /** Every datagram of a whole exchange also arrives damaged, before the real one. */
  @Property(tries = 30, shrinking = ShrinkingMode.OFF)
  void shouldIgnoreDamagedCopiesOfRealDatagrams(@ForAll long seed) {
    Random random = new Random(seed);
    SimulatedPair pair = new SimulatedPair(seed, LinkConditions.PERFECT);
    pair.client.bytesPerStream = 20_000;
    pair.server.bytesPerStream = 20_000;
    pair.client.connect(SimulatedPair.SERVER_ADDRESS, 0);
    MemorySegment buffer = MemorySegment.ofArray(new byte[1_500]);
    long now = 0;
    boolean opened = false;
    for (int round = 0; round < 60; round++) {
      boolean fromClient = round % 2 == 0;
      SimulatedPeer from = fromClient ? pair.client : pair.server;
      SimulatedPeer to = fromClient ? pair.server : pair.client;
      var source = fromClient ? SimulatedPair.CLIENT_ADDRESS : SimulatedPair.SERVER_ADDRESS;
      if (from.connection == null) {
        continue;
      }
      List<byte[]> datagrams = new ArrayList<>();
      int length;
      while ((length = from.pollTransmit(buffer, now)) > 0) {
        datagrams.add(buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE));
      }
      for (byte[] datagram : datagrams) {
        if (to.connection != null) {
          to.handleDatagram(MemorySegment.ofArray(damage(datagram, random)), source, now);
        }
        to.handleDatagram(MemorySegment.ofArray(datagram), source, now);
      }
      now += 10_000_000;
      for (SimulatedPeer peer : List.of(pair.client, pair.server)) {
        if (peer.nextDeadlineNanos() <= now) {
          peer.handleTimeout(now);
        }
      }
      if (pair.client.isEstablished() && !opened) {
        opened = pair.client.open(true, now) != null;
      }
    }
    assertThat(pair.client.closeReason()).isNull();
    assertThat(pair.server.closeReason()).isNull();
    assertThat(pair.client.wrong + pair.server.wrong).isEmpty();
    assertThat(pair.client.streamsEnded + pair.server.streamsEnded).isEqualTo(2);
  }

  private static byte[] damage(byte[] datagram, Random random) {
    byte[] damaged = datagram.clone();
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      // Not in the first bytes alone: everywhere, header, number, ciphertext and tag.
      damaged[
              random.nextInt(
                  random.nextBoolean() ? damaged.length : Math.min(40, damaged.length))] ^=
          (byte) (1 << random.nextInt(8));
    }
    return damaged;
  }
}
