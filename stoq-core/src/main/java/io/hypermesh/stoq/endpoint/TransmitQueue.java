package io.hypermesh.stoq.endpoint;

import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Whose turn it is to send: the answers to strangers first, which are few and small, then the
 * connections that may have something to say, a burst each in turn. Owned by the endpoint's thread.
 */
final class TransmitQueue {
  /** Datagrams that one connection may send while others wait. */
  private static final int BURST_DATAGRAMS_MAX = 16;

  private final StatelessAnswers answers;
  private final EndpointCounters counters;
  private final Consumer<EndpointConnection> onSilent;
  private final BiConsumer<EndpointConnection, RuntimeException> onDefect;

  /** Connections that may have something to send. */
  private final ArrayDeque<EndpointConnection> ready = new ArrayDeque<>();

  private @Nullable InetSocketAddress destination;
  private int socket;
  private int ecn;

  /**
   * @param onSilent takes a connection that has nothing more to send
   * @param onDefect takes what a connection threw
   */
  TransmitQueue(
      StatelessAnswers answers,
      EndpointCounters counters,
      Consumer<EndpointConnection> onSilent,
      BiConsumer<EndpointConnection, RuntimeException> onDefect) {
    this.answers = answers;
    this.counters = counters;
    this.onSilent = onSilent;
    this.onDefect = onDefect;
  }

  void add(EndpointConnection connection) {
    if (!connection.ready) {
      connection.ready = true;
      ready.add(connection);
    }
  }

  /** Writes the next datagram; returns its length, 0 where there is none. */
  int poll(MemorySegment buffer, long offset, int capacity, long nowNanos) {
    int length = answers.poll(buffer, offset);
    if (length > 0) {
      socket = answers.polledSocket();
      ecn = 0;
      destination = answers.remove();
      counters.datagramsSent++;
      return length;
    }
    EndpointConnection connection = ready.peek();
    while (connection != null) {
      length = poll(connection, buffer, offset, capacity, nowNanos);
      if (length > 0) {
        note(connection);
        return length;
      }
      ready.remove();
      connection.ready = false;
      connection.burstDatagrams = 0;
      onSilent.accept(connection);
      connection = ready.peek();
    }
    return 0;
  }

  private int poll(
      EndpointConnection connection,
      MemorySegment buffer,
      long offset,
      int capacity,
      long nowNanos) {
    if (connection.removed || connection.defect != null) {
      return 0;
    }
    try {
      return connection.connection().pollTransmit(buffer, offset, capacity, nowNanos);
    } catch (RuntimeException e) {
      onDefect.accept(connection, e);
      return 0;
    }
  }

  private void note(EndpointConnection connection) {
    destination = connection.connection().remoteAddress();
    socket = connection.connection().socket();
    ecn = connection.connection().ecn();
    counters.datagramsSent++;
    connection.datagramsSent++;
    if (++connection.burstDatagrams >= BURST_DATAGRAMS_MAX) {
      connection.burstDatagrams = 0;
      ready.add(ready.remove());
    }
  }

  /** Where the datagram that was polled last goes. */
  InetSocketAddress destination() {
    if (destination == null) {
      throw new IllegalStateException("no datagram has been polled");
    }
    return destination;
  }

  /** From which socket. */
  int socket() {
    return socket;
  }

  /** With which ECN bits. */
  int ecn() {
    return ecn;
  }
}
