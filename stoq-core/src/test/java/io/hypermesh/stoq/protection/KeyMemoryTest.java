package io.hypermesh.stoq.protection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.stoq.packet.AllocationMeter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is made of keys: when it's there, when it's gone, and that none is forgotten. */
class KeyMemoryTest {
  private static final int HEADER = 11;
  private static final int PAYLOAD = 1_436;

  /** Without native access, or libraries, there is nothing to count. */
  private boolean counts;

  @BeforeEach
  void findNativeProviders() {
    counts = ProviderCase.natives().findAny().isPresent();
  }

  private long blocksInUse() {
    return counts ? SecretMemory.blocksInUse() : 0;
  }

  private static long blocksOf(ProviderCase of) {
    return of.provider().equals(PacketProtectionProviders.JCE) ? 0 : 1;
  }

  private static MemorySegment sealed(PacketProtection keys, long packetNumber) {
    MemorySegment packet = MemorySegment.ofArray(new byte[HEADER + PAYLOAD + 16]);
    packet.set(ValueLayout.JAVA_BYTE, 0, (byte) 0x41);
    keys.seal(packet, 0, HEADER, 2, PAYLOAD, packetNumber);
    return packet;
  }

  private static int open(PacketProtection keys, MemorySegment packet, long packetNumber) {
    assertThat(keys.unprotectHeader(packet, 0, HEADER - 2, packet.byteSize())).isEqualTo(2);
    return keys.open(packet, 0, HEADER, PAYLOAD + 16, packetNumber);
  }

  @ParameterizedTest
  @MethodSource("io.hypermesh.stoq.protection.ProviderCase#all")
  void shouldFreeWhatItHasWhenClosed(ProviderCase of) {
    long before = blocksInUse();
    for (int i = 0; i < 100; i++) {
      PacketProtection keys = of.keys(1);
      PacketProtection next = keys.update(of.secret(2));
      assertThat(blocksInUse()).isEqualTo(before + 2 * blocksOf(of));
      sealed(keys, 1);
      sealed(next, 2);
      keys.close();
      keys.close();
      assertThat(blocksInUse()).isEqualTo(before + blocksOf(of));
      next.shrink();
      next.close();
      next.shrink();
      assertThat(blocksInUse()).isEqualTo(before);
    }
  }

  @ParameterizedTest
  @MethodSource("io.hypermesh.stoq.protection.ProviderCase#all")
  void shouldWorkOnAfterShrinking(ProviderCase of) {
    long before = blocksInUse();
    try (PacketProtection sender = of.keys(1);
        PacketProtection receiver = of.keys(1);
        PacketProtection next = receiver.update(of.secret(2))) {
      for (int i = 0; i < 5; i++) {
        MemorySegment packet = sealed(sender, i);
        MemorySegment forged = sealed(sender, 100 + i);
        sender.shrink();
        receiver.shrink();
        next.shrink();
        assertThat(blocksInUse()).isEqualTo(before);
        assertThat(open(receiver, packet, i)).isEqualTo(PAYLOAD);
        receiver.shrink();
        assertThat(open(receiver, forged, i)).isEqualTo(PacketBatch.DROPPED);
      }
      assertThat(sender.sealedCount()).isEqualTo(10);
      assertThat(receiver.openFailureCount()).isEqualTo(5);
      sealed(sender, 200);
      sender.shrink();
      // What was sealed last isn't forgotten with the rest.
      assertThatIllegalStateException().isThrownBy(() -> sealed(sender, 200));
    }
    assertThat(blocksInUse()).isEqualTo(before);
  }

