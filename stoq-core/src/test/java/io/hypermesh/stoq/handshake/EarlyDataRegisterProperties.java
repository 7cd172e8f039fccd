package io.hypermesh.stoq.handshake;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Whatever is replayed, and however the wall clock jumps, no ClientHello is taken twice. */
class EarlyDataRegisterProperties {
  private static final Duration WINDOW = Duration.ofSeconds(10);
  private static final long START = 1_000_000_000L;

  private record Hello(long id, long expectedMillis) {}

  @Property(tries = 300)
  void shouldTakeNoClientHelloTwice(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 50) int max) {
    Random random = new Random(seed);
    EarlyDataRegister register = new EarlyDataRegister(1, max, WINDOW);
    Set<Hello> taken = new HashSet<>();
    Hello[] hellos = new Hello[20];
    long now = START;
    for (int i = 0; i < 500; i++) {
      now += random.nextInt(10) == 0 ? random.nextInt(120_000) - 60_000 : random.nextInt(3_000);
      int index = random.nextInt(hellos.length);
      if (hellos[index] == null || random.nextInt(8) == 0) {
        hellos[index] = new Hello(random.nextLong() | 1, now + random.nextInt(24_000) - 12_000);
      }
      Hello hello = hellos[index];
      if (register.take(hello.id(), hello.expectedMillis(), now)) {
        assertThat(taken.add(hello)).as("taken twice").isTrue();
        assertThat(Math.abs(now - hello.expectedMillis())).isLessThanOrEqualTo(10_000);
      }
      assertThat(register.size()).isLessThanOrEqualTo(2 * max);
    }
    assertThat(taken).isNotEmpty();
  }

  @Test
  void shouldTakeNothingThatItMayHaveForgotten() {
    EarlyDataRegister register = new EarlyDataRegister(1, 10, WINDOW);
    assertThat(register.take(1, START, START)).isTrue();
    assertThat(register.take(2, START + 60_000, START + 60_000)).isTrue();
    assertThat(register.take(3, START + 120_000, START + 120_000)).isTrue();
    // The wall clock is set back; the first is forgotten, and all the same not taken.
    assertThat(register.take(1, START, START)).isFalse();
    assertThat(register.take(4, START, START)).isFalse();
  }

  @Test
  void shouldRefuseAllWhenFullUntilTheNextBucket() {
    EarlyDataRegister register = new EarlyDataRegister(1, 2, WINDOW);
    assertThat(register.take(1, START, START)).isTrue();
    assertThat(register.take(2, START, START)).isTrue();
    assertThat(register.take(3, START, START)).isFalse();
    assertThat(register.take(4, START + 20_000, START + 20_000)).isTrue();
  }
}
