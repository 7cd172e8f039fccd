package io.hypermesh.stoq.protection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.PacketHeaders;
import io.hypermesh.stoq.packet.QuicVersion;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PacketProtectionTest {
  private static final ConnectionId ID = ConnectionId.of(new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
  private static final int HEADER = 11;

  /** A sealed packet of 50 bytes of payload. */
  private static MemorySegment sealed(PacketProtection keys, long packetNumber) {
    MemorySegment packet = MemorySegment.ofArray(new byte[HEADER + 50 + 16]);
    PacketHeaders.putShort(packet, 0, ID, false, false, packetNumber, 2);
    packet.asSlice(HEADER, 50).fill((byte) 7);
    keys.seal(packet, 0, HEADER, 2, 50, packetNumber);
    return packet;
  }

  private static int open(PacketProtection keys, MemorySegment packet, long packetNumber) {
    int length = (int) packet.byteSize();
    assertThat(keys.unprotectHeader(packet, 0, HEADER - 2, length)).isEqualTo(2);
    return keys.open(packet, 0, HEADER, length - HEADER, packetNumber);
  }

  @ParameterizedTest
  @MethodSource("io.hypermesh.stoq.protection.ProviderCase#all")
  void shouldOpenADuplicateOnceMore(ProviderCase of) {
    PacketProtection sender = of.keys(1);
    PacketProtection receiver = of.keys(1);
    MemorySegment packet = sealed(sender, 5);
    MemorySegment copy = MemorySegment.ofArray(packet.toArray(ValueLayout.JAVA_BYTE));
    assertThat(open(receiver, packet, 5)).isEqualTo(50);
    assertThat(open(receiver, copy, 5)).isEqualTo(50);
    assertThat(sender.sealedCount()).isEqualTo(1);
  }

  @ParameterizedTest
  @MethodSource("io.hypermesh.stoq.protection.ProviderCase#all")
  void shouldNotSealTheSamePacketNumberTwiceInARow(ProviderCase of) {
    PacketProtection sender = of.keys(1);
    sealed(sender, 5);
    assertThatIllegalStateException().isThrownBy(() -> sealed(sender, 5));
  }

  @ParameterizedTest
  @MethodSource("io.hypermesh.stoq.protection.ProviderCase#all")
  void shouldDropWhatIsNotAuthenticAndGoOn(ProviderCase of) {
    PacketProtection sender = of.keys(1);
    PacketProtection receiver = of.keys(1);
    MemorySegment packet = sealed(sender, 5);
    byte[] tag = packet.asSlice(HEADER + 50).toArray(ValueLayout.JAVA_BYTE);
    assertThat(open(receiver, packet, 6)).isEqualTo(-1);
    assertThat(receiver.openFailureCount()).isEqualTo(1);
    assertThat(packet.asSlice(HEADER + 50).toArray(ValueLayout.JAVA_BYTE)).isEqualTo(tag);
    assertThat(open(receiver, sealed(sender, 6), 6)).isEqualTo(50);
  }

  @ParameterizedTest
  @MethodSource("io.hypermesh.stoq.protection.ProviderCase#all")
  void shouldKeepHeaderProtectionAcrossKeyUpdates(ProviderCase of) {
    PacketProtection sender = of.keys(1);
    PacketProtection receiver = of.keys(1);
    MemorySegment old = sealed(sender, 1);
    byte[] next = KeyUpdate.nextSecret(QuicVersion.V1, of.suite(), of.secret(1));
    assertThat(next).hasSize(of.suite().hashLength());
    PacketProtection nextSender = sender.update(next);
    PacketProtection nextReceiver = receiver.update(next);
    sender.close();
    MemorySegment fresh = sealed(nextSender, 2);
    MemorySegment copy = MemorySegment.ofArray(fresh.toArray(ValueLayout.JAVA_BYTE));
    // The old keys find the header, but not the payload.
    assertThat(open(receiver, copy, 2)).isEqualTo(-1);
    assertThat(open(receiver, old, 1)).isEqualTo(50);
    receiver.close();
    receiver.close();
    assertThat(open(nextReceiver, fresh, 2)).isEqualTo(50);
  }

  @ParameterizedTest
  @MethodSource("io.hypermesh.stoq.protection.ProviderCase#all")
  void shouldRefuseToWorkWithErasedKeys(ProviderCase of) {
    PacketProtection keys = of.keys(1);
    MemorySegment packet = sealed(keys, 0);
    keys.close();
    assertThatIllegalStateException().isThrownBy(() -> sealed(keys, 1));
    assertThatIllegalStateException().isThrownBy(() -> keys.unprotectHeader(packet, 0, 9, 77));
    assertThatIllegalStateException().isThrownBy(() -> keys.open(packet, 0, HEADER, 66, 0));
  }

  @ParameterizedTest
  @MethodSource("io.hypermesh.stoq.protection.ProviderCase#all")
  void shouldMaskFourBitsOfALongHeaderAndFiveOfAShortOne(ProviderCase of) {
    for (int first : new int[] {0xc3, 0x43}) {
      PacketProtection keys = of.keys(1);
      MemorySegment packet = MemorySegment.ofArray(new byte[40]);
      int touched = 0;
      for (int i = 0; i < 200; i++) {
        packet.set(ValueLayout.JAVA_BYTE, 0, (byte) first);
        keys.seal(packet, 0, 5, 4, 10, i);
        touched |= (packet.get(ValueLayout.JAVA_BYTE, 0) ^ first) & 0xff;
      }
      assertThat(touched).isEqualTo(first == 0xc3 ? 0x0f : 0x1f);
    }
  }

  @ParameterizedTest
  @MethodSource("io.hypermesh.stoq.protection.ProviderCase#all")
  void shouldRefuseWhatIsTooShortToSample(ProviderCase of) {
    PacketProtection keys = of.keys(1);
    MemorySegment packet = MemorySegment.ofArray(new byte[64]);
    assertThatIllegalArgumentException().isThrownBy(() -> keys.seal(packet, 0, HEADER, 2, 1, 0));
    assertThat(keys.unprotectHeader(packet, 0, 9, 9 + 19)).isEqualTo(-1);
    assertThat(keys.open(packet, 0, HEADER, 15, 0)).isEqualTo(-1);
    assertThat(packet.toArray(ValueLayout.JAVA_BYTE)).containsOnly(0);
    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> keys.seal(packet, 0, HEADER, 2, 40, 0));
    assertThat(packet.toArray(ValueLayout.JAVA_BYTE)).containsOnly(0);
  }

  @Test
  void shouldNotPrintKeys() {
    ErasableKey key = new ErasableKey("AES", new byte[] {77, 77});
    assertThat(key.toString()).doesNotContain("77");
    byte[] held = key.getEncoded();
    key.destroy();
    assertThat(key.isDestroyed()).isTrue();
    assertThat(held).containsOnly(77);
    assertThatIllegalStateException().isThrownBy(key::getEncoded);
  }

  @Test
  void shouldStateTheLimitsOfRfc9001() {
    assertThat(CipherSuite.AES_128_GCM_SHA256.confidentialityLimitPackets()).isEqualTo(1L << 23);
    assertThat(CipherSuite.AES_256_GCM_SHA384.integrityLimitPackets()).isEqualTo(1L << 52);
    assertThat(CipherSuite.CHACHA20_POLY1305_SHA256.integrityLimitPackets()).isEqualTo(1L << 36);
  }
}
