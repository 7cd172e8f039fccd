package io.hypermesh.examples.fullflow;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;

/** The four nodes of the flow, wherever they run. Used by one thread. */
interface Cluster extends AutoCloseable {
  /** Says that a node has died without being asked to. */
  @FunctionalInterface
  interface DeathListener {
    /** Called by any thread, with one line about it. */
    void onDeath(int node, String what);
  }

  /** Where the members of the consensus are, by index. */
  Map<Integer, InetSocketAddress> addresses();

  /** Where a node takes files. */
  InetSocketAddress fileReceiver(int node);

  /** How to name a node to a person, with its process where it has one. */
  String describe(int node);

  /** Whether a node runs. */
  boolean isAlive(int node);

  /** Which nodes don't. */
  default List<Integer> dead() {
    return addresses().keySet().stream().filter(node -> !isAlive(node)).sorted().toList();
  }

  /** Ends a node without letting it say or write anything more. */
  void kill(int node) throws IOException;

  /** Starts a dead node again, from what it left on its disk, at its old address. */
  void restart(int node) throws IOException;

  /** Asks a node how it is. */
  NodeStatus status(int node) throws IOException;

  /** From now on the node signs two different proposals whenever it proposes. */
  void equivocate(int node) throws IOException;

  @Override
  void close();
}
