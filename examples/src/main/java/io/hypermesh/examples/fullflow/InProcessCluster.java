package io.hypermesh.examples.fullflow;

import io.hypermesh.trustchain.TrustChainException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/** Four nodes in this JVM, each with sockets, threads and files of its own. */
final class InProcessCluster implements Cluster {
  private final NodeFiles from;
  private final Map<Integer, FlowNode> nodes = new HashMap<>();
  private final Map<Integer, InetSocketAddress> addresses = new HashMap<>();
  private final Map<Integer, InetSocketAddress> fileReceivers = new HashMap<>();

  InProcessCluster(NodeFiles from)
      throws IOException, TrustChainException, GeneralSecurityException {
    this.from = from;
    try {
      InetSocketAddress anyPort = new InetSocketAddress(InetAddress.ofLiteral("::1"), 0);
      for (int node = 0; node < NodeFiles.NODES; node++) {
        FlowNode opened = new FlowNode(from, node, anyPort, anyPort);
        nodes.put(node, opened);
        addresses.put(node, opened.address());
        fileReceivers.put(node, opened.filesAddress());
      }
      nodes.values().forEach(node -> node.start(addresses));
    } catch (IOException | TrustChainException | GeneralSecurityException e) {
      close();
      throw e;
    }
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
    return "node " + node;
  }

  @Override
  public boolean isAlive(int node) {
    return nodes.containsKey(node);
  }

  @Override
  public void kill(int node) {
    FlowNode killed = nodes.remove(node);
    if (killed != null) {
      killed.kill();
    }
  }

  @Override
  public void restart(int node) throws IOException {
    try {
      FlowNode opened =
          new FlowNode(
              from,
              node,
              Objects.requireNonNull(addresses.get(node)),
              Objects.requireNonNull(fileReceivers.get(node)));
      nodes.put(node, opened);
      opened.start(addresses);
    } catch (TrustChainException | GeneralSecurityException e) {
      throw new IOException("couldn't restart " + describe(node) + ": " + e.getMessage(), e);
    }
  }

  @Override
  public NodeStatus status(int node) throws IOException {
    return alive(node).status();
  }

  @Override
  public void equivocate(int node) throws IOException {
    alive(node).equivocate();
  }

  private FlowNode alive(int node) throws IOException {
    FlowNode found = nodes.get(node);
    if (found == null) {
      throw new IOException("couldn't ask " + describe(node) + " because it is dead");
    }
    return found;
  }

  @Override
  public void close() {
    nodes.values().forEach(FlowNode::close);
    nodes.clear();
  }
}
