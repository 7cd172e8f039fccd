package io.hypermesh.stoq.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The sample encodings of RFC 9000, A.1. */
class VarIntTest {
  @ParameterizedTest
  @CsvSource({
    "c2197c5eff14e88c, 151288809941952652",
    "9d7f3e7d, 494878333",
    "7bbd, 15293",
    "25, 37",
    "4025, 37"
  })
  void shouldReadTheSamplesOfAppendixA1(String hex, long value) {
    MemorySegment buffer = MemorySegment.ofArray(HexFormat.of().parseHex(hex));
    assertThat(VarInt.lengthOf(buffer.get(Wire.BYTE, 0))).isEqualTo(hex.length() / 2);
    assertThat(VarInt.get(buffer, 0)).isEqualTo(value);
  }

  @ParameterizedTest
  @CsvSource({
    "c2197c5eff14e88c, 151288809941952652",
    "9d7f3e7d, 494878333",
    "7bbd, 15293",
    "25, 37"
  })
  void shouldWriteTheSamplesOfAppendixA1(String hex, long value) {
    byte[] bytes = new byte[hex.length() / 2];
    assertThat(VarInt.put(MemorySegment.ofArray(bytes), 0, value)).isEqualTo(bytes.length);
    assertThat(bytes).asHexString().isEqualToIgnoringCase(hex);
  }

  @Test
  void shouldRefuseWhatDoesNotFit() {
    MemorySegment buffer = MemorySegment.ofArray(new byte[8]);
    assertThatIllegalArgumentException().isThrownBy(() -> VarInt.put(buffer, 0, -1));
    assertThatIllegalArgumentException().isThrownBy(() -> VarInt.put(buffer, 0, VarInt.MAX + 1));
    assertThatIllegalArgumentException().isThrownBy(() -> VarInt.put(buffer, 0, 64, 1));
    assertThatIllegalArgumentException().isThrownBy(() -> VarInt.put(buffer, 0, 1, 3));
    assertThat(buffer.toArray(Wire.BYTE)).containsOnly(0);
  }
}
