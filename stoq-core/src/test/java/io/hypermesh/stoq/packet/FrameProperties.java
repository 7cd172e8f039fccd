package io.hypermesh.stoq.packet;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.packet.SampleFrames.RangeList;
import io.hypermesh.stoq.packet.SampleFrames.Sample;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class FrameProperties {
  @Provide
  Arbitrary<List<Sample>> packets() {
    return SampleFrames.all().list().ofMinSize(1).ofMaxSize(6);
  }

  @Provide
  Arbitrary<RangeList> ranges() {
    return SampleFrames.ranges();
  }

  @Property(tries = 3000, edgeCases = EdgeCasesMode.NONE)
  void shouldReadBackAnySequenceOfFrames(
      @ForAll("packets") List<Sample> packet, @ForAll @IntRange(max = 9) int padding)
      throws TransportException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(16_384);
      long at = 5;
      for (Sample sample : packet) {
        int length = sample.writer().put(buffer, at);
        if (sample.size() >= 0) {
          assertThat(length).as(sample.expected()).isEqualTo(sample.size());
        }
        at += length;
        at += FrameEncoder.putPadding(buffer, at, padding);
      }
      FrameRecorder recorder = new FrameRecorder();
      FrameDecoder decoder = new FrameDecoder();
      decoder.decode(buffer, 5, at - 5, EncryptionLevel.ONE_RTT, recorder);
      assertThat(recorder.frames).isEqualTo(packet.stream().map(Sample::expected).toList());
      assertThat(recorder.paddings).isEqualTo((long) padding * packet.size());
    }
  }

  @Property(tries = 2000)
  void shouldThrowOnlyTransportErrorsForRandomBytes(
      @ForAll @Size(max = 100) byte[] bytes, @ForAll EncryptionLevel level) {
    decodeAnything(MemorySegment.ofArray(bytes), bytes.length, level);
  }

  @Property(tries = 5000, edgeCases = EdgeCasesMode.NONE)
  void shouldThrowOnlyTransportErrorsForMutatedFrames(
      @ForAll("packets") List<Sample> packet,
      @ForAll @IntRange(max = 60) int place,
      @ForAll byte value,
      @ForAll @IntRange(max = 40) int cut,
      @ForAll EncryptionLevel level) {
    MemorySegment buffer = MemorySegment.ofArray(new byte[16_384]);
    long length = 0;
    for (Sample sample : packet) {
      length += sample.writer().put(buffer, length);
    }
    buffer.set(Wire.BYTE, place % length, value);
    decodeAnything(buffer, Math.max(1, length - cut), level);
  }

  private static void decodeAnything(MemorySegment buffer, long length, EncryptionLevel level) {
    FrameRecorder recorder = new FrameRecorder();
    try {
      new FrameDecoder().decode(buffer, 0, length, level, recorder);
    } catch (TransportException e) {
      assertThat(e.errorCode())
          .isIn(TransportErrorCode.FRAME_ENCODING_ERROR, TransportErrorCode.PROTOCOL_VIOLATION);
      assertThat(e.getMessage()).isNotBlank();
    }
    assertThat(recorder.frames.size() + recorder.paddings).isLessThanOrEqualTo(length);
  }

  @Property
  void shouldFillAnAckWithTheHighestRangesThatFit(
      @ForAll("ranges") RangeList ranges, @ForAll @IntRange(max = 300) int capacity)
      throws TransportException {
    MemorySegment buffer = MemorySegment.ofArray(new byte[2048]);
    int length = FrameEncoder.putAck(buffer, 0, capacity, ranges, 900);
    assertThat(length).isLessThanOrEqualTo(capacity);
    if (length == 0) {
      assertThat(capacity).isLessThan(12);
      return;
    }
    AckFrame frame = new AckFrame();
    assertThat(frame.wrap(buffer, 0, length)).isEqualTo(length);
    int count = (int) frame.rangeCount();
    StringBuilder read = new StringBuilder();
    while (frame.nextRange()) {
      read.append(frame.rangeSmallest()).append('-').append(frame.rangeLargest()).append(',');
    }
    assertThat(read).hasToString(ranges.describe(count));
    if (count < ranges.rangeCount()) {
      // One range takes at most 4 bytes here, and the count may grow by one.
      assertThat(capacity - length).isLessThanOrEqualTo(5);
    }
  }
}
