package io.hypermesh.jmh.compare;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The program of one process in a comparison. It reads commands, a line each, and answers each with
 * a line that starts with {@link #ANSWER}; other lines are anybody's.
 *
 * <pre>
 *   start      ──► @ok port=…  …
 *   sample     ──► @ok nanos=… cpu=… allocated=… bytes=… packets=…
 *   anything   ──► @ok …, or @error why
 *   quit
 * </pre>
 */
public final class Participant {
  /** What an answer starts with. */
  static final String ANSWER = "@";

  private static final String OK = ANSWER + "ok";
  private static final String ERROR = ANSWER + "error";

  private static final Map<String, Role.Factory> ROLES =
      Map.ofEntries(
          Map.entry("stoq-transfer-server", StoqTransfer::server),
          Map.entry("stoq-transfer-client", StoqTransfer::client),
          Map.entry("netty-transfer-server", NettyTransfer::server),
          Map.entry("netty-transfer-client", NettyTransfer::client),
          Map.entry("kwik-transfer-server", KwikTransfer::server),
          Map.entry("kwik-transfer-client", KwikTransfer::client),
          Map.entry("aeron-transfer-server", AeronTransfer::server),
          Map.entry("aeron-transfer-client", AeronTransfer::client),
          Map.entry("stoq-handshakes-server", StoqConnections::server),
          Map.entry("stoq-handshakes-client", StoqConnections::handshakes),
          Map.entry("netty-handshakes-server", NettyConnections::server),
          Map.entry("netty-handshakes-client", NettyConnections::handshakes),
          Map.entry("stoq-idle-server", StoqConnections::server),
          Map.entry("stoq-idle-client", StoqConnections::idle),
          Map.entry("netty-idle-server", NettyConnections::server),
          Map.entry("netty-idle-client", NettyConnections::idle),
          Map.entry("stoq-protocol-server", ProtocolRow::role),
          Map.entry("floor-transfer-server", FloorTransfer::server),
          Map.entry("floor-transfer-client", FloorTransfer::client));

  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private Participant() {}

  /**
   * Runs until told to quit, or until nobody is there to tell.
   *
   * @param arguments the role's name, then its parameters
   */
  public static void main(String[] arguments) throws IOException {
    String name = arguments[0];
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    Role.Factory factory = ROLES.get(name);
    if (factory == null) {
      answer(ERROR + " couldn't find the role " + name);
      return;
    }
    try (Role role =
        factory.start(Parameters.parse(Arrays.asList(arguments).subList(1, arguments.length)))) {
      answer(ok(role.describe()));
      String line;
      while ((line = commands.readLine()) != null && !line.equals("quit")) {
        List<String> words = List.of(line.split(" ", -1));
        answer(reply(role, words.getFirst(), Parameters.parse(words.subList(1, words.size()))));
      }
    } catch (Exception e) {
      answer(error(e));
    }
    // Peers' threads needn't be daemons.
    System.exit(0);
  }

  private static String reply(Role role, String verb, Parameters arguments) {
    try {
      return ok(
          switch (verb) {
            case "sample" -> sample(role);
            case "memory" -> memory();
            default -> role.run(verb, arguments);
          });
    } catch (Exception e) {
      return error(e);
    }
  }

  private static String ok(Parameters answer) {
    return String.join(" ", OK, String.join(" ", answer.words())).strip();
  }

  private static String error(Exception cause) {
    // The harness shows the first line; what else there is stands in this process's log.
    cause.printStackTrace();
    return ERROR + " " + String.valueOf(cause).lines().findFirst().orElse("");
  }

  @SuppressWarnings("SystemOut") // a program's answers
  private static void answer(String line) {
    System.out.println(line);
    System.out.flush();
  }

  private static Parameters sample(Role role) {
    Map<String, String> values = new LinkedHashMap<>();
    values.put("bytes", Long.toString(role.bytes()));
    values.put("packets", Long.toString(role.packets()));
    values.put("nanos", Long.toString(System.nanoTime()));
    values.put("cpu", Long.toString(SYSTEM.getProcessCpuTime()));
    values.put("allocated", Long.toString(THREADS.getTotalThreadAllocatedBytes()));
    return new Parameters(values);
  }

  /** Bytes of the heap that are in use after a collection, and of the process's own memory. */
  private static Parameters memory() throws IOException {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    Runtime runtime = Runtime.getRuntime();
    long resident = 0;
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmRSS:")) {
        resident = Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
      }
    }
    Map<String, String> values = new LinkedHashMap<>();
    // All of the heap is resident where it was touched at the start; the rest is native.
    values.put("heap", Long.toString(runtime.totalMemory() - runtime.freeMemory()));
    values.put("native", Long.toString(resident - runtime.totalMemory()));
    return new Parameters(values);
  }
}
