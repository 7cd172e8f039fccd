package io.hypermesh.examples.fullflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class FlowRunTest {
  @TempDir Path directory;
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

  @Test
  void shouldGoOnAndSaySoWhenOneNodeDies() throws Exception {
    run("--kill", "1");

    assertThat(rows()).containsExactly("1", "2", "3", "4", "5", "6");
    assertThat(printed.toString(StandardCharsets.UTF_8))
        .contains("node 0 was killed, without warning")
        .contains("node 0 is dead; the other three went on without it")
        .contains("node 0 was restarted from its disk and is at block 2");
  }

  @Test
  void shouldEndInAClearErrorWhenTwoNodesDie() {
    assertThatThrownBy(() -> run("--kill", "2"))
        .isInstanceOf(FlowException.class)
        .hasMessageContaining("answered by enough members within 20")
        .hasMessageEndingWith("node 0 and node 1 are dead, and consensus needs 3 of 4");
    assertThat(rows()).containsExactly("1", "2", "3", "4");
  }

  @Test
  void shouldRunEachNodeInAProcessOfItsOwnAndLogTheKeys() throws Exception {
    Path keyLog = directory.resolve("keys.log");

    run("--processes", "--keylog", keyLog.toString());

    assertThat(rows()).containsExactly("1", "2", "3", "4", "5", "6");
    assertThat(Files.readAllLines(keyLog))
        .hasSize(5)
        .anyMatch(line -> line.startsWith("CLIENT_TRAFFIC_SECRET_0 "))
        .anyMatch(line -> line.startsWith("EXPORTER_SECRET "));
  }

  private void run(String... arguments) throws Exception {
    byte[] content = new byte[300_000];
    new Random(1).nextBytes(content);
    List<String> all = new ArrayList<>(List.of(arguments));
    all.add("--file");
    all.add(Files.write(directory.resolve("payload"), content).toString());
    FlowReport report =
        new FlowReport(
            new PrintStream(printed, true, StandardCharsets.UTF_8),
            new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8));
    report.startRun(1, 1);
    new FlowRun(FlowOptions.parse(all), report, directory.resolve("run")).run();
  }

  private List<String> rows() {
    return printed
        .toString(StandardCharsets.UTF_8)
        .lines()
        .filter(line -> line.matches("[1-6] +.*"))
        .map(line -> line.substring(0, 1))
        .toList();
  }
}
