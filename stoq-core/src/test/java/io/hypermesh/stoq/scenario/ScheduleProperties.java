package io.hypermesh.stoq.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.simulation.Bottleneck;
import io.hypermesh.stoq.simulation.LinkConditions;
import io.hypermesh.stoq.simulation.LinkSchedule;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

/**
 * The same as {@link ScheduleTest} where a failure can be made smaller: fewer streams, fewer bytes,
 * a better link.
 */
class ScheduleProperties {
  private static final double CORRUPTION_SHARE = 0.2;

  @Property(tries = 250)
  void shouldTransferOverAnyLink(
      @ForAll @LongRange(max = 200) long delayMillis,
      @ForAll @DoubleRange(max = 0.2) double trouble,
      @ForAll @IntRange(min = 20, max = 10_000) int kilobytesPerSecond,
      @ForAll @IntRange(min = 2, max = 100) int queuePackets,
      @ForAll @Size(max = 8) List<@IntRange(max = 40_000) Integer> streamBytes) {
    Schedule schedule = Schedule.plain(delayMillis);
    LinkConditions conditions =
        LinkConditions.PERFECT
            .withDelay(delayMillis * Schedule.MILLI, 0)
            .withLoss(trouble, 1)
            .withDuplication(trouble)
            .withReordering(trouble)
            .withCorruption(trouble * CORRUPTION_SHARE)
            .withBottleneck(
                new Bottleneck(kilobytesPerSecond * 1_000L, queuePackets * 1_500L, Long.MAX_VALUE));
    schedule.network.toServer = LinkSchedule.always(conditions);
    schedule.network.toClient = schedule.network.toServer;
    schedule.network.healed = conditions.withLoss(0, 1);
    schedule.network.mild = trouble < 0.05;
    for (int i = 0; i < streamBytes.size(); i++) {
      schedule.actions.add(
          new Schedule.Action(
              0,
              0,
              i % 3 == 2,
              i % 2 == 0 ? Schedule.What.OPEN_BIDIRECTIONAL : Schedule.What.OPEN_UNIDIRECTIONAL,
              FlowPlan.ofBytes(streamBytes.get(i)),
              0));
    }
    ScheduleRun.Outcome outcome = new ScheduleRun(schedule).run();
    assertThat(outcome.established() == 1 || !schedule.isMild()).isTrue();
  }
}
