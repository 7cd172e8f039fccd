package io.hypermesh.stoq;

import io.hypermesh.stoq.connection.CloseReason;
import io.hypermesh.stoq.connection.ConnectionEvent;
import io.hypermesh.stoq.endpoint.Endpoint;
import io.hypermesh.stoq.endpoint.EndpointConnection;
import io.hypermesh.stoq.endpoint.EndpointHandler;
import io.hypermesh.stoq.handshake.HandshakeTask;
import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.stream.Stream;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes of an {@link Endpoint}'s events what hosts see: connections, streams, listeners' calls,
 * futures and signals; and of its tasks work for the executor. On the agent's thread.
 */
final class HostNotifier implements EndpointHandler {
  private static final Logger LOGGER = LoggerFactory.getLogger(HostNotifier.class);

  /** A call of the host's code. */
  @FunctionalInterface
  interface Call {
    void run() throws StoqException;
  }

  private final StoqEndpoint owner;
  private final EndpointAgent agent;
  private final Endpoint endpoint;
  private final ConnectionCalls calls;
  private final StoqListener listener;
  private final Executor taskExecutor;
  private final SessionKeeper sessions;

  HostNotifier(
      StoqEndpoint owner,
      EndpointAgent agent,
      Endpoint endpoint,
      ConnectionCalls calls,
      StoqListener listener,
      Executor taskExecutor,
      SessionKeeper sessions) {
    this.sessions = sessions;
    this.owner = owner;
    this.agent = agent;
    this.endpoint = endpoint;
    this.calls = calls;
    this.listener = listener;
    this.taskExecutor = taskExecutor;
  }

  @Override
  public void onAccepted(EndpointConnection core) {
    new StoqConnection(owner, agent, true, core.firstRemote()).core(core);
  }

  @Override
  public void onTask(EndpointConnection core, HandshakeTask task) {
    try {
      taskExecutor.execute(() -> {
        try {
          task.run();
        } finally {
          // Also after an Error, which the executor's thread has to deal with.
          agent.execute(() -> handleTaskDone(core, task));
        }
      });
    } catch (RejectedExecutionException e) {
      LOGGER.warn("couldn't run a handshake's task because the executor refused it", e);
      core.connection().close(0, "overloaded", agent.nowNanos());
      endpoint.touch(core);
    }
  }

  private void handleTaskDone(EndpointConnection core, HandshakeTask task) {
    Throwable cause = task.cause();
    if (cause != null) {
      LOGGER.debug("authentication failed", cause);
    }
    if (!core.isRemoved()) {
      calls.taskDone(core, task, agent.nowNanos());
    }
  }

  @Override
  public void onEvent(EndpointConnection core, ConnectionEvent event) {
    StoqConnection connection = connectionOf(core);
    switch (event) {
      case ConnectionEvent.Established established -> {
        boolean known = connection.isEstablished();
        connection.onEstablished(established);
        if (connection.isServer() && !known) {
          tell(connection, () -> listener.onConnection(connection));
        }
        connection.servePendingOpens();
      }
      case ConnectionEvent.EarlyDataBegun begun -> {
        connection.onEarlyData(begun);
        if (connection.isServer()) {
          tell(connection, () -> listener.onConnection(connection));
        }
        connection.servePendingOpens();
      }
      case ConnectionEvent.EarlyDataRejected rejected ->
          tell(connection, () -> listener.onEarlyDataRejected(connection));
      case ConnectionEvent.SessionKept kept -> sessions.put(connection, kept.session());
      case ConnectionEvent.PeerStreamOpened opened -> {
        StoqStream stream = connection.wrap(opened.stream());
        tell(connection, () -> StreamListening.call(stream, () -> listener.onStream(stream)));
      }
      case ConnectionEvent.StreamReadable readable -> {
        StoqStream stream = streamOf(readable.stream());
        tell(connection, stream::onReadable);
      }
      case ConnectionEvent.StreamWritable writable -> {
        StoqStream stream = streamOf(writable.stream());
        tell(connection, stream::onWritable);
      }
      case ConnectionEvent.StreamClosed streamClosed ->
          connection.onStreamClosed(streamOf(streamClosed.stream()));
      case ConnectionEvent.DatagramsReadable readable ->
          tell(connection, connection.datagrams()::onReadable);
      case ConnectionEvent.DatagramsWritable writable ->
          tell(connection, connection.datagrams()::onWritable);
      case ConnectionEvent.StreamsAvailable available -> connection.servePendingOpens();
      case ConnectionEvent.PathChanged changed -> connection.onPathChanged(changed.remote());
      case ConnectionEvent.Closed ended -> handleClosed(connection, reasonOf(ended.reason()));
      case ConnectionEvent.MigrationEnded migration -> connection.onMigrationEnded(migration);
      case ConnectionEvent.HandshakeConfirmed confirmed -> connection.onHandshakeConfirmed();
      case ConnectionEvent.ConnectionIdIssued issued -> {
        // The endpoint has taken it in.
      }
      case ConnectionEvent.ConnectionIdRetired retired -> {
        // The endpoint has forgotten it.
      }
      case ConnectionEvent.NewToken token -> {
        // The endpoint keeps it for a later connection.
      }
      case ConnectionEvent.Drained drained -> {
        // onRemoved follows.
      }
    }
  }

