package io.hypermesh.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
@DisabledOnOs(
    value = OS.WINDOWS,
    disabledReason = "a channel's files need the permissions of POSIX")
class LocalChannelTest {
  @TempDir Path folder;

  private Process start(String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-cp"));
    command.add(System.getProperty("java.class.path"));
    command.add(LocalChannel.class.getName());
    command.addAll(List.of("--directory", folder.resolve("control").toString()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  @Test
  void shouldSendBackEachMessageOfAnotherProcess() throws Exception {
    Process listening = start("listen");
    try {
      BufferedReader says = listening.inputReader(StandardCharsets.UTF_8);
      assertThat(says.readLine()).startsWith("listening at ").endsWith("control");
      Process connecting = start("connect", "hello", "there", "");
      try {
        assertThat(connecting.inputReader(StandardCharsets.UTF_8).lines())
            .containsExactly("hello", "there", "");
        assertThat(connecting.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(connecting.exitValue()).isZero();
        assertThat(says.readLine()).isEqualTo("connected: process " + connecting.pid());
      } finally {
        connecting.destroyForcibly().waitFor();
      }
      assertThat(says.readLine()).isEqualTo("sent back 3 messages");
      assertThat(listening.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(listening.exitValue()).isZero();
    } finally {
      listening.destroyForcibly().waitFor();
    }
  }

  @Test
  void shouldSayInOneLineWhatIsWrong() {
    String control = folder.resolve("control").toString();
    assertThatThrownBy(() -> LocalChannel.run("--directory", control, "connect", "hello"))
        .hasMessageContaining("nobody listens");
    assertThatThrownBy(() -> LocalChannel.run("--directory", control))
        .hasMessageContaining("usage");
    assertThatThrownBy(() -> LocalChannel.run("connect")).hasMessage(LocalChannel.USAGE);
    assertThatThrownBy(LocalChannel::run).hasMessage(LocalChannel.USAGE);
  }
}
