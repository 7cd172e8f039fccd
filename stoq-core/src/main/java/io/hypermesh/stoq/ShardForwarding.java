package io.hypermesh.stoq;

import io.hypermesh.stoq.endpoint.Forwarding;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * Forwards what comes to one agent's sockets to the others of its endpoint. Which socket that was
 * is told by its group: the agents have one each of the sockets on an address that they share. On
 * the agent's thread.
 */
final class ShardForwarding implements Forwarding {
  private final List<EndpointAgent> agents;
  private final int index;
  private long forwarded;
  private long dropped;

  /**
   * @param agents those of the endpoint, by their numbers; complete before the first call
   * @param index the number of the agent that forwards
   */
  ShardForwarding(List<EndpointAgent> agents, int index) {
    this.agents = agents;
    this.index = index;
  }

  @Override
  public boolean forward(
      int shard,
      MemorySegment datagram,
      long offset,
      int length,
      int on,
      InetSocketAddress remote,
      int ecnBits) {
    int group = agents.get(index).groupOf(on);
    if (group == EndpointSockets.NO_GROUP) {
      return false;
    }
    count(agents.get(shard).takeForwarded(datagram, offset, length, group, remote, ecnBits));
    return true;
  }

  @Override
  public void offerReset(
      MemorySegment datagram, long offset, int length, InetSocketAddress remote) {
    for (int i = 0; i < agents.size(); i++) {
      if (i != index) {
        count(
            agents
                .get(i)
                .takeForwarded(datagram, offset, length, EndpointSockets.NO_GROUP, remote, 0));
      }
    }
  }

  private void count(boolean taken) {
    if (taken) {
      forwarded++;
    } else {
      dropped++;
    }
  }

  /** Datagrams that other agents have taken. */
  long forwarded() {
    return forwarded;
  }

  /** Datagrams that were lost because another agent's queue was full. */
  long dropped() {
    return dropped;
  }
}
