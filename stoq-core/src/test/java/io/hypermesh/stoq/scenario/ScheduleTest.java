package io.hypermesh.stoq.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Schedules of many seeds; {@code scripts/simulate} runs more of them, or one again. */
class ScheduleTest {
  private static final long FIRST_SEED = 1;
  private static final long SEEDS = 5_000;
  private static final long NANOS_MAX = 600 * Schedule.SECOND;

  @Test
  void shouldKeepEveryPromiseWhateverHappens() throws InterruptedException {
    ScheduleSoak soak = new ScheduleSoak(FIRST_SEED, SEEDS, NANOS_MAX);
    soak.run(Runtime.getRuntime().availableProcessors());

    assertThat(soak.failures())
        .as("failures; repeat one by scripts/simulate --seed SEED")
        .isEmpty();
    assertThat(soak.done()).as("within the time allowed").isEqualTo(SEEDS);
    // Else the schedules would be too hard to say anything.
    assertThat(soak.establishedShare()).isGreaterThan(0.85);
    assertThat(soak.survivedShare()).isGreaterThan(0.6);
    assertThat(soak.coverage().tooFew(SEEDS)).as("features that are hardly exercised").isEmpty();
  }

  @Test
  void shouldGiveTheSameRunForTheSameSeed() {
    for (long seed = 1; seed < 20; seed++) {
      assertThat(new ScheduleRun(Schedule.of(seed)).run())
          .isEqualTo(new ScheduleRun(Schedule.of(seed)).run());
      assertThat(Schedule.of(seed)).hasToString(Schedule.of(seed).toString());
    }
  }
}