  @Override
  public void onUpdated(EndpointConnection core) {
    connectionOf(core).publishStatistics(core);
  }

  @Override
  public void onRemoved(EndpointConnection core, @Nullable RuntimeException defect) {
    if (defect == null) {
      // A connection tells of its end before it is drained.
      return;
    }
    if (!(core.attachment() instanceof StoqConnection connection)) {
      LOGGER.error(
          "a first datagram from {} is dropped because of a defect in this library",
          Ipv6Text.of(core.firstRemote()),
          defect);
      return;
    }
    LOGGER.error("{} is given up because of a defect in this library", connection, defect);
    handleClosed(
        connection,
        new StoqCloseReason(
            StoqCloseReason.Initiator.LOCAL,
            false,
            TransportErrorCode.INTERNAL_ERROR,
            "internal error"));
  }

  private void handleClosed(StoqConnection connection, StoqCloseReason reason) {
    boolean known = connection.isEstablished();
    connection.onClosed(reason);
    if (known) {
      tell(connection, () -> listener.onClosed(connection, reason));
    } else if (connection.isServer()) {
      LOGGER.debug(
          "handshake from {} failed: {}",
          Ipv6Text.of(connection.remoteAddress()),
          reason.describe());
    }
  }

  /** Calls the host's code; its failure ends its connection, and nothing else. */
  void tell(StoqConnection connection, Call call) {
    try {
      call.run();
    } catch (StoqException | RuntimeException | StackOverflowError | AssertionError e) {
      LOGGER.warn("a listener failed, and its connection with it: {}", connection, e);
      EndpointConnection core = connection.core();
      if (core != null) {
        core.connection()
            .close(StoqListener.ERROR_LISTENER_FAILED, "internal error", agent.nowNanos());
        endpoint.touch(core);
      }
    }
  }

  static StoqConnection connectionOf(EndpointConnection core) {
    if (core.attachment() instanceof StoqConnection connection) {
      return connection;
    }
    throw new IllegalStateException("a connection without its host's view: " + core.attachment());
  }

  private static StoqStream streamOf(Stream stream) {
    if (stream.attachment() instanceof StoqStream wrapped) {
      return wrapped;
    }
    throw new IllegalStateException("a stream without its host's view: " + stream.id());
  }

  private static StoqCloseReason reasonOf(CloseReason reason) {
    StoqCloseReason.Initiator initiator =
        switch (reason.origin()) {
          case LOCAL -> StoqCloseReason.Initiator.LOCAL;
          case PEER -> StoqCloseReason.Initiator.PEER;
          case IDLE_TIMEOUT -> StoqCloseReason.Initiator.IDLE_TIMEOUT;
          case HANDSHAKE_TIMEOUT -> StoqCloseReason.Initiator.HANDSHAKE_TIMEOUT;
          case STATELESS_RESET -> StoqCloseReason.Initiator.STATELESS_RESET;
          case VERSION_NEGOTIATION -> StoqCloseReason.Initiator.VERSION_NEGOTIATION;
        };
    return new StoqCloseReason(
        initiator, reason.application(), reason.errorCode(), reason.reason());
  }
}
