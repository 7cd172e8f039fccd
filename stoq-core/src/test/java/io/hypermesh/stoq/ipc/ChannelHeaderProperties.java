package io.hypermesh.stoq.ipc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.stoq.ring.RingLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class ChannelHeaderProperties {
  private static final int RING_BYTES = 1_024;
  private static final StoqIpcSettings SETTINGS =
      StoqIpcSettings.builder().ringBytes(RING_BYTES).messageLengthMax(300).build();

  private static MemorySegment memory(long bytes) {
    return MemorySegment.ofArray(new long[(int) bytes / Long.BYTES]);
  }

  private static MemorySegment offered() {
    MemorySegment memory = memory(ChannelHeader.memoryBytes(RING_BYTES));
    ChannelHeader.offer(memory, SETTINGS, 12);
    return memory;
  }

  @Test
  void shouldReadWhatWasOfferedAndAnswered() throws Exception {
    MemorySegment memory = offered();
    assertThat(ChannelHeader.isOffered(memory)).isTrue();
    ChannelHeader offer = ChannelHeader.readOffer(memory);
    assertThat(offer).isEqualTo(new ChannelHeader(300, RING_BYTES, 12));
    StoqIpcSettings listeners =
        StoqIpcSettings.builder().ringBytes(RING_BYTES).messageLengthMax(200).build();
    assertThat(ChannelHeader.agree(memory, offer, listeners, 13))
        .isEqualTo(new ChannelHeader(200, RING_BYTES, 12));
    assertThat(ChannelHeader.readAnswer(memory, SETTINGS))
        .isEqualTo(new ChannelHeader(200, RING_BYTES, 13));
  }

  @Test
  void shouldTellOfferAndAnswerApart() {
    MemorySegment memory = offered();
    assertThat(ChannelHeader.answer(memory)).isEqualTo(ChannelHeader.UNANSWERED);
    ChannelHeader.answer(memory, ChannelHeader.ACCEPTED);
    ChannelHeader.withdraw(memory);
    assertThat(ChannelHeader.isOffered(memory)).isFalse();
    assertThat(ChannelHeader.answer(memory)).isEqualTo(ChannelHeader.ACCEPTED);
  }

  @Test
  void shouldPlaceTheRingsSideBySide() {
    MemorySegment memory = offered();
    MemorySegment first = ChannelHeader.ring(memory, RING_BYTES, true);
    MemorySegment second = ChannelHeader.ring(memory, RING_BYTES, false);
    assertThat(first.asOverlappingSlice(second)).isEmpty();
    assertThat(ChannelHeader.LENGTH + first.byteSize() + second.byteSize())
        .isEqualTo(memory.byteSize());
  }

  /** Whatever is in the file: a header whose rings are in the memory, or the typed exception. */
  @Property(tries = 2_000)
  void shouldReadAHeaderThatFitsTheMemoryOrRefuse(@ForAll long seed) {
    Random random = new Random(seed);
    MemorySegment memory = offered();
    for (int i = random.nextInt(4); i >= 0; i--) {
      long offset = random.nextInt(6) * (long) Long.BYTES;
      switch (random.nextInt(3)) {
        case 0 -> memory.set(ValueLayout.JAVA_LONG, offset, random.nextLong());
        case 1 -> memory.set(ValueLayout.JAVA_INT, offset, random.nextInt(5_000));
        default -> memory.set(ValueLayout.JAVA_LONG, offset, 1L << random.nextInt(64));
      }
    }
    try {
      ChannelHeader header = ChannelHeader.readOffer(memory);
      assertThat(header.ringBytes()).isEqualTo(RING_BYTES);
      assertThat(header.messageLengthMax())
          .isBetween(1, RingLayout.messageLengthMax(header.ringBytes()));
    } catch (StoqIpcException e) {
      assertThat(e.reason()).isEqualTo(StoqIpcException.Reason.REFUSED);
      assertThat(e).hasMessageContaining("can't be: ");
    }
    try {
      assertThat(ChannelHeader.readAnswer(memory, SETTINGS).messageLengthMax())
          .isBetween(1, SETTINGS.messageLengthMax());
    } catch (StoqIpcException e) {
      assertThat(e).hasMessageContaining("the agreed length");
    }
  }

  @Property(tries = 300)
  void shouldRefuseFilesOfAnyOtherLength(@ForAll long seed) {
    Random random = new Random(seed);
    MemorySegment offered = offered();
    long bytes = random.nextInt(16_384) & -Long.BYTES;
    if (bytes == offered.byteSize()) {
      return;
    }
    MemorySegment memory = memory(bytes);
    memory.copyFrom(offered.asSlice(0, Math.min(bytes, offered.byteSize())));
    assertThatThrownBy(() -> ChannelHeader.readOffer(memory)).isInstanceOf(StoqIpcException.class);
  }

  @Test
  void shouldRefuseSettingsThatDoNotFitTogether() {
    assertThatThrownBy(() -> StoqIpcSettings.builder().ringBytes(3_000).build())
        .hasMessageContaining("no power of two");
    assertThatThrownBy(() -> StoqIpcSettings.builder().ringBytesMax(5).build())
        .hasMessageContaining("ringBytesMax");
    assertThatThrownBy(
            () -> StoqIpcSettings.builder().ringBytes(4_096).messageLengthMax(2_041).build())
        .hasMessageContaining("out of 1 to 2040: 2041");
    assertThatThrownBy(
            () -> StoqIpcSettings.builder().peerCheckInterval(java.time.Duration.ZERO).build())
        .hasMessageContaining("peerCheckInterval");
    assertThat(StoqIpcSettings.defaults().messageLengthMax()).isEqualTo(256 << 10);
  }
}
