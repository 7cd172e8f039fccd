package io.hypermesh.byzantine.simulation;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/** Whole runs drawn from seeds; a failing one says its seed, which shows it again. */
class ScheduleProperties {
  @Property(tries = 160, shrinking = ShrinkingMode.OFF)
  void shouldKeepItsPromisesWithFourMembers(@ForAll long seed) {
    Schedule.of(seed, 4).run();
  }

  @Property(tries = 50, shrinking = ShrinkingMode.OFF)
  void shouldKeepItsPromisesWithSevenMembers(@ForAll long seed) {
    Schedule.of(seed, 7).run();
  }
}
