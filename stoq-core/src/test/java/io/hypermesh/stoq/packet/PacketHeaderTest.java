package io.hypermesh.stoq.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class PacketHeaderTest {
  private static final ConnectionId DESTINATION = ConnectionId.of(new byte[] {1, 2, 3, 4, 5});
  private static final ConnectionId SOURCE = ConnectionId.of(new byte[] {9, 8, 7});

  private final MemorySegment buffer = MemorySegment.ofArray(new byte[256]);
  private final PacketHeader header = new PacketHeader();

  @Test
  void shouldWalkCoalescedPackets() {
    byte[] token = {42, 43};
    int initial = putLong(0, PacketType.INITIAL, token, 30);
    int handshake = putLong(initial, PacketType.HANDSHAKE, new byte[0], 40);
    int shortAt = initial + handshake;
    int end =
        shortAt + PacketHeaders.putShort(buffer, shortAt, DESTINATION, true, true, 0x1234, 2) + 20;

    assertThat(header.parse(buffer, 0, end, DESTINATION.length())).isTrue();
    assertThat(header.type()).isEqualTo(PacketType.INITIAL);
    assertThat(header.version()).isEqualTo(PacketHeader.VERSION_1);
    assertThat(header.destinationConnectionId()).isEqualTo(DESTINATION);
    assertThat(header.sourceConnectionId()).isEqualTo(SOURCE);
    assertThat(header.token()).isEqualTo(token);
    assertThat(header.packetEnd()).isEqualTo(initial);
    assertThat(header.packetNumberOffset()).isEqualTo(initial - 30 - 4);

    assertThat(header.parse(buffer, header.packetEnd(), end, DESTINATION.length())).isTrue();
    assertThat(header.type()).isEqualTo(PacketType.HANDSHAKE);
    assertThat(header.tokenLength()).isZero();
    assertThat(header.packetEnd()).isEqualTo(shortAt);

    assertThat(header.parse(buffer, header.packetEnd(), end, DESTINATION.length())).isTrue();
    assertThat(header.type()).isEqualTo(PacketType.ONE_RTT);
    assertThat(header.destinationConnectionId()).isEqualTo(DESTINATION);
    assertThat(header.packetNumberOffset()).isEqualTo(shortAt + 6);
    assertThat(header.packetEnd()).isEqualTo(end);
    byte first = buffer.get(Wire.BYTE, shortAt);
    assertThat(PacketHeader.spin(first)).isTrue();
    assertThat(PacketHeader.keyPhase(first)).isTrue();
    assertThat(PacketHeader.reservedBitsAreZero(first)).isTrue();
    assertThat(PacketHeader.packetNumberLength(first)).isEqualTo(2);
    assertThat(header.parse(buffer, header.packetEnd(), end, DESTINATION.length())).isFalse();
  }

  private int putLong(int at, PacketType type, byte[] token, int payload) {
    int length =
        PacketHeaders.putLong(
            buffer, at, type, PacketHeader.VERSION_1, DESTINATION, SOURCE, token, 7, 4);
    assertThat(length)
        .isEqualTo(PacketHeaders.sizeOfLong(type, DESTINATION, SOURCE, token.length, 4));
    PacketHeaders.patchLength(buffer, at, length, 4, payload);
    return length + payload;
  }

  @Test
  void shouldReadARetry() {
    byte[] token = {1, 2, 3};
    int length = PacketHeaders.putRetry(buffer, 0, 0xf, 1, DESTINATION, SOURCE, token);
    int end = length + PacketHeader.RETRY_TAG_LENGTH;
    assertThat(header.parse(buffer, 0, end, 0)).isTrue();
    assertThat(header.type()).isEqualTo(PacketType.RETRY);
    assertThat(header.token()).isEqualTo(token);
    assertThat(header.packetNumberOffset()).isEqualTo(length);
    assertThat(header.type().level()).isNull();
  }

  @Test
  void shouldDropARetryWithoutToken() {
    int length = PacketHeaders.putRetry(buffer, 0, 0, 1, DESTINATION, SOURCE, new byte[0]);
    assertThat(header.parse(buffer, 0, length + PacketHeader.RETRY_TAG_LENGTH, 0)).isFalse();
  }

  @Test
  void shouldAnswerAnUnknownVersionWithItsOwnLongConnectionIds() {
    byte[] unknown = new byte[7 + 255 + 30];
    unknown[0] = (byte) 0x80;
    unknown[1] = 0x7a;
    unknown[5] = (byte) 255;
    unknown[6] = 1;
    unknown[5 + 256] = 30;
    unknown[6 + 256] = 2;
    MemorySegment datagram = MemorySegment.ofArray(unknown);
    assertThat(header.parse(datagram, 0, unknown.length, 8)).isTrue();
    assertThat(header.type()).isEqualTo(PacketType.UNSUPPORTED_VERSION);
    assertThat(header.version()).isEqualTo(0x7a000000);
    assertThat(header.destinationConnectionIdLength()).isEqualTo(255);

    MemorySegment answer = MemorySegment.ofArray(new byte[400]);
    int length = PacketHeaders.putVersionNegotiation(answer, 0, 0x2a, header, 1, 0x0a0a0a0a);
    assertThat(header.parse(answer, 0, length, 8)).isTrue();
    assertThat(header.type()).isEqualTo(PacketType.VERSION_NEGOTIATION);
    assertThat(header.destinationConnectionIdLength()).isEqualTo(30);
    assertThat(answer.get(Wire.BYTE, header.destinationConnectionIdOffset())).isEqualTo((byte) 2);
    assertThat(header.sourceConnectionIdLength()).isEqualTo(255);
    assertThat(header.supportedVersionCount()).isEqualTo(2);
    assertThat(header.supportedVersion(0)).isEqualTo(1);
    assertThat(header.supportedVersion(1)).isEqualTo(0x0a0a0a0a);
  }

  @Test
  void shouldDropVersionOneWithAConnectionIdOver20Bytes() {
    byte[] bytes = HexFormat.of().parseHex("c00000000115" + "00".repeat(60));
    assertThat(header.parse(MemorySegment.ofArray(bytes), 0, bytes.length, 8)).isFalse();
  }

  @Test
  void shouldTellWhetherTheFixedBitIsSet() {
    byte[] bytes = HexFormat.of().parseHex("8000000001000000" + "14" + "00".repeat(60));
    MemorySegment datagram = MemorySegment.ofArray(bytes);
    for (int first : new int[] {0x80, 0x00}) {
      bytes[0] = (byte) first;
      assertThat(header.parse(datagram, 0, bytes.length, 8)).isTrue();
      assertThat(header.fixedBit()).isFalse();
      bytes[0] |= 0x40;
      assertThat(header.parse(datagram, 0, bytes.length, 8)).isTrue();
      assertThat(header.fixedBit()).isTrue();
      PacketHeaders.clearFixedBit(datagram, 0);
      assertThat(bytes[0]).isEqualTo((byte) first);
    }
  }

  @Test
  void shouldSayWhichReservedBitsAreSet() {
    assertThat(PacketHeader.reservedBitsAreZero((byte) 0xcb)).isFalse();
    assertThat(PacketHeader.reservedBitsAreZero((byte) 0xc3)).isTrue();
    assertThat(PacketHeader.reservedBitsAreZero((byte) 0x58)).isFalse();
    assertThat(PacketHeader.reservedBitsAreZero((byte) 0x67)).isTrue();
  }

  @Test
  void shouldRefuseToMakeAConnectionIdOver20Bytes() {
    assertThatIllegalArgumentException().isThrownBy(() -> ConnectionId.of(new byte[21]));
  }

  @Test
  void shouldCompareConnectionIdsByValue() {
    ConnectionId same = ConnectionId.of(MemorySegment.ofArray(new byte[] {0, 9, 8, 7}), 1, 3);
    assertThat(same).isEqualTo(SOURCE).hasSameHashCodeAs(SOURCE).hasToString("090807");
    assertThat(same.matches(MemorySegment.ofArray(new byte[] {9, 8, 7}), 0, 3)).isTrue();
    assertThat(same.matches(MemorySegment.ofArray(new byte[] {9, 8, 6}), 0, 3)).isFalse();
    assertThat(same.matches(MemorySegment.ofArray(new byte[] {9, 8}), 0, 2)).isFalse();
    assertThat(ConnectionId.of(new byte[0])).isSameAs(ConnectionId.EMPTY);
  }

  @Test
  void shouldNotPrintAStatelessResetToken() {
    byte[] bytes = new byte[16];
    bytes[3] = 77;
    StatelessResetToken token = StatelessResetToken.of(bytes);
    assertThat(token.toString()).doesNotContain("77").doesNotContain("4d");
    assertThat(token.matches(MemorySegment.ofArray(bytes), 0)).isTrue();
    bytes[15] = 1;
    assertThat(token.matches(MemorySegment.ofArray(bytes), 0)).isFalse();
    assertThat(token).isNotEqualTo(StatelessResetToken.of(bytes));
  }
}
