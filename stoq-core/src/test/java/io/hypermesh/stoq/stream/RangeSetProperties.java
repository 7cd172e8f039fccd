package io.hypermesh.stoq.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Against a bit set as the model. */
class RangeSetProperties {
  @Property(tries = 300)
  void shouldHoldWhatWasAddedAndNotRemoved(@ForAll long seed) {
    Random random = new Random(seed);
    RangeSet set = new RangeSet(Integer.MAX_VALUE);
    BitSet model = new BitSet();
    for (int step = 0; step < 100; step++) {
      int start = random.nextInt(200);
      int end = start + random.nextInt(30);
      if (random.nextInt(3) > 0) {
        assertThat(set.add(start, end)).isTrue();
        model.set(start, end);
      } else {
        set.remove(start, end);
        model.clear(start, end);
      }
      assertThat(toBits(set)).isEqualTo(model);
      int from = random.nextInt(200);
      int to = from + 1 + random.nextInt(10);
      assertThat(set.contains(from, to)).isEqualTo(model.nextClearBit(from) >= to);
    }
  }

  @Property(tries = 200)
  void shouldRefuseARangeTooMany(@ForAll long seed) {
    Random random = new Random(seed);
    RangeSet set = new RangeSet(8);
    BitSet model = new BitSet();
    for (int step = 0; step < 200; step++) {
      int start = random.nextInt(400);
      int end = start + 1 + random.nextInt(3);
      BitSet next = (BitSet) model.clone();
      next.set(start, end);
      boolean added = set.add(start, end);
      assertThat(added).isEqualTo(rangesOf(next) <= 8);
      if (added) {
        model = next;
      }
      assertThat(toBits(set)).isEqualTo(model);
    }
  }

  private static BitSet toBits(RangeSet set) {
    BitSet bits = new BitSet();
    for (int i = 0; i < set.size(); i++) {
      assertThat(set.start(i)).isLessThan(set.end(i));
      assertThat(i == 0 || set.start(i) > set.end(i - 1)).as("disjoint, apart: " + set).isTrue();
      bits.set((int) set.start(i), (int) set.end(i));
    }
    return bits;
  }

  private static int rangesOf(BitSet bits) {
    int ranges = 0;
    for (int at = bits.nextSetBit(0); at >= 0; at = bits.nextSetBit(bits.nextClearBit(at))) {
      ranges++;
    }
    return ranges;
  }
}
