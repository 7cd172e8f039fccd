package io.hypermesh.stoq.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Bytes stay where they are while the window that holds them grows and its chunks come and go. */
class WindowGrowthProperties {
  @Property(tries = 100)
  void shouldReadWhatCameWhileTheWindowGrows(@ForAll long seed) {
    Random random = new Random(seed);
    ChunkPool chunks = new ChunkPool(64, 1_000);
    long window = 100L + random.nextInt(300);
    ReceiveBuffer buffer = new ReceiveBuffer(chunks, window, 64);
    byte[] all = new byte[20_000];
    random.nextBytes(all);
    int read = 0;
    byte[] target = new byte[500];
    while (read < all.length) {
      long from = buffer.consumedEnd() + random.nextInt((int) window);
      int length = (int) Math.min(random.nextInt(200), buffer.consumedEnd() + window - from);
      length = (int) Math.max(0, Math.min(length, all.length - from));
      if (random.nextInt(3) == 0) {
        from = buffer.receivedEnd();
        length =
            (int) Math.min(all.length - from, Math.min(200, buffer.consumedEnd() + window - from));
      }
      buffer.insert(from, MemorySegment.ofArray(all), from, length);
      if (random.nextInt(4) == 0) {
        int count = buffer.read(MemorySegment.ofArray(target), 0, random.nextInt(500));
        for (int i = 0; i < count; i++) {
          assertThat(target[i]).isEqualTo(all[read]);
          read++;
        }
        buffer.releaseIdle();
      }
      if (random.nextInt(50) == 0 && window < 10_000) {
        window = window * 3 / 2;
        assertThat(buffer.growWindow(window)).isTrue();
      }
    }
    buffer.discard();
    assertThat(buffer.dropDiscarded()).isTrue();
    assertThat(chunks.acquired()).isZero();
  }
}
