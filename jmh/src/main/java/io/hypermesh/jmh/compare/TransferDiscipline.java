package io.hypermesh.jmh.compare;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The client sends as fast as it can, and the server reads: goodput is what the server's host has
 * got, between two samples in the midst of it.
 */
final class TransferDiscipline implements Contest.Discipline {
  static final String GOODPUT = "Gbit/s";
  static final String CPU = "CPU s/GB, both";
  static final String ALLOCATED = "Java bytes allocated a packet, both";

  private static final double BITS_PER_BYTE = 8;

  /** What a contestant may take to come to its full speed. */
  private static final Duration SETTLE = Duration.ofSeconds(1);

  /**
   * What a sender is told: to go, or to stop.
   *
   * @throws IllegalArgumentException where it is anything else
   */
  static boolean isGo(String verb) {
    return switch (verb) {
      case "go" -> true;
      case "stop" -> false;
      default -> throw new IllegalArgumentException("couldn't do what a sender can't: " + verb);
    };
  }

  @Override
  public void warmUp(Contest.Pair pair, Duration time)
      throws ContestantException, InterruptedException {
    Contest.ask(pair.client(), "go");
    Contest.wait(time);
    Contest.ask(pair.client(), "stop");
  }

  @Override
  public Map<String, Double> measure(Contest.Pair pair, Duration time)
      throws ContestantException, InterruptedException {
    Contest.ask(pair.client(), "go");
    Contest.wait(SETTLE.compareTo(time) < 0 ? SETTLE : time);
    Parameters clientBefore = Contest.ask(pair.client(), "sample");
    Parameters before = Contest.ask(pair.server(), "sample");
    Contest.wait(time);
    Parameters clientAfter = Contest.ask(pair.client(), "sample");
    Parameters after = Contest.ask(pair.server(), "sample");
    Contest.ask(pair.client(), "stop");
    double bytes = difference(before, after, "bytes");
    if (bytes <= 0) {
      throw new ContestantException("nothing arrived at " + pair.contestant().title());
    }
    double cpu = difference(before, after, "cpu") + difference(clientBefore, clientAfter, "cpu");
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put(GOODPUT, bytes * BITS_PER_BYTE / difference(before, after, "nanos"));
    figures.put(CPU, cpu / bytes);
    double packets = difference(before, after, "packets");
    if (packets > 0) {
      double allocated =
          difference(before, after, "allocated")
              + difference(clientBefore, clientAfter, "allocated");
      figures.put(ALLOCATED, allocated / packets);
    }
    return figures;
  }

  /** Nanoseconds a byte are seconds a gigabyte, and bytes a nanosecond gigabytes a second. */
  private static double difference(Parameters before, Parameters after, String name) {
    return (double) (after.big(name) - before.big(name));
  }
}
