package io.hypermesh.stoq;

import io.hypermesh.stoq.connection.Connection;
import io.hypermesh.stoq.connection.DatagramTrain;
import io.hypermesh.stoq.endpoint.Endpoint;
import io.hypermesh.stoq.endpoint.EndpointConnection;
import io.hypermesh.stoq.handshake.HandshakeTask;
import io.hypermesh.stoq.stream.Stream;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls the state machines for an agent. What one throws, which it never should, ends its
 * connection and no other: the endpoint gives it up; and what making one throws costs a datagram.
 * On the agent's thread.
 */
final class ConnectionCalls {
  private static final Logger LOGGER = LoggerFactory.getLogger(ConnectionCalls.class);

  private final Endpoint endpoint;

  ConnectionCalls(Endpoint endpoint) {
    this.endpoint = endpoint;
  }

  /** A datagram came. */
  void datagram(
      MemorySegment buffer,
      long offset,
      int length,
      int socket,
      InetSocketAddress source,
      int ecn,
      long nowNanos) {
    try {
      endpoint.handleDatagram(buffer, offset, length, socket, source, ecn, nowNanos);
    } catch (RuntimeException e) {
      LOGGER.error("a datagram is dropped because of a defect in this library", e);
    }
  }

  /** Datagrams came together; returns how many of them were taken, at least 1. */
  int train(DatagramTrain train, long nowNanos) {
    int taken = endpoint.handleTrain(train, nowNanos);
    if (taken == 0) {
      datagram(
          train.buffer(),
          train.start(0),
          train.segmentLength(),
          train.socket(),
          train.source(),
          train.ecn(),
          nowNanos);
    }
    return Math.max(1, taken);
  }

  /** What may be a stateless reset came to another agent. */
  void reset(MemorySegment buffer, int length, InetSocketAddress source, long nowNanos) {
    try {
      endpoint.handleReset(buffer, 0, length, source, nowNanos);
    } catch (RuntimeException e) {
      LOGGER.error("a datagram is dropped because of a defect in this library", e);
    }
  }

  /** The host has read from or written to a stream. */
  void streamProgress(EndpointConnection core, Stream stream, long nowNanos) {
    try {
      core.connection().handleStreamProgress(stream, nowNanos);
    } catch (RuntimeException e) {
      endpoint.giveUp(core, e);
    }
    endpoint.touch(core);
  }

  /** A task is done. */
  void taskDone(EndpointConnection core, HandshakeTask task, long nowNanos) {
    call(core, connection -> connection.handleTaskDone(task, nowNanos));
  }

  /** Anything else. */
  void call(EndpointConnection core, Consumer<Connection> action) {
    try {
      action.accept(core.connection());
    } catch (RuntimeException e) {
      endpoint.giveUp(core, e);
    }
    endpoint.touch(core);
  }
}
