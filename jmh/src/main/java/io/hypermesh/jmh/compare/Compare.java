package io.hypermesh.jmh.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The comparison's program: runs rows one after the other, prints a table in Markdown for each, and
 * says of each bar whether it was reached, or by how much it was missed.
 */
public final class Compare {
  private static final String USAGE =
      """
      usage: scripts/bench compare [ROW...] [OPTION...]
        without a row: all but `million`; `list` lists them; a row may be named by how its name starts
        --quick              seconds instead of minutes: whether it works, not how fast it is
        --warmup SECONDS     work before the first repetition, for each contestant (60)
        --repetitions N      (5)
        --seconds SECONDS    of each repetition (5)
        --connections N      idle connections (100000)
        --only START,...     only contestants whose title or program starts like that
        --json FILE          the figures of all repetitions as well
      """;

  private static final Duration WARM_UP = Duration.ofSeconds(60);
  private static final Duration TIME = Duration.ofSeconds(5);
  private static final int REPETITIONS = 5;
  private static final int CONNECTIONS = 100_000;

  /** As many as an endpoint takes, beside those that the row warms up with. */
  private static final int MANY_CONNECTIONS = 999_000;

  /** All that run where no row is named. */
  private static final List<Row> ROWS =
      List.of(
          new GoodputRow(1_452, true),
          new GoodputRow(1_200, false),
          new JumboRow(),
          new ManyRow(),
          new ProtocolRow(),
          new HandshakeRow(),
          new IdleRow("idle", 0),
          new PartsRow());

  /** Those that run where they are named. */
  private static final List<Row> LONG_ROWS = List.of(new IdleRow("million", MANY_CONNECTIONS));

  private Compare() {}

  /** What the command line says. */
  private static final class Arguments {
    private final List<Row> rows = new ArrayList<>();
    private Duration warmUp = WARM_UP;
    private Duration time = TIME;
    private int repetitions = REPETITIONS;
    private int connections = CONNECTIONS;
    private List<String> only = List.of();
    private @Nullable Path json;

    Arguments(String... words) {
      Deque<String> left = new ArrayDeque<>(Arrays.asList(words));
      while (!left.isEmpty()) {
        String word = left.remove();
        switch (word) {
          case "--quick" -> {
            warmUp = Duration.ofMillis(500);
            time = Duration.ofMillis(500);
            repetitions = 1;
            connections = 200;
          }
          case "--warmup" -> warmUp = seconds(value(left, word));
          case "--seconds" -> time = seconds(value(left, word));
          case "--repetitions" -> repetitions = Integer.parseInt(value(left, word));
          case "--connections" -> connections = Integer.parseInt(value(left, word));
          case "--only" -> only = List.of(value(left, word).split(",", -1));
          case "--json" -> json = Path.of(value(left, word)).toAbsolutePath();
          default -> add(word);
        }
      }
      if (rows.isEmpty()) {
        rows.addAll(ROWS);
      }
    }

    private static String value(Deque<String> left, String option) {
      String value = left.poll();
      if (value == null) {
        throw new IllegalArgumentException("couldn't find the value of " + option);
      }
      return value;
    }

    private static Duration seconds(String value) {
      return Duration.ofMillis(Math.round(Double.parseDouble(value) * 1_000));
    }

    private void add(String name) {
      List<Row> named =
          Stream.concat(ROWS.stream(), LONG_ROWS.stream())
              .filter(row -> row.id().startsWith(name))
              .toList();
      if (named.isEmpty()) {
        throw new IllegalArgumentException("couldn't find a row that starts with " + name);
      }
      rows.addAll(named);
    }
  }

  /**
   * Runs.
   *
   * @param arguments see the usage, which any mistake prints
   */
  @SuppressWarnings("SystemOut") // a program
  public static void main(String[] arguments)
      throws IOException, GeneralSecurityException, InterruptedException {
    if (List.of(arguments).equals(List.of("list"))) {
      ROWS.forEach(row -> System.out.println(row.id() + ": " + row.summary()));
      LONG_ROWS.forEach(row -> System.out.println(row.id() + " (only by name): " + row.summary()));
      return;
    }
    Arguments parsed;
    try {
      parsed = new Arguments(arguments);
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.err.print(USAGE);
      System.exit(2);
      return;
    }
    System.out.print(run(parsed));
  }

  /**
   * Runs, and gives back what there is to print.
   *
   * @param words as on the command line
   */
  static List<Section> sections(String... words)
      throws IOException, GeneralSecurityException, InterruptedException {
    List<Section> sections = new ArrayList<>();
    run(new Arguments(words), sections);
    return sections;
  }

  private static String run(Arguments arguments)
      throws IOException, GeneralSecurityException, InterruptedException {
    return run(arguments, new ArrayList<>());
  }

  private static String run(Arguments arguments, List<Section> sections)
      throws IOException, GeneralSecurityException, InterruptedException {
    Path directory = Files.createTempDirectory("stoq-compare-");
    try {
      Keys.make(directory);
      Settings settings =
          new Settings(
              arguments.warmUp,
              arguments.repetitions,
              arguments.time,
              arguments.connections,
              arguments.only,
              Cores.physical(),
              directory,
              arguments.json);
      Map<String, String> machine = Machine.describe(settings);
      StringBuilder text = new StringBuilder();
      machine.forEach(
          (name, fact) -> text.append("- ").append(name).append(": ").append(fact).append('\n'));
      for (Row row : arguments.rows) {
        Section section = row.run(settings);
        sections.add(section);
        text.append('\n').append(section.markdown());
        write(arguments.json, machine, sections);
      }
      return text.toString();
    } finally {
      delete(directory);
    }
  }

  /** After each row, so that a run that is broken off leaves something. */
  private static void write(
      @Nullable Path file, Map<String, String> machine, List<Section> sections) throws IOException {
    if (file != null) {
      Files.writeString(file, Json.of(machine, sections));
    }
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
