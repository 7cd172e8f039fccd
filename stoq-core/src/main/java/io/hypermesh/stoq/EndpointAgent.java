package io.hypermesh.stoq;

import io.hypermesh.stoq.connection.Connection;
import io.hypermesh.stoq.connection.DatagramTrain;
import io.hypermesh.stoq.driver.DatagramDriver;
import io.hypermesh.stoq.endpoint.Endpoint;
import io.hypermesh.stoq.endpoint.EndpointConnection;
import io.hypermesh.stoq.stream.ChunkPool;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentTerminationException;
import org.agrona.concurrent.NanoClock;
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
 * <p>One thread runs it; all others only {@link #execute}.
 */
final class EndpointAgent implements Agent {
  /** Datagrams taken from the socket in one cycle. */
  private static final int RECEIVE_LIMIT = 128;

  /** Sleep of an idle strategy whose agent has ended. */
  private static final long CLOSED_PARK_NANOS = 1_000_000;

  private static final Logger LOGGER = LoggerFactory.getLogger(EndpointAgent.class);

  /**
   * An agent's place among those of its endpoint.
   *
   * @param index its number
   * @param forwarding takes what came to it and is for others
   * @param forwarded has what came to others and is for it
   */
  record Place(int index, ShardForwarding forwarding, ForwardedDatagrams forwarded) {}

  private final StoqEndpoint owner;
  private final Endpoint endpoint;
  private final ConnectionCalls calls;
  private final EndpointSockets sockets;
  private final ConnectionMoves moves;
  private final StoqSettings settings;
  private final ChunkPool pool;
  private final HostNotifier notifier;
  private final SessionKeeper sessions;
  private final ShardForwarding forwarding;
  private final ForwardedDatagrams forwarded;
  private final ForwardedDatagrams.Handler forwardedHandler = this::handleForwarded;
  private final int index;
  private final NanoClock clock;
  private final long originNanos;

  private final CommandQueue commands = new CommandQueue();
  private volatile boolean sleeping;
  private volatile boolean closing;
  private volatile boolean closed;
  private volatile boolean ownsThread;

  private final PublishedCounters counters = new PublishedCounters();

  // Owned by the agent's thread.
  private final ArrayDeque<StoqStream> waitingForRoom = new ArrayDeque<>();
  private final Consumer<Object> known = this::handleKnown;
  private long nowNanos;
  private @Nullable StoqException failure;

  EndpointAgent(
      StoqEndpoint owner,
      Endpoint endpoint,
      EndpointSockets.Opening opening,
      Place place,
      StoqSettings settings,
      ChunkPool pool,
      StoqListener listener,
      Executor taskExecutor,
      SessionKeeper sessions,
      NanoClock clock,
      long originNanos) {
    this.owner = owner;
    this.endpoint = endpoint;
    this.calls = new ConnectionCalls(endpoint);
    this.sockets = new EndpointSockets(opening, new Inlet());
    this.index = place.index();
    this.forwarding = place.forwarding();
    this.forwarded = place.forwarded();
    this.moves = new ConnectionMoves(endpoint, sockets);
    this.settings = settings;
    this.pool = pool;
    this.sessions = sessions;
    this.notifier =
        new HostNotifier(owner, this, endpoint, calls, listener, taskExecutor, sessions);
    this.clock = clock;
    this.originNanos = originNanos;
  }

  // ---- From any thread -----------------------------------------------------------------------

  StoqSettings settings() {
    return settings;
  }

  StoqEndpointStatistics statistics() {
    return counters.read();
  }

  long streamBufferBytes() {
    return (long) pool.acquired() * pool.chunkBytes();
  }

  /** Runs an action on the agent's thread; never, where the endpoint is closed. */
  void execute(Runnable action) {
    commands.add(action);
    notice();
  }

  /** Runs an action on the agent's thread, or the other one where the endpoint is closed. */
  void execute(Runnable action, Runnable otherwise) {
    commands.add(action, otherwise);
    notice();
  }

  /** Tells the agent that the host has read from or written to a stream. */
  void progress(StoqStream stream) {
    commands.add(stream);
    notice();
  }

  /** Tells the agent that the host has datagrams to send. */
  void progress(StoqDatagrams datagrams) {
    commands.add(datagrams);
    notice();
  }

  /** Calls a connection's state machine on the agent's thread, if it is still there. */
  void call(StoqConnection connection, Consumer<Connection> action) {
    execute(() -> {
      EndpointConnection core = connection.core();
      if (core != null) {
        calls.call(core, action);
      }
    });
  }

  /**
   * Takes a datagram that came to another agent's socket; on that agent's thread. It's copied.
   *
   * @param group of the socket; {@link EndpointSockets#NO_GROUP} for what may be a stateless reset
   * @return false where it's lost because so many wait already
   */
  boolean takeForwarded(
      MemorySegment datagram,
      long offset,
      int length,
      int group,
      InetSocketAddress source,
      int ecn) {
    if (!forwarded.offer(datagram, offset, length, group, source, ecn)) {
      return false;
    }
    wakeIfAsleep();
    return true;
  }

  /** The group of one of its sockets; on the agent's thread. */
  int groupOf(int socket) {
    return sockets.groupOf(socket);
  }

  /** There is a command. */
  private void notice() {
    if (closed) {
      commands.drainAfterClose();
    } else {
      wakeIfAsleep();
    }
  }

  private void wakeIfAsleep() {
    if (sleeping) {
      // Who sees it first wakes the agent; the others needn't pay for that too.
      sleeping = false;
      sockets.wakeUp();
    }
  }

  /** The thread that runs this agent ends with it. */
  void ownsThread() {
    ownsThread = true;
  }

  /** Has the next cycle end the endpoint. */
  void prepareClose() {
    closing = true;
    if (!closed) {
      sockets.wakeUp();
    }
  }

  boolean isClosed() {
    return closed;
  }

  // ---- The duty cycle ------------------------------------------------------------------------

  @Override
  public String roleName() {
    String name = "stoq-" + sockets.localAddress().getPort();
    return index == 0 ? name : name + '-' + index;
  }

  @Override
  public int doWork() {
    if (closing) {
      return end();
    }
    nowNanos = clock.nanoTime() - originNanos;
    try {
      int work = sockets.receive(RECEIVE_LIMIT);
      work += forwarded.drain(forwardedHandler, RECEIVE_LIMIT);
      if (endpoint.nextDeadlineNanos() <= nowNanos) {
        endpoint.handleTimeout(nowNanos);
        work++;
      }
      // Twice: what the host is told may make it write, and what it writes goes out at once.
      work += endpoint.pollEvents(notifier);
      work += runCommands();
      work += endpoint.pollEvents(notifier);
      work += tellRoom();
      work += sockets.transmit(endpoint, nowNanos);
      moves.sweep(nowNanos);
      if (work > 0) {
        counters.publish(endpoint, forwarding);
      }
      return work;
    } catch (IOException e) {
      fail(e);
      return end();
    }
  }

  private void fail(IOException cause) {
    failure =
        new StoqException(
            StoqException.Category.FATAL,
            "couldn't go on because the socket on "
                + Ipv6Text.of(sockets.localAddress())
                + " failed",
            cause);
    closing = true;
    LOGGER.error("{} ends", owner, failure);
  }

  /**
   * Ends for good; the endpoint's own thread with it, but no host's, which may run other agents.
   */
  private int end() {
    onClose();
    if (ownsThread) {
      throw new AgentTerminationException();
    }
    return 0;
  }

  /** What comes from the sockets. */
  private final class Inlet implements EndpointSockets.Sink {
    @Override
    public void onDatagram(
        MemorySegment buffer,
        long offset,
        int length,
        int socket,
        InetSocketAddress source,
        int ecn) {
      calls.datagram(buffer, offset, length, socket, source, ecn, nowNanos);
    }

    @Override
    public int onTrain(DatagramTrain train) {
      return calls.train(train, nowNanos);
    }
  }

  /** What came to another agent's sockets. */
  private void handleForwarded(
      MemorySegment buffer, int length, int group, InetSocketAddress source, int ecn) {
    if (group == EndpointSockets.NO_GROUP) {
      calls.reset(buffer, length, source, nowNanos);
      return;
    }
    int socket = sockets.ofGroup(group);
    if (socket >= 0) {
      calls.datagram(buffer, 0, length, socket, source, ecn, nowNanos);
    }
  }

  private int runCommands() {
    return commands.run(known, failure -> LOGGER.error("a command of {} failed", owner, failure));
  }

  private void handleKnown(Object of) {
    if (of instanceof StoqStream stream) {
      handleProgress(stream);
    } else if (of instanceof StoqDatagrams datagrams) {
      handleProgress(datagrams);
    }
  }

  private void handleProgress(StoqStream stream) {
    // First, so that what the host does from now on makes a new entry.
    stream.progressSeen();
    EndpointConnection core = stream.connection().core();
    if (core != null) {
      calls.streamProgress(core, stream.core(), nowNanos);
    }
  }

  private void handleProgress(StoqDatagrams datagrams) {
    datagrams.progressSeen();
    EndpointConnection core = datagrams.connection().core();
    if (core != null) {
      endpoint.touch(core);
    }
  }

  /** Has a stream told once there is the room that its host asked for. */
  void awaitRoom(StoqStream stream) {
    waitingForRoom.add(stream);
  }

  private int tellRoom() {
    int told = 0;
    boolean poolHasRoom = pool.hasRoomToSend();
    for (int remaining = waitingForRoom.size(); remaining > 0; remaining--) {
      StoqStream stream = waitingForRoom.remove();
      if (!stream.connection().isOpen() || (poolHasRoom && stream.isRoomWantedThere())) {
        told++;
        notifier.tell(stream.connection(), stream::roomWantedTold);
      } else {
        waitingForRoom.add(stream);
      }
    }
    return told;
  }

  /** Waits until there is something to do. Called on the agent's thread when there wasn't. */
  void await() {
    if (closed) {
      // A host may go on running it; there is nothing to wake up for.
      LockSupport.parkNanos(CLOSED_PARK_NANOS);
      return;
    }
    sleeping = true;
    try {
      if (!commands.isEmpty() || !forwarded.isEmpty() || closing || endpoint.hasTouched()) {
        return;
      }
      long deadlineNanos = endpoint.nextDeadlineNanos();
      sockets.await(
          deadlineNanos == Long.MAX_VALUE
              ? Long.MAX_VALUE
              : deadlineNanos - (clock.nanoTime() - originNanos));
    } catch (IOException e) {
      fail(e);
    } finally {
      sleeping = false;
    }
  }

  long nowNanos() {
    return nowNanos;
  }

  /** Calls the host's code on the agent's thread; its failure ends its connection, and no other. */
  void tell(StoqConnection connection, HostNotifier.Call call) {
    notifier.tell(connection, call);
  }

  /** Starts a client's connection; on the agent's thread. */
  void connect(StoqConnection connection, String serverName, boolean earlyData) {
    String attempt = "couldn't connect to " + Ipv6Text.of(connection.remoteAddress());
    EndpointConnection core;
    try {
      core =
          endpoint.connect(
              connection.remoteAddress(),
              serverName,
              sessions.take(serverName, connection.remoteAddress().getPort()),
              earlyData,
              nowNanos);
    } catch (IllegalArgumentException e) {
      connection.onRefused(
          new StoqException(
              StoqException.Category.CALLER_MISTAKE,
              attempt + " because the server's name is unusable: " + serverName,
              e));
      return;
    }
    if (core == null) {
      connection.onRefused(
          new StoqException(
              StoqException.Category.RETRYABLE,
              attempt
                  + " because there are as many connections as connectionsMax allows: "
                  + settings.connectionsMax()));
      return;
    }
    connection.core(core);
  }

  // ---- Migration ------------------------------------------------------------------------------

  /** Takes the socket of a server's preferred address, which stays open. */
  void keep(DatagramDriver preferred) {
    sockets.keep(sockets.add(preferred, EndpointSockets.PREFERRED_GROUP), true);
  }

  /** Moves a client's connection to a socket of its own; on the agent's thread. */
  void migrate(
      StoqConnection connection,
      InetSocketAddress local,
      CompletableFuture<InetSocketAddress> done) {
    moves.migrate(connection, local, done, nowNanos);
  }

  /** See {@link ConnectionMoves#adopt}; on the agent's thread. */
  int adopt(DatagramDriver driver, int group) throws IOException {
    return moves.adopt(driver, group);
  }

  /** See {@link ConnectionMoves#giveUp}; on the agent's thread. */
  void giveUp(int socket) {
    moves.giveUp(socket);
  }

  /** See {@link ConnectionMoves#moveAll}; on the agent's thread. */
  void moveAll(int socket, boolean listens) {
    moves.moveAll(socket, listens, nowNanos);
  }

  // ---- The end -------------------------------------------------------------------------------

  /** Closes every connection, tells the peers as far as the socket allows, and ends. */
  @Override
  public void onClose() {
    if (closed) {
      return;
    }
    nowNanos = clock.nanoTime() - originNanos;
    // What hosts asked for before comes first: their own reasons for closing, above all.
    runCommands();
    for (EndpointConnection core : endpoint.connections()) {
      calls.call(core, connection -> connection.close(0, "endpoint closed", nowNanos));
    }
    endpoint.pollEvents(notifier);
    try (sockets) {
      while (sockets.transmit(endpoint, nowNanos) > 0) {
        endpoint.pollEvents(notifier);
      }
    } catch (IOException e) {
      LOGGER.debug("couldn't say goodbye to every peer", e);
    }
    StoqCloseReason reason = StoqCloseReason.endpointClosed();
    for (EndpointConnection core : endpoint.connections()) {
      HostNotifier.connectionOf(core).onClosed(reason);
    }
    endpoint.close();
    counters.publishLast(endpoint, forwarding);
    closed = true;
    commands.drainAfterClose();
    owner.onAgentClosed(failure);
  }
}
