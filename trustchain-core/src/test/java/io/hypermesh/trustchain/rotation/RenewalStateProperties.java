package io.hypermesh.trustchain.rotation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.trustchain.rotation.RenewalState.Phase;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class RenewalStateProperties {
  private static final Instant START = Instant.parse("2026-11-24T06:00:00Z");
  private static final Duration LIFE = Duration.ofHours(24);
  private static final RenewalSchedule SCHEDULE = RenewalSchedule.DEFAULT;

  private static RenewalState state(long seed) {
    return new RenewalState(SCHEDULE, new Random(seed), START, START.plus(LIFE));
  }

  private static RenewalState in(Phase phase) {
    RenewalState state = state(1);
    if (phase != Phase.WAITING) {
      assertThat(state.handleTime(state.nextDeadline())).isTrue();
    }
    if (phase == Phase.BACKING_OFF) {
      state.handleFailed(START.plus(LIFE));
    }
    assertThat(state.phase()).isEqualTo(phase);
    return state;
  }

  @Property
  void shouldRenewWithinTheWindow(@ForAll @DoubleRange(min = 0, max = 1) double jitter) {
    Instant point = SCHEDULE.renewalPoint(START, START.plus(LIFE), jitter);
    assertThat(point).isBetween(START.plus(Duration.ofHours(12)), START.plus(Duration.ofHours(16)));
  }

  @Property
  void shouldWaitLongerAfterEachFailureUpToTheLimit(
      @ForAll @IntRange(min = 1, max = 1_000_000) int failures,
      @ForAll @DoubleRange(min = 0, max = 1) double jitter) {
    Duration wait = SCHEDULE.retryDelay(failures, jitter);
    assertThat(wait).isBetween(SCHEDULE.retryMin().dividedBy(2), SCHEDULE.retryMax());
    if (failures > 9) {
      assertThat(wait).isGreaterThanOrEqualTo(SCHEDULE.retryMax().dividedBy(2));
    }
  }

  @Test
  void shouldFollowTheTransitionTable() {
    // phase, event → phase, whether a renewal starts
    RenewalState waiting = in(Phase.WAITING);
    assertThat(waiting.handleTime(waiting.nextDeadline().minusMillis(1))).isFalse();
    assertThat(waiting.phase()).isEqualTo(Phase.WAITING);
    waiting.handleFailed(START);
    assertThat(waiting.phase()).isEqualTo(Phase.WAITING);
    waiting.handleRenewed(START, START.plus(LIFE));
    assertThat(waiting.phase()).isEqualTo(Phase.WAITING);
    assertThat(waiting.handleTime(waiting.nextDeadline())).isTrue();
    assertThat(waiting.phase()).isEqualTo(Phase.RENEWING);

    RenewalState renewing = in(Phase.RENEWING);
    assertThat(renewing.handleTime(renewing.nextDeadline().minusMillis(1))).isFalse();
    assertThat(renewing.phase()).isEqualTo(Phase.RENEWING);
    assertThat(renewing.handleTime(renewing.nextDeadline())).as("timed out").isFalse();
    assertThat(renewing.phase()).isEqualTo(Phase.BACKING_OFF);
    assertThat(renewing.failures()).isEqualTo(1);

    RenewalState renewed = in(Phase.RENEWING);
    renewed.handleRenewed(START.plus(LIFE), START.plus(LIFE).plus(LIFE));
    assertThat(renewed.phase()).isEqualTo(Phase.WAITING);
    assertThat(renewed.nextDeadline()).isAfter(START.plus(LIFE));

    RenewalState backingOff = in(Phase.BACKING_OFF);
    Instant due = backingOff.nextDeadline();
    backingOff.handleFailed(due);
    assertThat(backingOff.nextDeadline()).as("one failure, one wait").isEqualTo(due);
    assertThat(backingOff.handleTime(due)).isTrue();
    assertThat(backingOff.phase()).isEqualTo(Phase.RENEWING);

    RenewalState late = in(Phase.BACKING_OFF);
    late.handleRenewed(START.plus(LIFE), START.plus(LIFE).plus(LIFE));
    assertThat(late.phase()).isEqualTo(Phase.WAITING);
    assertThat(late.failures()).isZero();
  }

  @Property(tries = 200)
  void shouldNeverLetACertificateExpireWhileRenewalsSucceedNowAndThen(@ForAll long seed) {
    Random random = new Random(seed);
    Instant now = START;
    Instant end = START.plus(LIFE);
    RenewalState state = state(seed);
    int renewals = 0;
    for (int step = 0; step < 500; step++) {
      now = state.nextDeadline();
      assertThat(now).as("valid at every step").isBefore(end);
      if (state.handleTime(now)) {
        if (random.nextInt(4) == 0) {
          end = now.plus(LIFE);
          state.handleRenewed(now, end);
          renewals++;
        } else if (random.nextBoolean()) {
          state.handleFailed(now);
        }
      }
    }
    assertThat(renewals).isPositive();
  }

  @Test
  void shouldRefuseAScheduleThatMakesNoSense() {
    Duration second = Duration.ofSeconds(1);
    assertThatThrownBy(() -> new RenewalSchedule(0.7, 0.5, second, second, second))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new RenewalSchedule(0.5, 1.5, second, second, second))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new RenewalSchedule(Double.NaN, 1, second, second, second))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new RenewalSchedule(0.5, 0.6, second, Duration.ZERO, second))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
