package io.hypermesh.byzantine.simulation;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/** Delays, loses, doubles and so reorders messages, and keeps groups apart. */
final class SimulatedNetwork {
  private final RandomGenerator random;
  private final Timeline timeline;
  private NetworkConditions conditions;
  private int[] groups;
  private long messages;
  private long bytes;

  SimulatedNetwork(
      int members, NetworkConditions conditions, RandomGenerator random, Timeline timeline) {
    this.random = random;
    this.timeline = timeline;
    this.conditions = conditions;
    this.groups = new int[members];
  }

  void conditions(NetworkConditions changed) {
    conditions = changed;
  }

  void partition(int[] groupOf) {
    if (groupOf.length != groups.length) {
      throw new IllegalArgumentException(
          "couldn't part the network because each member has a group: " + groupOf.length);
    }
    groups = groupOf.clone();
  }

  void heal() {
    Arrays.fill(groups, 0);
  }

  /** From one member to another. */
  void transmit(int from, int to, int length, long extraDelayNanos, Runnable arrival) {
    messages++;
    bytes += length;
    if (groups[from] == groups[to]) {
      deliver(extraDelayNanos, arrival);
    }
  }

  /** To or from somebody whom no partition concerns. */
  void deliver(long extraDelayNanos, Runnable arrival) {
    int copies = random.nextDouble() < conditions.duplication() ? 2 : 1;
    for (int i = 0; i < copies; i++) {
      if (random.nextDouble() >= conditions.loss()) {
        long min = conditions.delayMin().toNanos();
        long max = conditions.delayMax().toNanos();
        long delayNanos = extraDelayNanos + min + random.nextLong(max - min + 1);
        timeline.schedule(timeline.nowNanos() + delayNanos, arrival);
      }
    }
  }

  long messages() {
    return messages;
  }

  long bytes() {
    return bytes;
  }
}
