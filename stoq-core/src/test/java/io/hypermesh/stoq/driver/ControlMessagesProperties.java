package io.hypermesh.stoq.driver;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

class ControlMessagesProperties {
  private final ControlMessages messages = new ControlMessages();

  /** What is outside of the segment can't be read: that would throw. */
  private static MemorySegment segment(byte[] bytes) {
    MemorySegment segment = Arena.ofAuto().allocate(bytes.length, Long.BYTES);
    segment.copyFrom(MemorySegment.ofArray(bytes));
    return segment;
  }

  private static int append(MemorySegment control, int at, int level, int type, int value) {
    control.set(ValueLayout.JAVA_LONG, at, 20);
    control.set(ValueLayout.JAVA_INT, at + 8, level);
    control.set(ValueLayout.JAVA_INT, at + 12, type);
    control.set(ValueLayout.JAVA_INT, at + 16, value);
    return at + 24;
  }

  @Property
  void shouldStayInsideWhateverTheBytes(
      @ForAll @Size(max = 160) byte[] bytes, @ForAll @LongRange(min = -9, max = 400) long length) {
    messages.read(segment(bytes), length);
    assertThat(messages.ecn()).isBetween(0, 3);
    assertThat(messages.segmentBytes()).isNotNegative();
  }

  @Property
  void shouldStayInsideWhateverTheLengthOfAMessage(
      @ForAll long messageBytes,
      @ForAll @IntRange(max = 48) int small,
      @ForAll boolean isSmall,
      @ForAll @IntRange(max = 128) int length) {
    MemorySegment control = segment(new byte[128]);
    int at = append(control, 0, 41, 67, 3);
    append(control, at, 17, 104, 1_200);
    control.set(ValueLayout.JAVA_LONG, at, isSmall ? small : messageBytes);
    messages.read(control, length);
    assertThat(messages.ecn()).isEqualTo(length < 20 ? 0 : 3);
    assertThat(messages.segmentBytes()).isIn(0, 1_200);
  }

  @Property
  void shouldFindTheMarkAndTheSegmentsAmongOthers(
      @ForAll @IntRange(max = 255) int trafficClass,
      @ForAll @IntRange(min = 1, max = 65_527) int segmentBytes,
      @ForAll int otherLevel,
      @ForAll @IntRange(min = 1_000) int otherType) {
    MemorySegment control = segment(new byte[ControlMessages.RECEIVE_BYTES]);
    int at = append(control, 0, otherLevel, otherType, -1);
    at = append(control, at, 17, 104, segmentBytes);
    at = append(control, at, 41, otherType, -1);
    at = append(control, at, 41, 67, trafficClass);
    messages.read(control, at);
    assertThat(messages.ecn()).isEqualTo(trafficClass & 3);
    assertThat(messages.segmentBytes()).isEqualTo(segmentBytes);
  }
}
