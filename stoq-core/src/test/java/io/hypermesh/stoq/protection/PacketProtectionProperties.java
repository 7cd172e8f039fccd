package io.hypermesh.stoq.protection;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.PacketHeader;
import io.hypermesh.stoq.packet.PacketHeaders;
import io.hypermesh.stoq.packet.PacketNumbers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

class PacketProtectionProperties {
  @Provide
  Arbitrary<ProviderCase> cases() {
    return Arbitraries.of(ProviderCase.all().toList());
  }

  @Property
  void shouldOpenWhatItSealedInAnyMemory(
      @ForAll("cases") ProviderCase of,
      @ForAll @Size(min = 4, max = 200) byte[] payload,
      @ForAll @Size(max = 20) byte[] id,
      @ForAll @LongRange(min = 0, max = PacketNumbers.MAX) long packetNumber,
      @ForAll @IntRange(min = 1, max = 4) int length,
      @ForAll boolean nativeMemory,
      @ForAll @IntRange(max = 9) int offset) {
    try (Arena arena = Arena.ofConfined();
        PacketProtection sender = of.keys(3);
        PacketProtection receiver = of.keys(3)) {
      // The slice checks that offsets are counted from the segment, not from its array.
      MemorySegment packet =
          (nativeMemory ? arena.allocate(300) : MemorySegment.ofArray(new byte[300])).asSlice(3);
      ConnectionId destination = ConnectionId.of(id);
      int header =
          PacketHeaders.putShort(packet, offset, destination, true, false, packetNumber, length);
      byte first = packet.get(ValueLayout.JAVA_BYTE, offset);
      MemorySegment.copy(
          payload, 0, packet, ValueLayout.JAVA_BYTE, offset + header, payload.length);
      sender.seal(packet, offset, header, length, payload.length, packetNumber);
      int end = offset + header + payload.length + CipherSuite.TAG_LENGTH;
      assertThat(packet.asSlice(end).toArray(ValueLayout.JAVA_BYTE)).containsOnly(0);

      PacketHeader view = new PacketHeader();
      assertThat(view.parse(packet, offset, end, id.length)).isTrue();
      assertThat(receiver.unprotectHeader(packet, offset, view.packetNumberOffset(), end))
          .isEqualTo(length);
      assertThat(packet.get(ValueLayout.JAVA_BYTE, offset)).isEqualTo(first);
      assertThat(PacketNumbers.read(packet, view.packetNumberOffset(), length))
          .isEqualTo(packetNumber & ((1L << (8 * length)) - 1));
      int opened = receiver.open(packet, offset, header, end - offset - header, packetNumber);
      assertThat(packet.asSlice(offset + header, opened).toArray(ValueLayout.JAVA_BYTE))
          .isEqualTo(payload);
    }
  }

  @Property
  void shouldNeverOpenAPacketThatWasChanged(
      @ForAll("cases") ProviderCase of,
      @ForAll @Size(min = 4, max = 60) byte[] payload,
      @ForAll @IntRange(max = 1000) int bit,
      @ForAll boolean nativeMemory) {
    try (Arena arena = Arena.ofConfined();
        PacketProtection sender = of.keys(3);
        PacketProtection receiver = of.keys(3)) {
      MemorySegment packet =
          nativeMemory ? arena.allocate(100) : MemorySegment.ofArray(new byte[100]);
      int header = PacketHeaders.putShort(packet, 0, ConnectionId.EMPTY, false, false, 9, 2);
      MemorySegment.copy(payload, 0, packet, ValueLayout.JAVA_BYTE, header, payload.length);
      sender.seal(packet, 0, header, 2, payload.length, 9);
      int end = header + payload.length + CipherSuite.TAG_LENGTH;
      int place = bit / 8 % end;
      int changed = packet.get(ValueLayout.JAVA_BYTE, place) ^ 1 << bit % 8;
      packet.set(ValueLayout.JAVA_BYTE, place, (byte) changed);
      int length = receiver.unprotectHeader(packet, 0, 1, end);
      assertThat(receiver.open(packet, 0, 1 + length, end - 1 - length, 9)).isEqualTo(-1);
    }
  }

  @Property(tries = 500)
  void shouldDropRandomBytes(
      @ForAll("cases") ProviderCase of, @ForAll @Size(max = 100) byte[] bytes) {
    try (PacketProtection receiver = of.keys(3)) {
      MemorySegment packet = MemorySegment.ofArray(bytes);
      PacketHeader view = new PacketHeader();
      if (view.parse(packet, 0, bytes.length, 8)) {
        long at = view.packetNumberOffset();
        int length = receiver.unprotectHeader(packet, 0, at, view.packetEnd());
        if (length > 0) {
          int header = (int) at + length;
          assertThat(receiver.open(packet, 0, header, (int) view.packetEnd() - header, 0))
              .isEqualTo(-1);
        }
      }
    }
  }
}
