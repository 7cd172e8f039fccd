package io.hypermesh.stoq;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Other people's programs that tests run, where this machine has them. */
public final class Programs {
  private Programs() {}

  /** Skips the test where a program is absent, and says how to install it. */
  public static void require(String program, String debianPackage) {
    assumeTrue(
        isInstalled(program),
        program + " isn't installed (Debian: apt-get install " + debianPackage + ")");
  }

  /** Whether a program is on the PATH. */
  public static boolean isInstalled(String program) {
    return List.of(System.getenv().getOrDefault("PATH", "").split(":")).stream()
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }

  /** What a program wrote, and how it ended. */
  public record Result(int exitCode, String output) {}

  /** Runs a program to its end; its output goes to a file, so that it can't fill a pipe. */
  public static Result run(Path log, long timeoutSeconds, List<String> command)
      throws IOException, InterruptedException {
    Process process = start(log, command);
    try {
      if (!process.waitFor(timeoutSeconds, TimeUnit.SECONDS)) {
        throw new IOException(command.getFirst() + " didn't end in time: " + Files.readString(log));
      }
      return new Result(process.exitValue(), Files.readString(log));
    } finally {
      process.destroyForcibly();
    }
  }

  public static Process start(Path log, List<String> command) throws IOException {
    return new ProcessBuilder(new ArrayList<>(command))
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
        .start();
  }
}
