package io.hypermesh.stoq.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.simulation.LinkConditions;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class UndecryptablePacketsTest {
  private static final int PACKET_BYTES = 1_200;

  private final MemorySegment datagram = MemorySegment.ofArray(new byte[65_535]);

  private void add(UndecryptablePackets packets, EncryptionLevel level, int length) {
    packets.add(level, datagram, 0, length, length, 0, SimulatedPair.CLIENT_ADDRESS, 0);
  }

  private static int takeAll(UndecryptablePackets packets, EncryptionLevel level) {
    int taken = 0;
    while (packets.poll(level) != null) {
      taken++;
    }
    return taken;
  }

  @Test
  void shouldKeepNoMoreBytesThanItsLimitHoweverLongThePackets() {
    UndecryptablePackets packets = new UndecryptablePackets(64);
    for (int i = 0; i < 64; i++) {
      add(packets, EncryptionLevel.ONE_RTT, PACKET_BYTES);
    }
    int fitting = UndecryptablePackets.BYTES_MAX / PACKET_BYTES;
    assertThat(takeAll(packets, EncryptionLevel.ONE_RTT)).isEqualTo(fitting);

    add(packets, EncryptionLevel.ONE_RTT, UndecryptablePackets.BYTES_MAX + 1);
    assertThat(packets.poll(EncryptionLevel.ONE_RTT)).isNull();
    add(packets, EncryptionLevel.ONE_RTT, UndecryptablePackets.BYTES_MAX);
    add(packets, EncryptionLevel.ONE_RTT, 1);
    assertThat(takeAll(packets, EncryptionLevel.ONE_RTT)).isOne();
  }

  @Test
  void shouldKeepNoMorePacketsThanItsLimitHoweverShort() {
    UndecryptablePackets packets = new UndecryptablePackets(4);
    for (int i = 0; i < 9; i++) {
      add(packets, i % 2 == 0 ? EncryptionLevel.HANDSHAKE : EncryptionLevel.ONE_RTT, 1);
    }
    assertThat(takeAll(packets, EncryptionLevel.HANDSHAKE)).isEqualTo(2);
    assertThat(takeAll(packets, EncryptionLevel.ONE_RTT)).isEqualTo(2);
  }

  @Test
  void shouldHaveAllItsRoomAgainOnceCleared() {
    UndecryptablePackets packets = new UndecryptablePackets(64);
    add(packets, EncryptionLevel.ONE_RTT, UndecryptablePackets.BYTES_MAX);
    packets.clear();
    add(packets, EncryptionLevel.ONE_RTT, UndecryptablePackets.BYTES_MAX);
    assertThat(takeAll(packets, EncryptionLevel.ONE_RTT)).isOne();
  }

  @Test
  void shouldLoseNothingThatAClientSendsWhileItsCertificateIsJudged() {
    assertThat(packetsLostWhileJudged(settings -> {})).isZero();
    // With fewer places than an initial window has packets the rest is as good as lost.
    assertThat(packetsLostWhileJudged(settings -> settings.undecryptablePacketsMax(8)))
        .isPositive();
  }

  private static long packetsLostWhileJudged(Consumer<ConnectionSettings.Builder> change) {
    SimulatedPair pair = new SimulatedPair(48, LinkConditions.PERFECT, change);
    pair.server.taskNanos = 100_000_000;
    pair.client.bytesPerStream = 100_000;
    pair.client.connect(SimulatedPair.SERVER_ADDRESS, 0);
    assertThat(pair.runUntil(pair.client::isEstablished, 60)).isTrue();
    pair.client.open(true, pair.network.nowNanos());
    assertThat(pair.server.isEstablished()).isFalse();
    assertThat(pair.runUntil(() -> pair.server.streamsEnded == 1, 60)).isTrue();
    return pair.client.connection.recovery().lostPacketCount();
  }
}
