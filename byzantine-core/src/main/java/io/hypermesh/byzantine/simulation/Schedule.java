package io.hypermesh.byzantine.simulation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * A whole run drawn from a seed: who misbehaves and how (at most f), a network that gets better and
 * worse, partitions, crashes of any number of replicas in the middle of what they do, and restarts.
 * After {@link #FAULTS_LAST} everything that can heal has healed, and the run has to finish.
 */
public final class Schedule {
  /** How long faults are injected. */
  public static final Duration FAULTS_LAST = Duration.ofSeconds(4);

  /** How much virtual time the cluster gets to finish after that. */
  public static final Duration PROGRESS_BOUND = Duration.ofMinutes(2);

  private final long seed;
  private final int members;
  private final List<String> description = new ArrayList<>();

  private Schedule(long seed, int members) {
    this.seed = seed;
    this.members = members;
  }

  /** The run of that seed. */
  public static Schedule of(long seed, int members) {
    return new Schedule(seed, members);
  }

  /**
   * Runs it to its end.
   *
   * @return the cluster after the run, to be asked
   * @throws InvariantViolation if a promise was broken; its message has the seed
   */
  public SimulatedCluster run() {
    return run(SimulatedCluster.builder(seed));
  }

  SimulatedCluster run(ClusterSetup setup) {
    RandomGenerator random = new SplittableRandom(seed ^ 0x5DEECE66DL);
    setup.members(members).clients(1 + random.nextInt(4), 10 + random.nextInt(30));
    // So that requests are made as long as faults happen.
    setup.thinkTimeMax(Duration.ofMillis(200));
    setup.network(random.nextBoolean() ? NetworkConditions.calm() : NetworkConditions.rough());
    misbehave(setup, random);
    SimulatedCluster cluster = setup.build();
    int faults = random.nextInt(6);
    for (int i = 0; i < faults; i++) {
      fault(cluster, random);
    }
    cluster.at(FAULTS_LAST, () -> healAll(cluster));
    try {
      cluster.runFor(FAULTS_LAST);
      cluster.runUntilDone(PROGRESS_BOUND);
    } catch (InvariantViolation e) {
      e.addSuppressed(new IllegalStateException(this + " had " + description));
      throw e;
    }
    return cluster;
  }

  private void misbehave(ClusterSetup setup, RandomGenerator random) {
    List<Map.Entry<String, Supplier<Behaviour>>> all =
        List.copyOf(new TreeMap<>(Behaviours.all()).entrySet());
    int count = random.nextInt((members - 1) / 3 + 1);
    for (int i = 0; i < count; i++) {
      Map.Entry<String, Supplier<Behaviour>> drawn = all.get(random.nextInt(all.size()));
      // Low indexes are the first primaries, where misbehaviour hurts most.
      int member = random.nextBoolean() ? i : random.nextInt(members);
      if (!setup.behaviours.containsKey(member)) {
        setup.behaviour(member, drawn.getValue().get());
        description.add(member + " does " + drawn.getKey());
      }
    }
  }

  private void fault(SimulatedCluster cluster, RandomGenerator random) {
    Duration start = Duration.ofMillis(random.nextLong(FAULTS_LAST.toMillis()));
    Duration end = start.plusMillis(50 + random.nextLong(1_500));
    switch (random.nextInt(4)) {
      case 0 -> {
        int[] groups = new int[members];
        for (int i = 0; i < members; i++) {
          groups[i] = random.nextInt(2);
        }
        note(start, end, "partition");
        cluster.at(start, () -> cluster.partition(groups));
        cluster.at(end, cluster::heal);
      }
      case 1 -> {
        note(start, end, "rough network");
        cluster.at(start, () -> cluster.network(NetworkConditions.rough()));
        cluster.at(end, () -> cluster.network(NetworkConditions.calm()));
      }
      case 2 -> {
        note(start, end, "all crash");
        for (int i = 0; i < members; i++) {
          crash(cluster, i, random.nextInt(8), start, end);
        }
      }
      default -> {
        int member = random.nextInt(members);
        note(start, end, member + " crashes");
        crash(cluster, member, random.nextInt(30), start, end);
      }
    }
  }

  private void note(Duration start, Duration end, String what) {
    description.add(what + " from " + start.toMillis() + " to " + end.toMillis() + " ms");
  }

  private static void crash(
      SimulatedCluster cluster, int member, int outputs, Duration start, Duration end) {
    cluster.at(start, () -> cluster.crashAfterOutputs(member, outputs));
    cluster.at(end, () -> cluster.restart(member));
  }

  private void healAll(SimulatedCluster cluster) {
    cluster.heal();
    cluster.network(NetworkConditions.calm());
    for (int i = 0; i < members; i++) {
      cluster.restart(i);
    }
  }

  @Override
  public String toString() {
    return "schedule " + seed + " of " + members;
  }
}
