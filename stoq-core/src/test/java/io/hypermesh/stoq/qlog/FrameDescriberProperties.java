package io.hypermesh.stoq.qlog;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.json.JsonReader;
import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.packet.FrameEncoder;
import io.hypermesh.stoq.packet.SampleFrames;
import io.hypermesh.stoq.packet.SampleFrames.Sample;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class FrameDescriberProperties {
  private final JsonWriter json = new JsonWriter();
  private final FrameDescriber describer = new FrameDescriber(json);

  @Provide
  Arbitrary<List<Sample>> packets() {
    return SampleFrames.all().list().ofMinSize(1).ofMaxSize(6);
  }

  @Property(tries = 1000, edgeCases = EdgeCasesMode.NONE)
  void shouldDescribeAnyFramesAsTheSchemaSays(@ForAll("packets") List<Sample> packet) {
    MemorySegment buffer = MemorySegment.ofArray(new byte[16_384]);
    int length = 0;
    for (Sample sample : packet) {
      length += sample.writer().put(buffer, length);
    }
    List<?> frames = describe(buffer, length, EncryptionLevel.ONE_RTT);
    assertThat(frames).hasSize(packet.size());
    // The schema has no name for ACK_FREQUENCY and IMMEDIATE_ACK.
    assertThat(frames.stream().map(frame -> (Object) ((Map<?, ?>) frame).get("frame_type_bytes")))
        .isSubsetOf(null, 0xafL, 0x1fL);
  }

  @Property(tries = 2000, edgeCases = EdgeCasesMode.NONE)
  void shouldDescribeDamagedFramesUpToTheDamage(
      @ForAll("packets") List<Sample> packet,
      @ForAll @IntRange(max = 60) int place,
      @ForAll byte value,
      @ForAll @IntRange(max = 40) int cut,
      @ForAll EncryptionLevel level) {
    MemorySegment buffer = MemorySegment.ofArray(new byte[16_384]);
    int length = 0;
    for (Sample sample : packet) {
      length += sample.writer().put(buffer, length);
    }
    buffer.set(ValueLayout.JAVA_BYTE, place % length, value);
    describe(buffer, Math.max(1, length - cut), level);
  }

  @Property(tries = 2000)
  void shouldDescribeAnyBytes(
      @ForAll @Size(max = 100) byte[] bytes,
      @ForAll EncryptionLevel level,
      @ForAll @IntRange(max = 20) int exponent) {
    json.clear();
    json.beginObject();
    describer.describe(MemorySegment.ofArray(bytes), 0, bytes.length, level, exponent);
    json.endObject();
    QlogSchema.checkFrames(((Map<?, ?>) JsonReader.read(json.toString())).get("frames"));
  }

  private List<?> describe(MemorySegment buffer, int length, EncryptionLevel level) {
    json.clear();
    json.beginObject();
    describer.describe(buffer, 0, length, level, 3);
    json.endObject();
    String text = json.toString();
    // The longest description of a byte is that of a one-byte range of an ACK.
    assertThat(text.length()).isLessThan(300 + 120 * length);
    Object frames = ((Map<?, ?>) JsonReader.read(text)).get("frames");
    QlogSchema.checkFrames(frames);
    return (List<?>) frames;
  }

  @Example
  void shouldTellNoMoreRangesThanItsLimit() {
    MemorySegment buffer = MemorySegment.ofArray(new byte[8_000]);
    int count = FrameDescriber.ACK_RANGES_MAX + 100;
    buffer.set(ValueLayout.JAVA_BYTE, 0, (byte) 2);
    // Largest acknowledged, delay, count of further ranges, first range.
    buffer.set(ValueLayout.JAVA_BYTE, 1, (byte) (0x80 | 0x00));
    buffer.set(ValueLayout.JAVA_BYTE, 3, (byte) 0x20);
    buffer.set(ValueLayout.JAVA_BYTE, 6, (byte) (0x40 | count >> 8));
    buffer.set(ValueLayout.JAVA_BYTE, 7, (byte) count);
    List<?> frames = describe(buffer, 9 + 2 * count, EncryptionLevel.ONE_RTT);
    assertThat((List<?>) ((Map<?, ?>) frames.getFirst()).get("acked_ranges"))
        .hasSize(FrameDescriber.ACK_RANGES_MAX);
  }

  @Example
  void shouldLeaveOutWhatIsSecret() {
    MemorySegment buffer = MemorySegment.ofArray(new byte[200]);
    int length = FrameEncoder.putPathChallenge(buffer, 0, 0x0123456789abcdefL);
    length += FrameEncoder.putPathResponse(buffer, length, 0x0123456789abcdefL);
    describe(buffer, length, EncryptionLevel.ONE_RTT);
    assertThat(json.toString()).doesNotContain("0123456789abcdef");
  }
}
