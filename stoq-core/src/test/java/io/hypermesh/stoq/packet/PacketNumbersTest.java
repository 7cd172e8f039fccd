package io.hypermesh.stoq.packet;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The examples of RFC 9000, A.2 and A.3. */
class PacketNumbersTest {
  @Test
  void shouldChooseTheLengthsOfAppendixA2() {
    assertThat(PacketNumbers.encodedLength(0xac5c02L, 0xabe8b3L)).isEqualTo(2);
    assertThat(PacketNumbers.encodedLength(0xace8feL, 0xabe8b3L)).isEqualTo(3);
  }

  @Test
  void shouldDecodeTheExampleOfAppendixA3() {
    assertThat(PacketNumbers.decode(0x9b32, 16, 0xa82f30eaL)).isEqualTo(0xa82f9b32L);
  }

  @Test
  void shouldSendOneByteForTheFirstPackets() {
    assertThat(PacketNumbers.encodedLength(0, PacketNumbers.NONE)).isEqualTo(1);
    assertThat(PacketNumbers.encodedLength(126, PacketNumbers.NONE)).isEqualTo(1);
    assertThat(PacketNumbers.encodedLength(127, PacketNumbers.NONE)).isEqualTo(2);
  }

  @Test
  void shouldChooseTheNearestNumberOnBothEdgesOfTheWindow() {
    assertThat(PacketNumbers.decode(0, 8, 383)).isEqualTo(512);
    assertThat(PacketNumbers.decode(1, 8, 383)).isEqualTo(257);
    assertThat(PacketNumbers.decode(128, 8, 255)).isEqualTo(384);
    assertThat(PacketNumbers.decode(129, 8, 255)).isEqualTo(129);
  }

  @Test
  void shouldStayInsideTheNumberSpace() {
    assertThat(PacketNumbers.decode(0xff, 8, PacketNumbers.NONE)).isEqualTo(0xff);
    assertThat(PacketNumbers.decode(0xff, 8, PacketNumbers.MAX - 1)).isEqualTo(PacketNumbers.MAX);
  }
}
