package io.hypermesh.stoq.packet;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class PacketHeaderProperties {
  @Property(tries = 2000)
  void shouldStayInsideTheDatagramWhateverTheBytes(
      @ForAll @Size(max = 64) byte[] bytes, @ForAll @IntRange(max = 20) int idLength) {
    checkBounds(MemorySegment.ofArray(bytes), bytes.length, idLength);
  }

  @Property(tries = 2000, edgeCases = EdgeCasesMode.NONE)
  void shouldStayInsideTheDatagramWhenAValidPacketIsMutated(
      @ForAll @Size(max = 20) byte[] destination,
      @ForAll @Size(max = 20) byte[] source,
      @ForAll @Size(max = 40) byte[] token,
      @ForAll @IntRange(max = 100) int place,
      @ForAll byte value,
      @ForAll @IntRange(max = 130) int cut,
      @ForAll QuicVersion version) {
    MemorySegment buffer = MemorySegment.ofArray(new byte[160]);
    int length =
        PacketHeaders.putLong(
            buffer,
            0,
            PacketType.INITIAL,
            version.wire(),
            ConnectionId.of(destination),
            ConnectionId.of(source),
            token,
            5,
            2);
    PacketHeaders.patchLength(buffer, 0, length, 2, 20);
    buffer.set(Wire.BYTE, place, value);
    checkBounds(buffer, Math.min(cut, length + 20), 8);
  }

  @Property(edgeCases = EdgeCasesMode.NONE)
  void shouldReadBackALongHeader(
      @ForAll @Size(max = 20) byte[] destination,
      @ForAll @Size(max = 20) byte[] source,
      @ForAll @Size(max = 100) byte[] token,
      @ForAll @IntRange(min = 1, max = 4) int packetNumberLength,
      @ForAll @IntRange(min = 0, max = 16_000) int payload,
      @ForAll QuicVersion version) {
    MemorySegment buffer = MemorySegment.ofArray(new byte[16_384]);
    int length =
        PacketHeaders.putLong(
            buffer,
            3,
            PacketType.INITIAL,
            version.wire(),
            ConnectionId.of(destination),
            ConnectionId.of(source),
            token,
            0x0102030405L,
            packetNumberLength);
    PacketHeaders.patchLength(buffer, 3, length, packetNumberLength, payload);
    PacketHeader header = new PacketHeader();
    assertThat(header.parse(buffer, 3, 3 + length + payload, 8)).isTrue();
    assertThat(header.type()).isEqualTo(PacketType.INITIAL);
    assertThat(header.version()).isEqualTo(version.wire());
    assertThat(header.destinationConnectionId().toByteArray()).isEqualTo(destination);
    assertThat(header.sourceConnectionId().toByteArray()).isEqualTo(source);
    assertThat(header.token()).isEqualTo(token);
    assertThat(header.packetEnd()).isEqualTo(3 + length + payload);
    assertThat(buffer.get(Wire.BYTE, header.packetNumberOffset() + packetNumberLength - 1))
        .isEqualTo((byte) 5);
  }

  private static void checkBounds(MemorySegment buffer, int limit, int idLength) {
    PacketHeader header = new PacketHeader();
    long at = 0;
    while (header.parse(buffer, at, limit, idLength)) {
      assertThat(header.packetEnd()).isGreaterThan(at).isLessThanOrEqualTo(limit);
      assertThat(header.packetNumberOffset()).isBetween(at, header.packetEnd());
      assertThat(header.tokenOffset() + header.tokenLength()).isLessThanOrEqualTo(limit);
      assertThat(header.destinationConnectionIdOffset() + header.destinationConnectionIdLength())
          .isLessThanOrEqualTo(limit);
      assertThat(header.sourceConnectionIdOffset() + header.sourceConnectionIdLength())
          .isLessThanOrEqualTo(limit);
      for (int i = 0; i < header.supportedVersionCount(); i++) {
        header.supportedVersion(i);
      }
      at = header.packetEnd();
    }
  }
}
