package io.hypermesh.examples.fullflow;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * What {@code FullFlow} was asked to do.
 *
 * @param runs how often the whole flow runs, 1 to 1,000; the first run is reported apart
 * @param processes whether each node gets a JVM of its own
 * @param kill how many nodes are killed without warning during step 5: 0, 1 or 2
 * @param file what step 3 transfers; empty for the SDK's own jar
 * @param keyLog where step 3's TLS secrets are appended for a packet analyser; empty for nowhere
 * @param pause whether to wait before step 5 until enter is pressed, so that a person can kill one
 *     by hand
 */
public record FlowOptions(
    int runs,
    boolean processes,
    int kill,
    Optional<Path> file,
    Optional<Path> keyLog,
    boolean pause) {
  /** How to call the program. */
  public static final String USAGE =
      """
      usage: FullFlow [OPTION]...
        --runs N        run the whole flow N times (1 to 1000, default 1); p50 and p99 are over all of them
        --processes     start each node in a JVM of its own
        --file PATH     the file that step 3 transfers (default: the SDK's own jar)
        --kill N        kill N nodes (0 to 2) without warning during step 5, as a power cut would
        --keylog PATH   append step 3's TLS secrets to PATH, for Wireshark or tshark
        --pause         wait for enter before step 5, so that you can kill a node by hand
        --help          print this
      """;

  /** The options were not understood; the message is one line. */
  public static final class UsageException extends Exception {
    private static final long serialVersionUID = 1L;

    UsageException(String message) {
      super(message);
    }
  }

  /** Reads the command line. */
  public static FlowOptions parse(List<String> arguments) throws UsageException {
    int runs = 1;
    boolean processes = false;
    int kill = 0;
    Optional<Path> file = Optional.empty();
    Optional<Path> keyLog = Optional.empty();
    boolean pause = false;
    Deque<String> left = new ArrayDeque<>(arguments);
    while (!left.isEmpty()) {
      String option = left.removeFirst();
      switch (option) {
        case "--runs" -> runs = number(option, left, 1, 1_000);
        case "--processes" -> processes = true;
        case "--kill" -> kill = number(option, left, 0, 2);
        case "--file" -> file = Optional.of(readableFile(option, left));
        case "--keylog" -> keyLog = Optional.of(writableFile(option, left));
        case "--pause" -> pause = true;
        default ->
            throw new UsageException(
                "there is no option " + option + "; --help lists the options there are");
      }
    }
    return new FlowOptions(runs, processes, kill, file, keyLog, pause);
  }

  private static String value(String option, Deque<String> left) throws UsageException {
    if (left.isEmpty()) {
      throw new UsageException(option + " needs a value");
    }
    return left.removeFirst();
  }

  private static int number(String option, Deque<String> left, int min, int max)
      throws UsageException {
    String text = value(option, left);
    try {
      int number = Integer.parseInt(text);
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Falls through to the one message that fits both a word and a number out of range.
    }
    throw new UsageException(option + " takes a number from " + min + " to " + max + ": " + text);
  }

  private static Path path(String option, Deque<String> left) throws UsageException {
    String text = value(option, left);
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new UsageException(option + " takes a path: " + e.getMessage());
    }
  }

  private static Path writableFile(String option, Deque<String> left) throws UsageException {
    Path path = path(option, left);
    Path directory = path.toAbsolutePath().getParent();
    if (directory == null || !Files.isDirectory(directory)) {
      throw new UsageException("couldn't write " + path + ": there is no such directory");
    }
    if (Files.isDirectory(path)) {
      throw new UsageException("couldn't write " + path + ": it is a directory");
    }
    if (!Files.isWritable(Files.exists(path) ? path : directory)) {
      throw new UsageException("couldn't write " + path + ": permission denied");
    }
    return path;
  }

  private static Path readableFile(String option, Deque<String> left) throws UsageException {
    Path path = path(option, left);
    if (!Files.exists(path)) {
      throw new UsageException("couldn't read " + path + ": there is no such file");
    }
    if (!Files.isRegularFile(path)) {
      throw new UsageException("couldn't read " + path + ": it is not a regular file");
    }
    if (!Files.isReadable(path)) {
      throw new UsageException("couldn't read " + path + ": permission denied");
    }
    return path;
  }
}
