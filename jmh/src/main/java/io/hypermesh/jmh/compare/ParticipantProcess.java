package io.hypermesh.jmh.compare;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A process of a contestant, as the harness sees it: started on its cores, asked, and ended. Every
 * answer has a deadline. Owned by the harness's thread.
 */
final class ParticipantProcess implements AutoCloseable {
  private static final Duration START_MAX = Duration.ofMinutes(3);
  private static final Duration END_MAX = Duration.ofSeconds(3);
  private static final int LOG_LINES_MAX = 6;

  private final String name;
  private final Process process;
  private final BufferedWriter commands;
  private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
  private final ArrayDeque<String> log = new ArrayDeque<>();
  private final Thread killer;
  private Parameters greeting = Parameters.NONE;

  private ParticipantProcess(String name, Process process) {
    this.name = name;
    this.process = process;
    this.commands =
        new BufferedWriter(
            new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
    this.killer = new Thread(process::destroyForcibly);
    Runtime.getRuntime().addShutdownHook(killer);
    Thread.ofVirtual().start(this::read);
  }

  /**
   * Starts one, and waits until it is ready.
   *
   * @param role {@code server} or {@code client}
   * @param cores what it may run on; anywhere where there are none, or no {@code taskset}
   */
  static ParticipantProcess start(
      Contestant contestant, String role, Parameters parameters, List<Integer> cores)
      throws ContestantException, InterruptedException {
    List<String> command = new ArrayList<>(Cores.pinned(cores));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:+UseSerialGC");
    command.add("-Xms384m");
    command.add("-Xmx" + contestant.parameters().text("heap", "768m"));
    command.add("-XX:+UnlockExperimentalVMOptions");
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");
    command.addAll(contestant.options());
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), Participant.class.getName()));
    command.add(contestant.program() + "-" + role);
    command.addAll(contestant.parameters().with(parameters).words());
    String name = contestant.title() + ", " + role;
    ParticipantProcess started;
    try {
      started =
          new ParticipantProcess(
              name, new ProcessBuilder(command).redirectErrorStream(true).start());
    } catch (IOException e) {
      throw new ContestantException("couldn't start " + name + " because " + e.getMessage(), e);
    }
    try {
      started.greeting = started.answer("start", START_MAX);
      return started;
    } catch (ContestantException | InterruptedException e) {
      started.close();
      throw e;
    }
  }

  /** What it said when it was ready: its port among others. */
  Parameters greeting() {
    return greeting;
  }

  /**
   * Asks, and waits for the answer.
   *
   * @throws ContestantException where there is none in time, or it tells of a failure
   */
  Parameters ask(Duration deadline, String... words)
      throws ContestantException, InterruptedException {
    String command = String.join(" ", words);
    try {
      commands.write(command);
      commands.newLine();
      commands.flush();
    } catch (IOException e) {
      throw failure("has gone before it was told to " + command, e);
    }
    return answer(command, deadline);
  }

  private Parameters answer(String command, Duration deadline)
      throws ContestantException, InterruptedException {
    String line = answers.poll(deadline.toMillis(), TimeUnit.MILLISECONDS);
    if (line == null) {
      throw failure("didn't answer in " + deadline.toSeconds() + " s to " + command, null);
    }
    List<String> words = Arrays.asList(line.split(" ", -1));
    if (!words.getFirst().equals("ok")) {
      throw line.startsWith("error ")
          ? new ContestantException(
              name + " couldn't " + command + ": " + line.substring("error ".length()))
          : failure("couldn't " + command + " because it has " + line, null);
    }
    return Parameters.parse(words.subList(1, words.size()));
  }

  private ContestantException failure(String what, @Nullable Throwable cause) {
    List<String> last;
    synchronized (log) {
      last = List.copyOf(log);
    }
    String message = name + " " + what;
    return new ContestantException(
        last.isEmpty() ? message : message + "; it said: " + String.join(" | ", last), cause);
  }

  private void read() {
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      String line;
      while ((line = reader.readLine()) != null) {
        if (line.startsWith(Participant.ANSWER)) {
          answers.add(line.substring(Participant.ANSWER.length()));
        } else {
          log(line);
        }
      }
    } catch (IOException e) {
      log("its output ended: " + e.getMessage());
    }
    answers.add("ended");
  }

  private void log(String line) {
    synchronized (log) {
      log.add(line);
      if (log.size() > LOG_LINES_MAX) {
        log.remove();
      }
    }
  }

  /** Tells it to quit, and ends it where it doesn't. */
  @Override
  public void close() {
    try {
      commands.write("quit");
      commands.newLine();
      commands.flush();
      if (!process.waitFor(END_MAX.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      process.destroyForcibly();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    Runtime.getRuntime().removeShutdownHook(killer);
  }
}
