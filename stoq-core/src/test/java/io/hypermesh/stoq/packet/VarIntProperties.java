package io.hypermesh.stoq.packet;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

class VarIntProperties {
  @Property
  boolean shouldReadBackWhatItWrote(
      @ForAll @LongRange(min = 0, max = VarInt.MAX) long value,
      @ForAll @IntRange(max = 7) int offset) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(16);
      int length = VarInt.put(buffer, offset, value);
      return length == VarInt.sizeOf(value)
          && length == VarInt.lengthOf(buffer.get(Wire.BYTE, offset))
          && VarInt.get(buffer, offset) == value;
    }
  }

  @Property
  void shouldWriteAnyValueInEveryLengthThatHoldsIt(
      @ForAll @LongRange(min = 0, max = VarInt.MAX) long value) {
    MemorySegment buffer = MemorySegment.ofArray(new byte[8]);
    for (int length = VarInt.sizeOf(value); length <= 8; length *= 2) {
      VarInt.put(buffer, 0, value, length);
      assertThat(VarInt.lengthOf(buffer.get(Wire.BYTE, 0))).isEqualTo(length);
      assertThat(VarInt.get(buffer, 0)).isEqualTo(value);
    }
  }
}
