package io.hypermesh.stoq.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** RFC 9000, 21.4. */
class PacketNumberGapsTest {
  private static List<Long> gaps(long seed, long packets) {
    PacketNumberGaps gaps = new PacketNumberGaps(new Random(seed));
    List<Long> skipped = new ArrayList<>();
    for (long number = 0; number < packets; number++) {
      if (gaps.isDue(number)) {
        number++;
        skipped.add(number);
      }
    }
    return skipped;
  }

  @Test
  void shouldLeaveOutANumberEarlyAndThenRarely() {
    List<Long> skipped = gaps(1, 1_000_000);
    assertThat(skipped.getFirst())
        .isBetween((long) PacketNumberGaps.DISTANCE_MIN, 2L * PacketNumberGaps.DISTANCE_MIN);
    assertThat(skipped).hasSizeBetween(30, 70);
    for (int i = 1; i < skipped.size(); i++) {
      assertThat(skipped.get(i) - skipped.get(i - 1))
          .isBetween((long) PacketNumberGaps.DISTANCE_MIN, 2L * PacketNumberGaps.DISTANCE_MAX);
    }
  }

  @Test
  void shouldNotBePredictable() {
    assertThat(gaps(1, 10_000)).isNotEqualTo(gaps(2, 10_000));
  }
}
