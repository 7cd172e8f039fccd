package io.hypermesh.adapter;

import java.time.Instant;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How much of an allocation was used in a stretch of time, as the kernel counted it.
 *
 * @param from when counting began
 * @param to when it was read
 * @param counters what was counted, the unit in each name: {@code cpuNanos}, {@code bytesSent}
 */
public record Usage(Instant from, Instant to, SortedMap<String, Long> counters) {
  /** Copies. */
  public Usage {
    counters = Collections.unmodifiableSortedMap(new TreeMap<>(counters));
  }
}
