package io.hypermesh.stoq;

import io.hypermesh.stoq.connection.CloseReason;
import io.hypermesh.stoq.connection.Connection;
import io.hypermesh.stoq.connection.ConnectionEvent;
import io.hypermesh.stoq.driver.DatagramDriver;
import io.hypermesh.stoq.endpoint.Endpoint;
import io.hypermesh.stoq.endpoint.EndpointConnection;
import io.hypermesh.stoq.endpoint.EndpointHandler;
import io.hypermesh.stoq.handshake.HandshakeTask;
import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.stream.ChunkPool;
import io.hypermesh.stoq.stream.Stream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentTerminationException;
import org.agrona.concurrent.NanoClock;
import org.jctools.queues.atomic.MpscUnboundedAtomicArrayQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thin shell around an {@link Endpoint}: its duty cycle joins the state machine to the socket,
 * the clock, the executor for certificates and the host's threads.
 *
 * <pre>{@code
 * socket ──receive──► ┌──────────┐ ──transmit──► socket
 * clock ───deadline─► │ Endpoint │ ──events────► listeners, signals, futures
 * host ────commands─► │          │ ──tasks─────► executor ──┐
 *                ┌──► └──────────┘                          │
 *                └──────────────── commands ◄───────────────┘
 * }</pre>
 *
 * <p>One thread runs it; all others only {@link #execute}. The queue of commands has no bound of
 * its own: what goes into it is bounded where it is made (one progress entry a stream, streams and
 * their openings by their limits, tasks by the handshakes in flight).
 */
final class EndpointAgent implements Agent, EndpointHandler {
  /** Datagrams taken from the socket in one cycle. */
  private static final int RECEIVE_LIMIT = 64;

  /** Commands run in one cycle. */
  private static final int COMMANDS_LIMIT = 1_024;

  /** Datagrams sent in one cycle: acknowledgements have to be read in between. */
  private static final int TRANSMIT_LIMIT = 128;

  private static final Logger LOGGER = LoggerFactory.getLogger(EndpointAgent.class);

  private record Command(Runnable action, @Nullable Runnable otherwise) {}

  private final StoqEndpoint owner;
  private final Endpoint endpoint;
  private final DatagramDriver driver;
  private final StoqSettings settings;
  private final ChunkPool pool;
  private final StoqListener listener;
  private final Executor taskExecutor;
  private final NanoClock clock;
  private final long originNanos;

  private final MpscUnboundedAtomicArrayQueue<Object> commands =
      new MpscUnboundedAtomicArrayQueue<>(1_024);
  private volatile boolean sleeping;
  private volatile boolean closing;
  private volatile boolean closed;

  // Owned by the agent's thread.
  private final ArrayDeque<StoqStream> waitingForRoom = new ArrayDeque<>();
  private long nowNanos;
  private boolean socketFull;
  private @Nullable StoqException failure;

  EndpointAgent(
      StoqEndpoint owner,
      Endpoint endpoint,
      DatagramDriver driver,
      StoqSettings settings,
      ChunkPool pool,
      StoqListener listener,
      Executor taskExecutor,
      NanoClock clock,
      long originNanos) {
    this.owner = owner;
    this.endpoint = endpoint;
    this.driver = driver;
    this.settings = settings;
    this.pool = pool;
    this.listener = listener;
    this.taskExecutor = taskExecutor;
    this.clock = clock;
    this.originNanos = originNanos;
  }

  // ---- From any thread -----------------------------------------------------------------------

  StoqSettings settings() {
    return settings;
  }

  /** Runs an action on the agent's thread; never, where the endpoint is closed. */
  void execute(Runnable action) {
    enqueue(action);
  }

  /** Runs an action on the agent's thread, or the other one where the endpoint is closed. */
  void execute(Runnable action, Runnable otherwise) {
    enqueue(new Command(action, otherwise));
  }

  /** Tells the agent that the host has read from or written to a stream. */
  void progress(StoqStream stream) {
    enqueue(stream);
  }

  /** Calls a connection's state machine on the agent's thread, if it is still there. */
  void call(StoqConnection connection, Consumer<Connection> action) {
    execute(() -> {
      EndpointConnection core = connection.core();
      if (core != null) {
        action.accept(core.connection());
        endpoint.touch(core);
      }
    });
  }

  private void enqueue(Object command) {
    commands.offer(command);
    if (closed) {
      drainAfterClose();
    } else if (sleeping) {
      driver.wakeUp();
    }
  }

  /** Makes the agent neither sleep nor wait any more. */
  void prepareClose() {
    closing = true;
    driver.wakeUp();
  }

  boolean isClosed() {
    return closed;
  }

  // ---- The duty cycle ------------------------------------------------------------------------

  @Override
  public String roleName() {
    return "stoq-" + driver.localAddress().getPort();
  }

  @Override
  public int doWork() {
    nowNanos = clock.nanoTime() - originNanos;
    try {
      int work = driver.receive(this::handleDatagram, RECEIVE_LIMIT);
      if (endpoint.nextDeadlineNanos() <= nowNanos) {
        endpoint.handleTimeout(nowNanos);
        work++;
      }
      // Twice: what the host is told may make it write, and what it writes goes out at once.
      work += endpoint.pollEvents(this);
      work += runCommands();
      work += endpoint.pollEvents(this);
      work += tellRoom();
      work += transmit();
      return work;
    } catch (IOException e) {
      throw ended(e);
    }
  }

  private AgentTerminationException ended(IOException cause) {
    StoqException ending =
        new StoqException(
            StoqException.Category.FATAL,
            "couldn't go on because the socket on " + driver.localAddress() + " failed",
            cause);
    failure = ending;
    return new AgentTerminationException(ending);
  }

  private void handleDatagram(
      MemorySegment buffer, long offset, int length, InetSocketAddress source, int ecn) {
    endpoint.handleDatagram(buffer, offset, length, source, ecn, nowNanos);
  }

  private int runCommands() {
    int done = 0;
    while (done < COMMANDS_LIMIT) {
      Object command = commands.relaxedPoll();
      if (command == null) {
        break;
      }
      done++;
      if (command instanceof StoqStream stream) {
        handleProgress(stream);
      } else if (command instanceof Command both) {
        both.action().run();
      } else {
        ((Runnable) command).run();
      }
    }
    return done;
  }

  private void handleProgress(StoqStream stream) {
    // First, so that what the host does from now on makes a new entry.
    stream.progressSeen();
    EndpointConnection core = stream.connection().core();
    if (core != null) {
      core.connection().handleStreamProgress(stream.core(), nowNanos);
      endpoint.touch(core);
    }
  }

  private int transmit() throws IOException {
    if (socketFull && driver.flush() > 0) {
      return 0;
    }
    socketFull = false;
    int sent = 0;
    while (sent < TRANSMIT_LIMIT) {
      MemorySegment space = driver.claim();
      if (space == null) {
        if (driver.flush() > 0) {
          socketFull = true;
          return sent;
        }
        continue;
      }
      int length = endpoint.pollTransmit(space, 0, (int) space.byteSize(), nowNanos);
      if (length == 0) {
        break;
      }
      driver.commit(length, endpoint.destination(), 0);
      sent++;
    }
    socketFull = driver.flush() > 0;
    return sent;
  }

  /** Has a stream told once there is the room that its host asked for. */
  void awaitRoom(StoqStream stream) {
    waitingForRoom.add(stream);
  }

  private int tellRoom() {
    int told = 0;
    boolean poolHasRoom = pool.acquired() < pool.chunksMax();
    for (int remaining = waitingForRoom.size(); remaining > 0; remaining--) {
      StoqStream stream = waitingForRoom.remove();
      if (!stream.connection().isOpen() || (poolHasRoom && stream.isRoomWantedThere())) {
        told++;
        tell(stream.connection(), stream::roomWantedTold);
      } else {
        waitingForRoom.add(stream);
      }
    }
    return told;
  }

  /** Waits until there is something to do. Called on the agent's thread when there wasn't. */
  void await() {
    sleeping = true;
    try {
      if (!commands.isEmpty() || closing || endpoint.hasTouched()) {
        return;
      }
      long deadlineNanos = endpoint.nextDeadlineNanos();
      driver.await(
          deadlineNanos == Long.MAX_VALUE
              ? Long.MAX_VALUE
              : deadlineNanos - (clock.nanoTime() - originNanos));
    } catch (IOException e) {
      throw ended(e);
    } finally {
      sleeping = false;
    }
  }

  long nowNanos() {
    return nowNanos;
  }

  // ---- From the state machine ----------------------------------------------------------------

  /** Starts a client's connection; on the agent's thread. */
  void connect(StoqConnection connection, String serverName) {
    InetSocketAddress remote = connection.remoteAddress();
    EndpointConnection core = endpoint.connect(remote, serverName, nowNanos);
    if (core == null) {
      connection
          .established()
          .completeExceptionally(
              new StoqException(
                  StoqException.Category.RETRYABLE,
                  "couldn't connect to "
                      + remote
                      + " because there are as many connections as connectionsMax allows: "
                      + settings.connectionsMax()));
      return;
    }
    connection.core(core);
  }

  @Override
  public void onAccepted(EndpointConnection core) {
    new StoqConnection(owner, this, true, core.firstRemote()).core(core);
  }

  @Override
  public void onTask(EndpointConnection core, HandshakeTask task) {
    try {
      taskExecutor.execute(() -> {
        task.run();
        execute(() -> {
          Throwable cause = task.cause();
          if (cause != null) {
            LOGGER.debug("authentication failed", cause);
          }
          core.connection().handleTaskDone(task, nowNanos);
          endpoint.touch(core);
        });
      });
    } catch (RejectedExecutionException e) {
      LOGGER.warn("couldn't run a handshake's task because the executor refused it", e);
      core.connection().close(0, "overloaded", nowNanos);
      endpoint.touch(core);
    }
  }

  @Override
  public void onEvent(EndpointConnection core, ConnectionEvent event) {
    StoqConnection connection = connectionOf(core);
    switch (event) {
      case ConnectionEvent.Established established -> {
        connection.onEstablished(established);
        if (connection.isServer()) {
          tell(connection, () -> listener.onConnection(connection));
        }
        connection.servePendingOpens();
      }
      case ConnectionEvent.PeerStreamOpened opened -> {
        StoqStream stream = connection.wrap(opened.stream());
        tell(connection, () -> listener.onStream(stream));
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
      case ConnectionEvent.StreamsAvailable available -> connection.servePendingOpens();
      case ConnectionEvent.PathChanged changed -> connection.onPathChanged(changed.remote());
      case ConnectionEvent.Closed ended -> handleClosed(connection, reasonOf(ended.reason()));
      case ConnectionEvent.HandshakeConfirmed confirmed -> {
        // Nothing that a host could do differently.
      }
      case ConnectionEvent.ConnectionIdIssued issued -> {
        // The endpoint has taken it in.
      }
      case ConnectionEvent.ConnectionIdRetired retired -> {
        // The endpoint has forgotten it.
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
    StoqConnection connection = connectionOf(core);
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
      LOGGER.debug("handshake from {} failed: {}", connection.remoteAddress(), reason.describe());
    }
  }

  /** Calls the host's code; its failure ends its connection, and nothing else. */
  void tell(StoqConnection connection, Runnable call) {
    try {
      call.run();
    } catch (RuntimeException e) {
      LOGGER.warn("a listener failed, and its connection with it: {}", connection, e);
      EndpointConnection core = connection.core();
      if (core != null) {
        core.connection().close(StoqListener.ERROR_LISTENER_FAILED, "internal error", nowNanos);
        endpoint.touch(core);
      }
    }
  }

  private static StoqConnection connectionOf(EndpointConnection core) {
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

  // ---- The end -------------------------------------------------------------------------------

  /** Closes every connection, tells the peers as far as the socket allows, and ends. */
  @Override
  public void onClose() {
    if (closed) {
      return;
    }
    nowNanos = clock.nanoTime() - originNanos;
    for (EndpointConnection core : endpoint.connections()) {
      core.connection().close(0, "endpoint closed", nowNanos);
      endpoint.touch(core);
    }
    endpoint.pollEvents(this);
    try (driver) {
      for (int sent = transmit(); sent > 0; sent = transmit()) {
        endpoint.pollEvents(this);
      }
    } catch (IOException e) {
      LOGGER.debug("couldn't say goodbye to every peer", e);
    }
    StoqCloseReason reason =
        new StoqCloseReason(StoqCloseReason.Initiator.LOCAL, true, 0, "endpoint closed");
    for (EndpointConnection core : endpoint.connections()) {
      connectionOf(core).onClosed(reason);
    }
    closed = true;
    drainAfterClose();
    owner.onAgentClosed(failure);
  }

  /** Fails what nobody will run any more. After the close any thread may come here. */
  private void drainAfterClose() {
    synchronized (commands) {
      for (Object command = commands.poll(); command != null; command = commands.poll()) {
        Runnable otherwise = command instanceof Command both ? both.otherwise() : null;
        if (otherwise != null) {
          otherwise.run();
        }
      }
    }
  }
}