  @ParameterizedTest
  @MethodSource("io.hypermesh.stoq.protection.ProviderCase#all")
  void shouldNotUseMemoryThatIsGone(ProviderCase of) {
    byte[] key = new byte[of.suite().keyLength()];
    Aead aead = of.provider().aeads().expand(of.suite(), key);
    aead.close();
    MemorySegment packet = MemorySegment.ofArray(new byte[100]);
    assertThatIllegalStateException().isThrownBy(() -> aead.encrypt(packet, 0, 10, 10, 0, 0));
    assertThatIllegalStateException().isThrownBy(() -> aead.decrypt(packet, 0, 10, 10, 0, 0));
    try (PacketProtection keys = of.keys(1)) {
      MemorySegment gone;
      try (Arena arena = Arena.ofConfined()) {
        gone = arena.allocate(100);
      }
      assertThatIllegalStateException().isThrownBy(() -> keys.seal(gone, 0, HEADER, 2, 40, 0));
      assertThatIllegalStateException().isThrownBy(() -> keys.open(gone, 0, HEADER, 56, 0));
      assertThat(keys.sealedCount()).isZero();
    }
    PacketProtection closed = of.keys(1);
    closed.close();
    assertThatIllegalStateException().isThrownBy(() -> closed.update(of.secret(2)));
    assertThatIllegalStateException().isThrownBy(() -> closed.seal(new PacketBatch(1)));
    assertThatIllegalStateException().isThrownBy(() -> closed.open(new PacketBatch(1)));
    assertThatIllegalStateException().isThrownBy(() -> closed.unprotectHeaders(new PacketBatch(1)));
  }

  @ParameterizedTest
  @MethodSource("io.hypermesh.stoq.protection.ProviderCase#all")
  void shouldChangeNothingWhereAPacketIsOutsideItsMemory(ProviderCase of) {
    try (Arena arena = Arena.ofConfined();
        PacketProtection keys = of.keys(1)) {
      MemorySegment memory = arena.allocate(200);
      MemorySegment packet = memory.asSlice(50, 60);
      assertThatThrownBy(() -> keys.seal(packet, 0, HEADER, 2, 34, 0))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> keys.open(packet, 0, HEADER, 50, 0))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> keys.seal(packet, -1, HEADER, 2, 20, 0))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThat(memory.toArray(ValueLayout.JAVA_BYTE)).containsOnly(0);
    }
  }

  /** Batches in native memory, where drivers have their packets. */
  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("io.hypermesh.stoq.protection.ProviderCase#natives")
  void shouldAllocateNothingInNativeMemory(ProviderCase of) throws Exception {
    int count = 4;
    try (Arena arena = Arena.ofConfined();
        PacketProtection keys = of.keys(1)) {
      MemorySegment sealed = arena.allocate(HEADER + PAYLOAD + 16);
      sealed.set(ValueLayout.JAVA_BYTE, 0, (byte) 0x41);
      keys.seal(sealed, 0, HEADER, 2, PAYLOAD, 0);
      MemorySegment[] packets = new MemorySegment[count];
      for (int i = 0; i < count; i++) {
        packets[i] = arena.allocate(HEADER + PAYLOAD + 16);
      }
      PacketBatch batch = new PacketBatch(count);
      double bytes =
          AllocationMeter.bytesEach(
              round -> {
                for (int i = 0; i < count; i++) {
                  packets[i].set(ValueLayout.JAVA_BYTE, 0, (byte) 0x41);
                  batch.add(packets[i], 0, HEADER, 2, PAYLOAD, 1 + round * count + i);
                }
                keys.seal(batch);
                batch.clear();
                for (int i = 0; i < count; i++) {
                  packets[i].copyFrom(sealed);
                  batch.addProtected(packets[i], 0, HEADER - 2, HEADER + PAYLOAD + 16);
                }
                keys.unprotectHeaders(batch);
                for (int i = 0; i < count; i++) {
                  batch.packetNumber(i, 0);
                }
                keys.open(batch);
                if (batch.openedLength(count - 1) != PAYLOAD) {
                  throw new AssertionError("a good packet was dropped");
                }
                batch.clear();
              },
              1);
      assertThat(bytes).isLessThanOrEqualTo(1);
    }
  }
}
