package io.hypermesh.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What the scripts at the repository's root say where something is missing: one line, exit 1. */
@Timeout(60)
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "it tests scripts of a POSIX shell")
class ScriptsTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  @TempDir Path directory;

  private Path commands = Path.of("");

  /** A PATH with what the scripts call and nothing else: neither java nor mvn. */
  @BeforeEach
  void makePath() throws IOException {
    commands = Files.createDirectory(directory.resolve("commands"));
    for (String command : List.of("sh", "sed", "readlink", "dirname", "grep")) {
      Path found =
          Stream.of("/usr/bin", "/bin")
              .map(place -> Path.of(place, command))
              .filter(Files::isExecutable)
              .findFirst()
              .orElseThrow();
      Files.createSymbolicLink(commands.resolve(command), found);
    }
  }

  private record Ended(int status, String output, String error) {}

  private Ended run(Map<String, String> environment, String... command) throws Exception {
    Path error = directory.resolve("error.txt");
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(error.toFile());
    builder.environment().clear();
    builder.environment().put("PATH", commands.toString());
    builder.environment().put("MVNW_JDK_DIRS", directory.resolve("no-jdks").toString());
    builder.environment().putAll(environment);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Ended(process.waitFor(), output, Files.readString(error));
  }

  private Path jdk(String name, int feature) throws IOException {
    Path home = directory.resolve("jdks").resolve(name);
    Path bin = Files.createDirectories(home.resolve("bin"));
    for (String program : List.of("java", "javac")) {
      String says = "#!/bin/sh\necho '    java.specification.version = " + feature + "' >&2\n";
      Path file = Files.writeString(bin.resolve(program), says);
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    return home;
  }

  private static void assertFails(Ended ended, int status, String... words) {
    assertThat(ended.status()).as(ended.error()).isEqualTo(status);
    assertThat(ended.output()).isEmpty();
    assertThat(ended.error().lines()).as(ended.error()).hasSize(1);
    assertThat(ended.error()).contains(words);
  }

  @Test
  void shouldSayWhatToInstallWhereThereIsNoJdk25() throws Exception {
    String mvnw = ROOT.resolve("mvnw").toString();
    assertFails(run(Map.of(), mvnw, "--print-jdk"), 1, "mvnw: no JDK 25", "install one");
    assertFails(run(Map.of(), mvnw, "verify"), 1, "mvnw: no JDK 25", "install one");
    String old = jdk("old", 17).toString();
    assertFails(run(Map.of("JAVA_HOME", old), mvnw, "verify"), 1, "mvnw: no JDK 25");
    String run = ROOT.resolve("scripts/run").toString();
    assertFails(run(Map.of(), run, "RegisterAssets"), 1, "mvnw: no JDK 25", "install one");
  }

  @Test
  void shouldFindTheNewestJdkWhateverTheDefaultIs() throws Exception {
    String mvnw = ROOT.resolve("mvnw").toString();
    Path old = jdk("old", 17);
    Path newest = jdk("a newer one", 26);
    Path other = jdk("z", 25);
    String jdks = "/nonexistent:" + directory.resolve("jdks");
    Ended found =
        run(Map.of("JAVA_HOME", old.toString(), "MVNW_JDK_DIRS", jdks), mvnw, "--print-jdk");
    assertThat(found).isEqualTo(new Ended(0, newest + "\n", ""));
    found = run(Map.of("JAVA_HOME", other.toString(), "MVNW_JDK_DIRS", jdks), mvnw, "--print-jdk");
    assertThat(found).isEqualTo(new Ended(0, other + "\n", ""));
  }

  @Test
  void shouldSayWhatToInstallWhereThereIsNoMaven() throws Exception {
    Map<String, String> environment = Map.of("JAVA_HOME", jdk("new", 25).toString());
    Ended ended = run(environment, ROOT.resolve("mvnw").toString(), "verify");
    assertFails(ended, 1, "mvnw: no Maven found", "install Maven 3.8");
  }

  @Test
  void shouldSayThatThereIsNoSuchExample() throws Exception {
    String run = ROOT.resolve("scripts/run").toString();
    for (String name : List.of("Nonsense", "EchoOptions", "fullflow/NodeProcess", "")) {
      assertFails(run(Map.of(), run, name), 2, "no example named " + name);
    }
  }
}
