package io.hypermesh.jmh.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The machine's cores that this process may use, and processes pinned to them. */
final class Cores {
  private static final Path TASKSET = Path.of("/usr/bin/taskset");
  private static final String ALLOWED = "Cpus_allowed_list:";

  private Cores() {}

  /** One logical CPU of each physical core that this process may use, in ascending order. */
  static List<Integer> physical() {
    Set<String> seen = new LinkedHashSet<>();
    List<Integer> cores = new ArrayList<>();
    for (int cpu : allowed()) {
      if (seen.add(siblings(cpu))) {
        cores.add(cpu);
      }
    }
    return cores;
  }

  private static String siblings(int cpu) {
    Path file = Path.of("/sys/devices/system/cpu/cpu" + cpu + "/topology/thread_siblings_list");
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      // Nothing is known of this one: it counts as a core.
      return Integer.toString(cpu);
    }
  }

  private static List<Integer> allowed() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (line.startsWith(ALLOWED)) {
          return parse(line.substring(ALLOWED.length()).strip());
        }
      }
    } catch (IOException e) {
      // Not Linux: the processors that the JVM sees.
    }
    return IntStream.range(0, Runtime.getRuntime().availableProcessors()).boxed().toList();
  }

  /** Reads a list like {@code 0-3,8}. */
  static List<Integer> parse(String list) {
    List<Integer> cpus = new ArrayList<>();
    for (String part : list.split(",", -1)) {
      int dash = part.indexOf('-');
      int first = Integer.parseInt(dash < 0 ? part : part.substring(0, dash));
      int last = Integer.parseInt(part.substring(dash + 1));
      IntStream.rangeClosed(first, last).forEach(cpus::add);
    }
    return cpus;
  }

  /** Whether processes can be pinned here. */
  static boolean canPin() {
    return Files.isExecutable(TASKSET);
  }

  /** What a command starts with to run on these cores; nothing where that can't be had. */
  static List<String> pinned(List<Integer> cores) {
    if (cores.isEmpty() || !canPin()) {
      return List.of();
    }
    return List.of(
        TASKSET.toString(),
        "-c",
        cores.stream().map(String::valueOf).collect(Collectors.joining(",")));
  }
}
