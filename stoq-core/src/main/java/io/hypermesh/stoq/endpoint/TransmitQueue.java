package io.hypermesh.stoq.endpoint;

import io.hypermesh.stoq.connection.TransmitBatch;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Whose turn it is to send: the answers to strangers first, which are few and small, then the
 * connections that may have something to say, a burst each in turn, of which each run of datagrams
 * is sealed in one call. Owned by the endpoint's thread.
 */
final class TransmitQueue {
  /** Datagrams that one connection may send while others wait. */
  private static final int BURST_DATAGRAMS_MAX = 64;

  private final StatelessAnswers answers;
  private final EndpointCounters counters;
  private final Consumer<EndpointConnection> onSilent;
  private final BiConsumer<EndpointConnection, RuntimeException> onDefect;

  /** Connections that may have something to send. */
  private final ArrayDeque<EndpointConnection> ready = new ArrayDeque<>();

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

  /** Writes the next datagrams; returns how many, 0 where there is none. */
  int poll(TransmitBatch batch, long nowNanos) {
    if (pollAnswer(batch)) {
      counters.datagramsSent++;
      return 1;
    }
    EndpointConnection connection = ready.peek();
    while (connection != null) {
      int count = poll(connection, batch, nowNanos);
      if (count > 0) {
        note(connection, count);
        return count;
      }
      ready.remove();
      connection.ready = false;
      connection.burstDatagrams = 0;
      onSilent.accept(connection);
      connection = ready.peek();
    }
    return 0;
  }

  private boolean pollAnswer(TransmitBatch batch) {
    MemorySegment space = batch.claim();
    int length = space == null ? 0 : answers.poll(space, 0);
    if (length == 0) {
      return false;
    }
    int socket = answers.polledSocket();
    batch.add(length, answers.remove(), socket, 0);
    return true;
  }

  private int poll(EndpointConnection connection, TransmitBatch batch, long nowNanos) {
    if (connection.removed || connection.defect != null) {
      return 0;
    }
    try {
      batch.limit(BURST_DATAGRAMS_MAX - connection.burstDatagrams);
      return connection.connection().pollTransmit(batch, nowNanos);
    } catch (RuntimeException e) {
      batch.clear();
      onDefect.accept(connection, e);
      return 0;
    }
  }

  private void note(EndpointConnection connection, int count) {
    counters.datagramsSent += count;
    connection.datagramsSent += count;
    connection.burstDatagrams += count;
    if (connection.burstDatagrams >= BURST_DATAGRAMS_MAX) {
      connection.burstDatagrams = 0;
      ready.add(ready.remove());
    }
  }
}
