package io.hypermesh.jmh.compare;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a comparison is run.
 *
 * @param warmUp how long each contestant works before the first repetition
 * @param repetitions how often each is measured, in turns
 * @param time how long each repetition measures
 * @param connections how many idle connections
 * @param contestants whoever's titles or programs start with one of these; all where there is none
 * @param cores what may be used, a logical CPU of each physical core
 * @param directory for keys and whatever else processes share; deleted at the end
 * @param json where the figures go as JSON, or null
 */
record Settings(
    Duration warmUp,
    int repetitions,
    Duration time,
    int connections,
    List<String> contestants,
    List<Integer> cores,
    Path directory,
    @Nullable Path json) {

  boolean isWanted(Contestant contestant) {
    return contestants.isEmpty()
        || contestants.stream()
            .anyMatch(wanted ->
                contestant.title().startsWith(wanted) || contestant.program().startsWith(wanted));
  }

  /** What a server may run on: the first half of the cores that a row uses. */
  List<Integer> serverCores(int count) {
    return cores.size() < 2 * count ? cores : cores.subList(0, count);
  }

  /** What a client may run on: the second half. */
  List<Integer> clientCores(int count) {
    return cores.size() < 2 * count ? cores : cores.subList(count, 2 * count);
  }
}
