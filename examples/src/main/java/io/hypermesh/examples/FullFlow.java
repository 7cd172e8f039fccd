package io.hypermesh.examples;

import io.hypermesh.examples.fullflow.FlowException;
import io.hypermesh.examples.fullflow.FlowOptions;
import io.hypermesh.examples.fullflow.FlowReport;
import io.hypermesh.examples.fullflow.FlowRun;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The whole system on one machine: a certificate authority, four nodes and a client; certificates,
 * connections, assets, consensus, and a traitor who is found out. Prints what was checked and how
 * long it took, and exits with 0 only if every check held.
 */
public final class FullFlow {
  private FullFlow() {}

  /**
   * Runs it.
   *
   * @param arguments see {@link FlowOptions#USAGE}
   */
  public static void main(String[] arguments) {
    System.exit(run(List.of(arguments)));
  }

  private static int run(List<String> arguments) {
    if (arguments.contains("--help")) {
      System.out.print(FlowOptions.USAGE);
      return 0;
    }
    FlowReport report =
        new FlowReport(new PrintStream(System.out, true, StandardCharsets.UTF_8), System.err);
    try {
      FlowOptions options = FlowOptions.parse(arguments);
      for (int run = 1; run <= options.runs(); run++) {
        report.startRun(run, options.runs());
        Path directory = Files.createTempDirectory("full-flow-");
        try {
          new FlowRun(options, report, directory).run();
        } finally {
          delete(directory);
        }
      }
      report.summarise();
      return 0;
    } catch (FlowOptions.UsageException e) {
      System.err.println("FullFlow: " + e.getMessage());
      return 2;
    } catch (FlowException e) {
      report.clearProgress();
      System.err.println("FullFlow: " + e.getMessage());
      return 1;
    } catch (IOException e) {
      report.clearProgress();
      System.err.println("FullFlow: couldn't use a temporary directory because of " + e);
      return 1;
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
