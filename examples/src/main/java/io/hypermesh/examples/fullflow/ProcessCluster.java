package io.hypermesh.examples.fullflow;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Four nodes, each in a JVM of its own. The parent talks to each through its standard input and
 * output, a line at a time ({@link NodeProcess}); their standard errors are this process's.
 */
final class ProcessCluster implements Cluster {
  /** How long a process may take to start, or to answer. */
  private static final long ANSWER_SECONDS_MAX = 30;

  private static final String END = "";

  /** One child and what it printed. */
  private record Child(Process process, BufferedWriter commands, BlockingQueue<String> answers) {}

  private final NodeFiles from;
  private final DeathListener deaths;
  private final Map<Integer, Child> children = new HashMap<>();
  private final Map<Integer, InetSocketAddress> addresses = new HashMap<>();
  private final Map<Integer, InetSocketAddress> fileReceivers = new HashMap<>();
  private volatile boolean closing;

  ProcessCluster(NodeFiles from, DeathListener deaths) throws IOException {
    this.from = from;
    this.deaths = deaths;
    try {
      for (int node = 0; node < NodeFiles.NODES; node++) {
        children.put(node, spawn(node, 0, 0));
      }
      for (int node = 0; node < NodeFiles.NODES; node++) {
        bound(node);
      }
      for (int node = 0; node < NodeFiles.NODES; node++) {
        start(node);
      }
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  private Child spawn(int node, int port, int filesPort) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // A node is small; without these, four JVMs would each reserve a quarter of the machine.
    command.addAll(List.of("-XX:+UseSerialGC", "-Xmx256m"));
    String modules = System.getProperty("jdk.module.path");
    if (modules != null) {
      command.addAll(
          List.of(
              "--module-path",
              modules,
              "--module",
              "io.hypermesh.examples/" + NodeProcess.class.getName()));
    } else {
      command.addAll(
          List.of("-cp", System.getProperty("java.class.path"), NodeProcess.class.getName()));
    }
    command.addAll(
        List.of(
            from.directory().toString(),
            Integer.toString(node),
            Integer.toString(port),
            Integer.toString(filesPort)));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    BlockingQueue<String> answers = new LinkedBlockingQueue<>();
    Thread.ofVirtual().start(() -> read(process, answers));
    var _ = process.onExit().thenAccept(ended -> onExit(node, ended));
    return new Child(process, process.outputWriter(StandardCharsets.UTF_8), answers);
  }

  private static void read(Process process, BlockingQueue<String> answers) {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        answers.add(line);
      }
    } catch (IOException e) {
      answers.add("error couldn't read from the process: " + e.getMessage());
    }
    answers.add(END);
  }

  private void onExit(int node, Process ended) {
    if (!closing) {
      deaths.onDeath(
          node, "node " + node + " (pid " + ended.pid() + ") died, exit " + ended.exitValue());
    }
  }

  private void bound(int node) throws IOException {
    String[] fields = answer(node, "bound").split(" ", -1);
    InetAddress loopback = InetAddress.ofLiteral("::1");
    addresses.put(node, new InetSocketAddress(loopback, Integer.parseInt(fields[1])));
    fileReceivers.put(node, new InetSocketAddress(loopback, Integer.parseInt(fields[2])));
  }

  private void start(int node) throws IOException {
    StringBuilder command = new StringBuilder("start");
    for (int other = 0; other < NodeFiles.NODES; other++) {
      command.append(' ').append(Objects.requireNonNull(addresses.get(other)).getPort());
    }
    ask(node, command.toString(), "started");
  }

  private String ask(int node, String command, String expected) throws IOException {
    Child child = child(node);
    if (!child.process.isAlive()) {
      throw new IOException("couldn't ask " + describe(node) + " because it is dead");
    }
    child.commands.write(command);
    child.commands.newLine();
    child.commands.flush();
    return answer(node, expected);
  }

  private String answer(int node, String expected) throws IOException {
    try {
      String line = child(node).answers.poll(ANSWER_SECONDS_MAX, TimeUnit.SECONDS);
      if (line != null && line.startsWith(expected)) {
        return line;
      }
      String instead =
          line == null
              ? "it said nothing for " + ANSWER_SECONDS_MAX + " s"
              : line.equals(END) ? "it ended" : "it said: " + line;
      throw new IOException("couldn't get an answer of " + describe(node) + " because " + instead);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for " + describe(node), e);
    }
  }

  private Child child(int node) {
    return Objects.requireNonNull(children.get(node));
  }

  @Override
  public Map<Integer, InetSocketAddress> addresses() {
    return Map.copyOf(addresses);
  }

  @Override
  public InetSocketAddress fileReceiver(int node) {
    return Objects.requireNonNull(fileReceivers.get(node));
  }

  @Override
  public String describe(int node) {
    return "node " + node + " (pid " + child(node).process.pid() + ")";
  }

  @Override
  public boolean isAlive(int node) {
    return child(node).process.isAlive();
  }

  @Override
  public void kill(int node) throws IOException {
    Process process = child(node).process;
    process.destroyForcibly();
    try {
      if (!process.waitFor(ANSWER_SECONDS_MAX, TimeUnit.SECONDS)) {
        throw new IOException("couldn't kill " + describe(node));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while killing " + describe(node), e);
    }
  }

  @Override
  public void restart(int node) throws IOException {
    children.put(
        node,
        spawn(
            node,
            Objects.requireNonNull(addresses.get(node)).getPort(),
            fileReceiver(node).getPort()));
    bound(node);
    start(node);
  }

  @Override
  public NodeStatus status(int node) throws IOException {
    return NodeStatus.parse(ask(node, "status", "status"));
  }

  @Override
  public void equivocate(int node) throws IOException {
    ask(node, "equivocate", "equivocating");
  }

  @Override
  public void close() {
    closing = true;
    for (Child child : children.values()) {
      try {
        // The end of its input ends a node in good order.
        child.commands.close();
      } catch (IOException e) {
        child.process.destroyForcibly();
      }
    }
    for (Child child : children.values()) {
      try {
        if (!child.process.waitFor(5, TimeUnit.SECONDS)) {
          child.process.destroyForcibly();
        }
      } catch (InterruptedException e) {
        child.process.destroyForcibly();
        Thread.currentThread().interrupt();
      }
    }
  }
}
