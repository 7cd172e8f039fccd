package io.hypermesh.jmh.ipc;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Messages a second from one core to another, by STOQ's {@code ipc} and by Aeron's IPC, in turns:
 * each library has processes of its own, which are there all the time and use no core while it's
 * the other's turn. A message is copied once into the shared memory, by {@code offer} or into
 * claimed space; the receiver looks at its number in place, and misses none.
 *
 * <p>Arguments: {@code threads} for the two ends in one process or {@code processes} for two; then,
 * where wanted, rounds (11), milliseconds of each (1,000), the two cores (0 and 1), and the bytes
 * of STOQ's ring (1 MiB, its default). The first third of the rounds, for the compiler, isn't
 * counted.
 */
public final class IpcComparison {
  private static final List<String> LIBRARIES = List.of("stoq", "aeron");
  private static final int[] LENGTHS = {32, 1_024, 16_384};

  /**
   * Aeron needs the second and, for its buffers, the fourth; its documentation advises the third.
   */
  private static final List<String> FLAGS =
      List.of(
          "--enable-native-access=ALL-UNNAMED",
          "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
          "-Dagrona.disable.bounds.checks=true",
          "--sun-misc-unsafe-memory-access=allow",
          "-XX:+UseSerialGC",
          "-Xms256m",
          "-Xmx256m");

  private final boolean twoProcesses;
  private final int rounds;
  private final long millis;
  private final String sendingCore;
  private final String receivingCore;
  private final String ringBytes;
  private final Path directory;
  private final List<Process> started = new ArrayList<>();

  private IpcComparison(List<String> arguments, Path directory) {
    this.twoProcesses = argument(arguments, 0, "threads").equals("processes");
    this.rounds = Integer.parseInt(argument(arguments, 1, "11"));
    this.millis = Long.parseLong(argument(arguments, 2, "1000"));
    this.sendingCore = argument(arguments, 3, "0");
    this.receivingCore = argument(arguments, 4, "1");
    this.ringBytes = argument(arguments, 5, Integer.toString(1 << 20));
    this.directory = directory;
  }

  private static String argument(List<String> arguments, int index, String otherwise) {
    return arguments.size() > index ? arguments.get(index) : otherwise;
  }

  /** Compares; see above for the arguments. */
  public static void main(String... arguments) throws IOException, InterruptedException {
    Path shm = Path.of("/dev/shm");
    Path directory =
        Files.isDirectory(shm)
            ? Files.createTempDirectory(shm, "ipc-comparison")
            : Files.createTempDirectory("ipc-comparison");
    IpcComparison comparison = new IpcComparison(Arrays.asList(arguments), directory);
    try {
      comparison.run();
    } finally {
      comparison.end();
    }
  }

  /** A process and what is said to it and by it. */
  private record Participant(PrintWriter input, BufferedReader output) {
    String read() throws IOException {
      String line = output.readLine();
      if (line == null) {
        throw new IOException("a process of the comparison ended; what it says is above");
      }
      return line;
    }

    void write(String line) {
      input.println(line);
      input.flush();
    }
  }

  private void run() throws IOException {
    Map<String, List<Participant>> participants = new LinkedHashMap<>();
    for (String library : LIBRARIES) {
      participants.put(
          library,
          twoProcesses
              ? List.of(start(library, "receive"), start(library, "send"))
              : List.of(start(library, "both")));
    }
    System.out.printf(
        "%s, cores %s and %s, %d rounds of %d ms in turns, the first third not counted%n",
        twoProcesses ? "two processes" : "two threads", sendingCore, receivingCore, rounds, millis);
    System.out.printf(
        "%-6s %7s %-6s %12s %10s %10s %12s%n",
        "send", "bytes", "by", "messages/s", "least", "most", "Gbit/s");
    for (String way : List.of("offer", "claim")) {
      for (int length : LENGTHS) {
        compare(participants, way, length);
      }
    }
  }

  private void compare(Map<String, List<Participant>> participants, String way, int length)
      throws IOException {
    Map<String, List<Double>> rates = new LinkedHashMap<>();
    for (int round = 0; round < rounds; round++) {
      for (String library : LIBRARIES) {
        double rate = round(participants.get(library), way + " " + length + " " + millis);
        if (round >= rounds / 3) {
          rates.computeIfAbsent(library, _ -> new ArrayList<>()).add(rate);
        }
      }
    }
    Map<String, Double> medians = new LinkedHashMap<>();
    rates.forEach((library, all) -> {
      all.sort(null);
      double median = all.get(all.size() / 2);
      medians.put(library, median);
      System.out.printf(
          "%-6s %7d %-6s %11.2fM %9.2fM %9.2fM %12.1f%n",
          way,
          length,
          library,
          median / 1e6,
          all.getFirst() / 1e6,
          all.getLast() / 1e6,
          median * length * Byte.SIZE / 1e9);
    });
    System.out.printf(
        "%-6s %7d ratio  %11.2f%n", way, length, medians.get("stoq") / medians.get("aeron"));
  }

  private static double round(List<Participant> participants, String line) throws IOException {
    participants.forEach(participant -> participant.write(line));
    double rate = Double.parseDouble(participants.getFirst().read());
    if (participants.size() > 1) {
      participants.getLast().read();
    }
    return rate;
  }

  private Participant start(String library, String role) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(FLAGS);
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            IpcParticipant.class.getName(),
            library,
            role,
            directory.resolve(library).toString(),
            sendingCore,
            receivingCore,
            ringBytes));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    started.add(process);
    Participant participant =
        new Participant(
            new PrintWriter(process.getOutputStream(), false, StandardCharsets.UTF_8),
            process.inputReader(StandardCharsets.UTF_8));
    if (!role.equals("send")) {
      String ready = participant.read();
      if (!ready.equals("ready")) {
        throw new IOException("a process of the comparison said: " + ready);
      }
    }
    return participant;
  }

  private void end() throws IOException, InterruptedException {
    for (Process process : started.reversed()) {
      process.outputWriter().close();
      if (!process.waitFor(Duration.ofSeconds(10))) {
        process.destroyForcibly().waitFor();
      }
    }
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.toList().reversed()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
