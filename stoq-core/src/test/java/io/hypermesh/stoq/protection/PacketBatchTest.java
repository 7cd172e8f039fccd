package io.hypermesh.stoq.protection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.stoq.packet.AllocationMeter;
import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.PacketHeaders;
import io.hypermesh.stoq.packet.QuicVersion;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Batches: the appendix's packet among others, and what may not be done to them. */
class PacketBatchTest {
  private static final int HEADER = 11;
  private static final int PAYLOAD = 1_200;

  private static PacketProtection keys(CipherSuite suite) {
    return PacketProtectionProviders.JCE.create(
        QuicVersion.V1, suite, new byte[suite.hashLength()]);
  }

  private static MemorySegment packet() {
    MemorySegment packet = MemorySegment.ofArray(new byte[HEADER + PAYLOAD + 16]);
    packet.set(ValueLayout.JAVA_BYTE, 0, (byte) 0x41);
    return packet;
  }

  /** RFC 9001, A.5. */
  @Test
  void shouldSealAndOpenThePacketOfAppendixA5AmongOthers() {
    long number = 654_360_564;
    byte[] secret =
        HexFormat.of().parseHex("9ac312a7f877468ebe69422748ad00a15443f18203a07d6060f688f30f21632b");
    PacketProtection protection =
        PacketProtectionProviders.JCE.create(
            QuicVersion.V1, CipherSuite.CHACHA20_POLY1305_SHA256, secret);
    PacketBatch batch = new PacketBatch(3);
    MemorySegment packet = MemorySegment.ofArray(new byte[21]);
    int header = PacketHeaders.putShort(packet, 0, ConnectionId.EMPTY, false, false, number, 3);
    packet.set(ValueLayout.JAVA_BYTE, header, (byte) 1);
    batch.add(packet(), 0, HEADER, 2, PAYLOAD, number - 1);
    batch.add(packet, 0, header, 3, 1, number);
    batch.add(packet(), 0, HEADER, 2, PAYLOAD, number + 1);
    protection.seal(batch);
    assertThat(HexFormat.of().formatHex(packet.toArray(ValueLayout.JAVA_BYTE)))
        .isEqualTo("4cfe4189655e5cd55c41f69080575d7999c25a5bfb");

    PacketBatch received = new PacketBatch(3);
    received.addProtected(packet(), 0, HEADER - 2, HEADER + PAYLOAD + 16); // no packet of anyone's
    received.addProtected(packet, 0, 1, 21);
    received.addProtected(MemorySegment.ofArray(new byte[20]), 0, 1, 20); // too short to sample
    protection.unprotectHeaders(received);
    assertThat(received.packetNumberLength(1)).isEqualTo(3);
    assertThat(received.packetNumberLength(2)).isEqualTo(PacketBatch.DROPPED);
    assertThat(received.packetNumberOffset(2)).isEqualTo(1);
    received.packetNumber(1, number);
    protection.open(received);
    assertThat(received.openedLength(0)).isEqualTo(PacketBatch.DROPPED);
    assertThat(received.openedLength(1)).isOne();
    assertThat(received.openedLength(2)).isEqualTo(PacketBatch.DROPPED);
    assertThat(packet.get(ValueLayout.JAVA_BYTE, header)).isOne();
    assertThat(protection.openFailureCount()).as("what can't be sampled isn't tried").isOne();
  }

  @Test
  void shouldRefuseWhatCanNotBeSealedWhenItIsAdded() {
    PacketBatch batch = new PacketBatch(1);
    MemorySegment packet = packet();
    assertThatThrownBy(() -> batch.add(packet, 0, HEADER, 2, 1, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("too few to sample");
    assertThatThrownBy(() -> batch.add(packet, 1, HEADER, 2, PAYLOAD, 0))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> batch.addProtected(packet, 0, 9, packet.byteSize() + 1))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThat(batch.size()).isZero();
    batch.add(packet, 0, HEADER, 2, PAYLOAD, 0);
    assertThat(batch.isFull()).isTrue();
    assertThatThrownBy(() -> batch.add(packet, 0, HEADER, 2, PAYLOAD, 1))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> new PacketBatch(0)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void shouldNotSealWithKeysThatAreErased() {
    PacketProtection keys = keys(CipherSuite.AES_128_GCM_SHA256);
    PacketBatch batch = new PacketBatch(1);
    batch.add(packet(), 0, HEADER, 2, PAYLOAD, 0);
    keys.close();
    assertThatThrownBy(() -> keys.seal(batch)).isInstanceOf(IllegalStateException.class);
  }

  @ParameterizedTest
  @EnumSource
  void shouldAllocateNoMoreForABatchThanForItsPacketsAlone(CipherSuite suite) throws Exception {
    int count = 8;
    MemorySegment[] packets = new MemorySegment[count];
    for (int i = 0; i < count; i++) {
      packets[i] = packet();
    }
    try (PacketProtection single = keys(suite);
        PacketProtection together = keys(suite)) {
      double alone =
          AllocationMeter.bytesEach(round -> single.seal(packets[0], 0, HEADER, 2, PAYLOAD, round));
      PacketBatch batch = new PacketBatch(count);
      double limit = count * (alone + 64);
      double bytes =
          AllocationMeter.bytesEach(
              round -> {
                batch.clear();
                for (int i = 0; i < count; i++) {
                  batch.add(packets[i], 0, HEADER, 2, PAYLOAD, round * count + i);
                }
                together.seal(batch);
              },
              limit);
      assertThat(bytes).isLessThanOrEqualTo(limit);
    }
  }
}
