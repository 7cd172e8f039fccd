package io.hypermesh.examples.fullflow;

import io.hypermesh.trustchain.TrustChainException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.HashMap;
import java.util.Map;

/**
 * One node in a JVM of its own, as {@code FullFlow --processes} starts it. It prints {@code bound
 * PORT FILES-PORT}, then answers each line of its input with one line, and ends with its input.
 *
 * <pre>
 *   start PORT...   → started        the members' ports on [::1], by index
 *   status          → status ...     NodeStatus
 *   equivocate      → equivocating
 * </pre>
 */
public final class NodeProcess {
  private NodeProcess() {}

  /**
   * Runs the node.
   *
   * @param arguments directory, index, port and port for files, 0 for any
   */
  public static void main(String[] arguments) {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    try (BufferedReader commands =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        FlowNode node =
            new FlowNode(
                new NodeFiles(Path.of(arguments[0])),
                Integer.parseInt(arguments[1]),
                loopback(arguments[2]),
                loopback(arguments[3]))) {
      out.println("bound " + node.address().getPort() + " " + node.filesAddress().getPort());
      for (String line = commands.readLine(); line != null; line = commands.readLine()) {
        out.println(answer(node, line));
      }
    } catch (IOException | TrustChainException | GeneralSecurityException e) {
      out.println("error " + e.getMessage());
      System.exit(1);
    }
  }

  private static String answer(FlowNode node, String line) throws IOException {
    String[] words = line.split(" ", -1);
    return switch (words[0]) {
      case "start" -> {
        Map<Integer, InetSocketAddress> addresses = new HashMap<>();
        for (int i = 1; i < words.length; i++) {
          addresses.put(i - 1, loopback(words[i]));
        }
        node.start(addresses);
        yield "started";
      }
      case "status" -> node.status().toLine();
      case "equivocate" -> {
        node.equivocate();
        yield "equivocating";
      }
      default -> "error there is no command " + words[0];
    };
  }

  private static InetSocketAddress loopback(String port) throws IOException {
    return new InetSocketAddress(InetAddress.ofLiteral("::1"), Integer.parseInt(port));
  }
}
