package io.hypermesh.stoq.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Replays what fuzzing has found worth keeping, and the inputs of bugs that were fixed: {@code
 * src/fuzz/resources/corpus/NAME}, each file an input.
 */
class CorpusTest {
  private static final Path CORPUS = Path.of("src/fuzz/resources/corpus");

  @ParameterizedTest
  @EnumSource
  void shouldTakeEveryInputOfTheCorpus(FuzzTargets which) throws Exception {
    Fuzz.Runner runner = new Fuzz.Runner(which);
    List<Path> files = files(CORPUS.resolve(which.title()));
    assertThat(files).as("inputs for %s", which.title()).isNotEmpty();
    for (Path file : files) {
      try {
        runner.run(Files.readAllBytes(file));
      } catch (Exception | AssertionError e) {
        throw new AssertionError("the input " + file + " fails", e);
      }
    }
  }

  private static List<Path> files(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.sorted().toList();
    }
  }
}
