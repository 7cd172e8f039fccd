package io.hypermesh.examples.fullflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FlowOptionsTest {
  @TempDir Path directory;

  @Test
  void shouldRunOnceInOneProcessByDefault() throws Exception {
    FlowOptions options = FlowOptions.parse(List.of());

    assertThat(options.runs()).isEqualTo(1);
    assertThat(options.processes()).isFalse();
    assertThat(options.kill()).isZero();
    assertThat(options.file()).isEmpty();
  }

  @Test
  void shouldReadEveryOption() throws Exception {
    Path file = Files.writeString(directory.resolve("payload"), "x");

    FlowOptions options =
        FlowOptions.parse(
            List.of(
                "--runs",
                "20",
                "--processes",
                "--kill",
                "2",
                "--file",
                file.toString(),
                "--keylog",
                "keys.log",
                "--pause"));

    assertThat(options.runs()).isEqualTo(20);
    assertThat(options.processes()).isTrue();
    assertThat(options.kill()).isEqualTo(2);
    assertThat(options.file()).contains(file);
    assertThat(options.keyLog()).contains(Path.of("keys.log"));
    assertThat(options.pause()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--runs 0 | --runs takes a number from 1 to 1000: 0",
        "--runs many | --runs takes a number from 1 to 1000: many",
        "--runs | --runs needs a value",
        "--kill 3 | --kill takes a number from 0 to 2: 3",
        "--fast | there is no option --fast",
        "--file /no/such/file | couldn't read /no/such/file: there is no such file",
        "--file / | couldn't read /: it is not a regular file",
        "--keylog /no/such/keys | couldn't write /no/such/keys: there is no such directory",
        "--keylog /tmp | couldn't write /tmp: it is a directory",
      })
  void shouldRefuseBadUseInOneLine(String commandLine, String message) {
    assertThatThrownBy(() -> FlowOptions.parse(List.of(commandLine.split(" "))))
        .isInstanceOf(FlowOptions.UsageException.class)
        .hasMessageStartingWith(message)
        .message()
        .doesNotContain("\n");
  }
}
