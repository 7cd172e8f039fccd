package io.hypermesh.stoq.simulation;

import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * What is attached to a {@link SimulatedNetwork}: a machine without I/O that takes datagrams and
 * time and gives datagrams and its next deadline. Called on the network's thread.
 */
public interface SimulatedNode {
  /**
   * A datagram came.
   *
   * @param datagram exactly the datagram; the node may change it
   * @param to which of the node's addresses it came to
   * @param ecn the two ECN bits of its IP header (RFC 3168)
   */
  void handleDatagram(
      MemorySegment datagram, InetSocketAddress from, InetSocketAddress to, int ecn, long nowNanos);

  /** The time of {@link #nextDeadlineNanos()} has come. */
  void handleTimeout(long nowNanos);

  /** When {@link #handleTimeout} is to be called, or {@link Long#MAX_VALUE} for never. */
  long nextDeadlineNanos();

  /**
   * Writes the next datagram to send.
   *
   * @param buffer from offset 0; has room for the largest UDP datagram
   * @return its length; 0 where there is none
   */
  int pollTransmit(MemorySegment buffer, long nowNanos);

  /** Where the datagram goes that was polled last. */
  InetSocketAddress destination();

  /**
   * From which of the node's addresses the datagram goes that was polled last; null for the one
   * that it's attached at, which is enough for a node that has one.
   */
  default @Nullable InetSocketAddress source() {
    return null;
  }

  /** The two ECN bits of the datagram that was polled last. */
  default int ecn() {
    return 0;
  }
}
