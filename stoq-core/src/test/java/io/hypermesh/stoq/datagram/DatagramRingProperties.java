package io.hypermesh.stoq.datagram;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Against a queue of arrays as the model. */
class DatagramRingProperties {
  private static final int BYTES_MAX = 32 << 10;

  @Property(tries = 200)
  void shouldGiveEveryRecordOnceInOrderWhateverItsLength(@ForAll long seed) {
    Random random = new Random(seed);
    DatagramRing ring = new DatagramRing(BYTES_MAX);
    ArrayDeque<byte[]> model = new ArrayDeque<>();
    int lengthMax = 1 + random.nextInt(BYTES_MAX / 2 - 4);
    for (int step = 0; step < 500; step++) {
      if (random.nextInt(5) < 3) {
        byte[] record = new byte[random.nextInt(lengthMax)];
        random.nextBytes(record);
        boolean copied = random.nextBoolean();
        MemorySegment source = MemorySegment.ofArray(record);
        MemorySegment space = copied ? null : ring.claim(record.length);
        if (copied && ring.offer(source, 0, record.length)) {
          model.add(record);
        } else if (space == null) {
          // Refused only where some of the memory is taken.
          assertThat(model).isNotEmpty();
        } else if (random.nextInt(10) == 0) {
          ring.abort();
        } else {
          assertThat(space.byteSize()).isEqualTo(record.length);
          space.copyFrom(source);
          ring.commit();
          model.add(record);
        }
      } else {
        assertThat(take(ring)).isEqualTo(model.poll());
      }
    }
    while (!model.isEmpty()) {
      assertThat(take(ring)).isEqualTo(model.poll());
    }
    assertThat(take(ring)).isNull();
  }

  private static byte[] take(DatagramRing ring) {
    if (!ring.next()) {
      return null;
    }
    byte[] record =
        ring.buffer().asSlice(ring.offset(), ring.length()).toArray(ValueLayout.JAVA_BYTE);
    ring.remove();
    return record;
  }
}
