package io.hypermesh.byzantine.simulation;

import java.time.Duration;

/**
 * What the simulated network does to each message by itself. As delays differ from message to
 * message, messages overtake each other.
 *
 * @param delayMin the shortest delay
 * @param delayMax the longest delay
 * @param loss the probability that a message is lost, from 0 to 1
 * @param duplication the probability that a message comes twice, from 0 to 1
 */
public record NetworkConditions(
    Duration delayMin, Duration delayMax, double loss, double duplication) {
  /** Refuses what makes no sense. */
  public NetworkConditions {
    if (delayMin.isNegative()
        || delayMax.compareTo(delayMin) < 0
        || !(loss >= 0 && loss <= 1)
        || !(duplication >= 0 && duplication <= 1)) {
      throw new IllegalArgumentException(
          "couldn't set the network's conditions because of their ranges: "
              + delayMin
              + ", "
              + delayMax
              + ", "
              + loss
              + ", "
              + duplication);
    }
  }

  /** From 1 to 5 ms, nothing lost. */
  public static NetworkConditions calm() {
    return new NetworkConditions(Duration.ofMillis(1), Duration.ofMillis(5), 0, 0);
  }

  /** From 1 to 40 ms, 10% lost, 5% twice. */
  public static NetworkConditions rough() {
    return new NetworkConditions(Duration.ofMillis(1), Duration.ofMillis(40), 0.10, 0.05);
  }
}
