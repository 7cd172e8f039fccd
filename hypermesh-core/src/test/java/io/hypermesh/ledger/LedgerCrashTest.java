package io.hypermesh.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.byzantine.Digest;
import io.hypermesh.ledger.LedgerProperties.Traffic;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.io.TempDir;

/** A process of its own writes blocks, and is killed while it does. */
class LedgerCrashTest {
  @TempDir private Path directory;

  /** Executes blocks until it is killed, and prints each one's height and root once it has them. */
  static final class Writer {
    private Writer() {}

    public static void main(String[] arguments) {
      Traffic traffic = new Traffic(Long.parseLong(arguments[1]));
      try (Ledger ledger =
          DurableLedger.open(
              Path.of(arguments[0]), Scenario.SETTINGS, Scenario.VERIFIER, new Random(), 20_000)) {
        while (true) {
          traffic.scenario().block(ledger, traffic.block().toArray(byte[][]::new));
          System.out.println(ledger.height() + " " + ledger.stateRoot());
          System.out.flush();
        }
      }
    }
  }

  @RepeatedTest(3)
  void shouldKeepWhatItAcknowledgedThroughAKill() throws Exception {
    long seed = new Random().nextLong();
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Writer.class.getName(),
                directory.toString(),
                Long.toString(seed))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    long acknowledged;
    try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
      long before = 20L + new Random(seed).nextInt(150);
      readLines(output, before);
      // By its handle: the process's own method would close the pipe with lines still in it.
      process.toHandle().destroyForcibly();
      acknowledged = Math.max(before, readRest(output));
    }
    process.waitFor();
    try (Ledger ledger = Ledger.open(directory, Scenario.SETTINGS, Scenario.VERIFIER)) {
      assertThat(ledger.height()).as("seed %d", seed).isBetween(acknowledged, acknowledged + 1);
      assertThat(ledger.stateRoot()).isEqualTo(expected(seed, ledger.height()));
    }
  }

  private static void readLines(BufferedReader output, long lines) throws IOException {
    for (int i = 0; i < lines; i++) {
      assertThat(output.readLine()).isNotNull();
    }
  }

  /** Returns the height in the last whole line that the process could write. */
  private static long readRest(BufferedReader output) throws IOException {
    long height = 0;
    String line = output.readLine();
    while (line != null) {
      if (line.length() > 64) {
        height = Long.parseLong(line.substring(0, line.indexOf(' ')));
      }
      line = output.readLine();
    }
    return height;
  }

  private static Digest expected(long seed, long height) {
    Traffic traffic = new Traffic(seed);
    Ledger ledger = Ledger.inMemory(Scenario.SETTINGS, Scenario.VERIFIER);
    while (ledger.height() < height) {
      traffic.scenario().block(ledger, traffic.block().toArray(byte[][]::new));
    }
    return ledger.stateRoot();
  }
}
