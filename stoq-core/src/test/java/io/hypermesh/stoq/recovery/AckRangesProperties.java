package io.hypermesh.stoq.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

class AckRangesProperties {
  @Property
  void shouldHoldExactlyWhatWasAdded(
      @ForAll @Size(max = 150) List<@LongRange(min = 0, max = 120) Long> numbers) {
    AckRanges ranges = new AckRanges(200);
    TreeSet<Long> model = new TreeSet<>();
    for (long number : numbers) {
      assertThat(ranges.add(number)).isEqualTo(model.add(number));
    }
    TreeSet<Long> told = new TreeSet<>();
    for (int i = 0; i < ranges.rangeCount(); i++) {
      if (i > 0) {
        // Highest first, and never adjacent: those would be one range.
        assertThat(ranges.largest(i)).isLessThan(ranges.smallest(i - 1) - 1);
      }
      for (long number = ranges.smallest(i); number <= ranges.largest(i); number++) {
        told.add(number);
      }
    }
    assertThat(told).isEqualTo(model);
    assertThat(ranges.largest()).isEqualTo(model.isEmpty() ? -1 : model.last());
  }

  @Property
  void shouldNeverTakeANumberTwiceNorKeepTooManyRanges(
      @ForAll @Size(max = 300) List<@LongRange(min = 0, max = 100) Long> numbers,
      @ForAll @IntRange(min = 1, max = 10) int rangesMax,
      @ForAll @IntRange(min = 1, max = 50) int forgetEvery) {
    AckRanges ranges = new AckRanges(rangesMax);
    TreeSet<Long> taken = new TreeSet<>();
    int step = 0;
    for (long number : numbers) {
      boolean added = ranges.add(number);
      if (added) {
        assertThat(taken.add(number)).as("%d is taken once", number).isTrue();
      }
      assertThat(ranges.contains(number)).isTrue();
      assertThat(ranges.rangeCount()).isLessThanOrEqualTo(rangesMax);
      if (++step % forgetEvery == 0) {
        ranges.forgetBelow(number);
      }
    }
  }
}
