package io.hypermesh.jmh.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The comparison runs: every contestant comes through a moment of it. How fast is no test's matter.
 */
class CompareTest {
  /** What a contestant says that this machine has nothing for. */
  private static final List<String> ABSENT =
      List.of(
          "UnsatisfiedLinkError",
          "NoClassDefFoundError",
          "ExceptionInInitializerError",
          "failed to load the required native library",
          "couldn't open a socket of Linux's",
          "DriverUnavailableException");

  private static Section.Line only(String... words)
      throws IOException, GeneralSecurityException, InterruptedException {
    List<Section> sections = Compare.sections(words);
    assertThat(sections).hasSize(1);
    assertThat(sections.getFirst().lines()).hasSize(1);
    Section.Line line = sections.getFirst().lines().getFirst();
    String failure = line.failure();
    if (failure != null && ABSENT.stream().anyMatch(failure::contains)) {
      Assumptions.abort("skipped: " + failure);
    }
    assertThat(failure).isNull();
    return line;
  }

  @ParameterizedTest
  @ValueSource(strings = {"STOQ", "quiche through Netty", "kwik", "Aeron UDP", "floor"})
  void shouldMeasureGoodputOf(String contestant) throws Exception {
    Section.Line line =
        only(
            "goodput-1452", "--quick", "--warmup", "0.1", "--seconds", "0.2", "--only", contestant);

    assertThat(line.values().keySet())
        .containsAll(Set.of(TransferDiscipline.GOODPUT, TransferDiscipline.CPU));
    assertThat(line.values().get(TransferDiscipline.GOODPUT).median()).isPositive();
  }

  @ParameterizedTest
  @ValueSource(strings = {"STOQ", "quiche through Netty"})
  void shouldMeasureHandshakesOf(String contestant) throws Exception {
    Section.Line line =
        only("handshakes", "--quick", "--warmup", "0.1", "--seconds", "0.2", "--only", contestant);

    assertThat(line.values().get(HandshakeDiscipline.MEDIAN).median()).isPositive();
  }

  @Test
  void shouldCountWhatIdleConnectionsTake(@TempDir Path directory) throws Exception {
    Path json = directory.resolve("figures.json");

    Section.Line line =
        only(
            "idle",
            "--quick",
            "--warmup",
            "0.1",
            "--connections",
            "20",
            "--only",
            "STOQ",
            "--json",
            json.toString());

    assertThat(line.values().get("answer a ping, %").median()).isEqualTo(100);
    assertThat(Files.readString(json)).startsWith("{\"machine\":{").contains("\"id\":\"idle\"");
  }

  @Test
  void shouldTimeTheProtocolsWork() throws Exception {
    Section.Line line = only("protocol", "--quick", "--warmup", "0.05", "--seconds", "0.05");

    assertThat(line.values().get("send, ns").median()).isPositive();
    assertThat(line.values().get("receive, ns").median()).isPositive();
  }
}
