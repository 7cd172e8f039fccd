package io.hypermesh.stoq.scenario;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;

/** Draws what a schedule is made of, the same for the same seed. */
final class Draw {
  private final SplittableRandom random;

  Draw(long seed) {
    random = new SplittableRandom(seed);
  }

  /** Yes, with this probability. */
  boolean chance(double rate) {
    return random.nextDouble() < rate;
  }

  /** From 0 to 1. */
  double share() {
    return random.nextDouble();
  }

  /** From 0 to below the bound. */
  int below(int bound) {
    return random.nextInt(bound);
  }

  /** From 0 to below the bound. */
  long below(long bound) {
    return random.nextLong(bound);
  }

  <T> T oneOf(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  /** From min to max, small numbers as likely as large ones. */
  long scaled(long min, long max) {
    double low = Math.log((double) min);
    return Math.round(Math.exp(low + random.nextDouble() * (Math.log((double) max) - low)));
  }

  <T> List<T> shuffled(List<T> values) {
    List<T> shuffled = new ArrayList<>(values);
    Collections.shuffle(shuffled, new Random(random.nextLong()));
    return List.copyOf(shuffled);
  }
}
