package io.hypermesh.stoq.scenario;

import io.hypermesh.stoq.connection.ConnectionEvent;
import io.hypermesh.stoq.connection.ConnectionSettings;
import io.hypermesh.stoq.connection.MigrationStart;
import io.hypermesh.stoq.connection.TransmitBatch;
import io.hypermesh.stoq.endpoint.DatagramPoll;
import io.hypermesh.stoq.endpoint.Endpoint;
import io.hypermesh.stoq.endpoint.EndpointConnection;
import io.hypermesh.stoq.endpoint.EndpointHandler;
import io.hypermesh.stoq.endpoint.EndpointSecret;
import io.hypermesh.stoq.endpoint.EndpointSettings;
import io.hypermesh.stoq.handshake.ClientSession;
import io.hypermesh.stoq.handshake.HandshakeTask;
import io.hypermesh.stoq.handshake.TlsSettings;
import io.hypermesh.stoq.simulation.SimulatedNode;
import io.hypermesh.stoq.stream.ChunkPool;
import io.hypermesh.stoq.stream.Stream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** A whole endpoint on a simulated network, with applications on its connections. */
final class SimulatedEndpoint implements SimulatedNode, EndpointHandler {
  /** Says what is done with the streams that a peer opens. */
  interface Policy {
    FlowPlan planFor(Session session, Stream stream);
  }

  /** How long a task of a handshake takes, in virtual time. */
  interface TaskTime {
    long nanos();
  }

  private record DueTask(
      long atNanos, long sequence, EndpointConnection connection, HandshakeTask task) {}

  private static final long TICK_NANOS = 5_000_000;
  private static final int SCRATCH_BYTES = 16_384;
  private static final int CAPACITY_BYTES = 1_500;
  private static final int RECORDED_MAX = 40;
  private static final int LONG_HEADER = 0x80;

  final Endpoint endpoint;
  private final DatagramPoll poll;
  final ChunkPool pool;
  final List<Session> sessions = new ArrayList<>();

  /** What a client got to resume connections with. */
  final List<ClientSession> kept = new ArrayList<>();

  /** The first datagrams that were sent, where they are recorded. */
  final List<Replayer.Recorded> recorded = new ArrayList<>();

  /** Its addresses, in the order of its sockets; empty where it has one. */
  final List<InetSocketAddress> sockets = new ArrayList<>();

  private final Policy policy;
  private final TaskTime taskTime;
  private final PriorityQueue<DueTask> tasks =
      new PriorityQueue<>(
          Comparator.comparingLong(DueTask::atNanos).thenComparingLong(DueTask::sequence));
  private final byte[] scratch = new byte[SCRATCH_BYTES];
  private long tickNanos = Long.MAX_VALUE;
  private long nowNanos;
  private long taskSequence;
  private boolean recording;

  SimulatedEndpoint(
      EndpointSettings settings,
      ConnectionSettings connectionSettings,
      TlsSettings tlsSettings,
      SecureRandom random,
      Policy policy,
      TaskTime taskTime) {
    this.pool = connectionSettings.streams().pool();
    this.endpoint =
        new Endpoint(
            settings, connectionSettings, tlsSettings, EndpointSecret.random(random), random, 0, 0);
    this.poll = new DatagramPoll(endpoint, CAPACITY_BYTES, TransmitBatch.DATAGRAMS_MAX);
    this.policy = policy;
    this.taskTime = taskTime;
  }

  // ---- The application's wishes ----

  /** Connects, or gives null where the endpoint has too many connections. */
  Session connect(InetSocketAddress remote, String serverName, long now) {
    return connect(remote, serverName, null, false, now);
  }

  /** Connects, and resumes a session where there is one, with early data where that is wanted. */
  Session connect(
      InetSocketAddress remote,
      String serverName,
      ClientSession resumed,
      boolean earlyData,
      long now) {
    nowNanos = now;
    EndpointConnection connection = endpoint.connect(remote, serverName, resumed, earlyData, now);
    if (connection == null) {
      return null;
    }
    Session session = new Session(connection, true);
    session.serverName = serverName;
    connection.attach(session);
    sessions.add(session);
    settle();
    return session;
  }

  /** Opens a stream now, or as soon as the peer allows it. */
  void open(Session session, boolean bidirectional, FlowPlan plan, long now) {
    nowNanos = now;
    session.wanted.add(new Session.WantedStream(bidirectional, plan));
    openWanted(session);
    settle();
  }

  void close(Session session, long code, long now) {
    nowNanos = now;
    if (session.isOpen()) {
      session.closedByHostWith = code;
      session.connection().close(code, "closed by plan", now);
      endpoint.touch(session.core);
      settle();
    }
  }

  void updateKeys(Session session, long now) {
    nowNanos = now;
    if (session.isOpen()) {
      session.connection().updateKeys();
      endpoint.touch(session.core);
      settle();
    }
  }

  /** Moves a client's connection to another of its sockets. */
  MigrationStart migrate(Session session, int socket, long now) {
    nowNanos = now;
    MigrationStart start = session.connection().migrate(socket, false, now);
    endpoint.touch(session.core);
    settle();
    return start;
  }

  /** Has the peer use other connection IDs, where it's time for that. */
  void rotateIds(Session session, long now) {
    nowNanos = now;
    session.idsRotated |= session.connection().rotateConnectionIds();
    endpoint.touch(session.core);
    settle();
  }

  /** Sends datagrams now, or as soon as there is room for them. */
  void sendDatagrams(Session session, int count, long now) {
    nowNanos = now;
    session.datagrams.want(count);
    sendDatagrams(session);
    settle();
  }

  private void sendDatagrams(Session session) {
    if (session.isOpen() && session.datagrams.send(session.connection(), session.salt())) {
      endpoint.touch(session.core);
    }
  }

  /** Keeps a copy of each long header's datagram that is sent, as far as there is room. */
  void record() {
    recording = true;
  }

  /** A connection was forgotten without a word. */
  void forgotten(Session session) {
    if (!session.removed) {
      session.forgotten = true;
      session.removed = true;
    }
  }

  // ---- The node ----

  @Override
  public void handleDatagram(
      MemorySegment datagram, InetSocketAddress from, InetSocketAddress to, int ecn, long now) {
    nowNanos = now;
    int socket = Math.max(0, sockets.indexOf(to));
    endpoint.handleDatagram(datagram, 0, (int) datagram.byteSize(), socket, from, ecn, now);
    settle();
  }

  @Override
  public void handleTimeout(long now) {
    nowNanos = now;
    DueTask due = tasks.peek();
    while (due != null && due.atNanos() <= now) {
      tasks.poll();
      run(due.connection(), due.task());
      due = tasks.peek();
    }
    if (tickNanos <= now) {
      tickNanos = Long.MAX_VALUE;
      for (Session session : sessions) {
        tick(session);
      }
    }
    if (endpoint.nextDeadlineNanos() <= now) {
      endpoint.handleTimeout(now);
      sessions.forEach(Session::noteSleep);
    }
    settle();
  }

  private static void tick(Session session) {
    if (session.removed) {
      return;
    }
    for (Flow flow : session.flows.values()) {
      if (flow.wantsTick) {
        flow.tick();
        session.ready.add(flow);
      }
    }
  }

  @Override
  public long nextDeadlineNanos() {
    DueTask due = tasks.peek();
    long deadline = Math.min(endpoint.nextDeadlineNanos(), tickNanos);
    return due == null ? deadline : Math.min(deadline, due.atNanos());
  }

  @Override
  public int pollTransmit(MemorySegment buffer, long now) {
    nowNanos = now;
    int length = poll.poll(buffer, now);
    if (length == 0 && endpoint.hasTouched()) {
      settle();
      length = poll.poll(buffer, now);
    }
    if (recording
        && length > 0
        && recorded.size() < RECORDED_MAX
        && (buffer.get(ValueLayout.JAVA_BYTE, 0) & LONG_HEADER) != 0) {
      byte[] copy = buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
      recorded.add(new Replayer.Recorded(source(), destination(), copy));
    }
    return length;
  }

  @Override
  public InetSocketAddress destination() {
    return poll.destination();
  }

  @Override
  public InetSocketAddress source() {
    return sockets.isEmpty() ? null : sockets.get(poll.socket());
  }

  @Override
  public int ecn() {
    return poll.ecn();
  }

  /** Tells what has happened, and lets applications act on it, until nothing moves. */
  private void settle() {
    boolean again = true;
    while (again) {
      endpoint.pollEvents(this);
      for (Session session : sessions) {
        move(session);
      }
      again = endpoint.hasTouched();
    }
  }

  private void move(Session session) {
    Flow flow;
    while ((flow = session.ready.poll()) != null) {
      boolean wasOver = flow.isOver();
      if (session.removed) {
        continue;
      }
      if (flow.move(session.connection(), scratch)) {
        session.connection().handleStreamProgress(flow.stream, nowNanos);
        endpoint.touch(session.core);
      }
      if (flow.wantsTick && tickNanos == Long.MAX_VALUE) {
        tickNanos = nowNanos + TICK_NANOS;
      }
      if (!wasOver && flow.isOver()) {
        session.flowsOver++;
      }
    }
  }

  private void openWanted(Session session) {
    while (!session.wanted.isEmpty() && session.isOpen()) {
      Session.WantedStream wish = session.wanted.peek();
      Stream stream =
          wish.bidirectional()
              ? session.connection().openBidirectional()
              : session.connection().openUnidirectional();
      endpoint.touch(session.core);
      if (stream == null) {
        return;
      }
      session.wanted.poll();
      add(session, stream, wish.plan());
    }
  }

  private static void add(Session session, Stream stream, FlowPlan plan) {
    Flow flow = new Flow(stream, plan, session.client, session.salt());
    if (stream.hasSendPart() && plan.isPrioritized()) {
      stream.prioritize(plan.urgency(), plan.incremental());
    }
    session.earlyFlows += session.established ? 0 : 1;
    session.flows.put(stream.id(), flow);
    flow.stream.attach(flow);
    session.ready.add(flow);
  }

  private void run(EndpointConnection connection, HandshakeTask task) {
    task.run();
    if (!connection.isRemoved()) {
      connection.connection().handleTaskDone(task, nowNanos);
      endpoint.touch(connection);
    }
  }

  // ---- What the endpoint tells ----

  @Override
  public void onAccepted(EndpointConnection connection) {
    Session session = new Session(connection, false);
    connection.attach(session);
    sessions.add(session);
  }

  @Override
  public void onTask(EndpointConnection connection, HandshakeTask task) {
    long nanos = taskTime.nanos();
    if (nanos == 0) {
      run(connection, task);
    } else {
      tasks.add(new DueTask(nowNanos + nanos, taskSequence++, connection, task));
    }
  }

  @Override
  public void onEvent(EndpointConnection connection, ConnectionEvent event) {
    Session session = (Session) connection.attachment();
    if (session.drained || (session.closeReason != null && !isLast(event))) {
      session.afterTheEnd.add(event);
    }
    switch (event) {
      case ConnectionEvent.Established e -> {
        session.established = true;
        session.resumed = e.resumed();
        session.earlyDataAccepted = e.earlyDataAccepted();
        session.serverName = e.serverName() == null ? session.serverName : e.serverName();
        openWanted(session);
        sendDatagrams(session);
      }
      case ConnectionEvent.EarlyDataBegun e -> {
        session.earlyDataBegun = true;
        openWanted(session);
        sendDatagrams(session);
      }
      case ConnectionEvent.EarlyDataRejected e -> session.earlyDataRejected = true;
      case ConnectionEvent.DatagramsReadable e ->
          session.datagrams.receive(session.connection(), session.salt(), session.established);
      case ConnectionEvent.DatagramsWritable e -> sendDatagrams(session);
      case ConnectionEvent.SessionKept e -> kept.add(e.session());
      case ConnectionEvent.HandshakeConfirmed e -> session.confirmed = true;
      case ConnectionEvent.PeerStreamOpened e ->
          add(session, e.stream(), policy.planFor(session, e.stream()));
      case ConnectionEvent.StreamReadable e -> session.ready.add((Flow) e.stream().attachment());
      case ConnectionEvent.StreamWritable e -> session.ready.add((Flow) e.stream().attachment());
      case ConnectionEvent.StreamsAvailable e -> openWanted(session);
      case ConnectionEvent.PathChanged e -> {
        session.pathChanges++;
        session.movedTo = e.remote();
      }
      case ConnectionEvent.MigrationEnded e -> session.migrated |= e.moved() && e.socket() > 0;
      case ConnectionEvent.Closed e -> session.closeReason = e.reason();
      case ConnectionEvent.Drained e -> session.drained = true;
      default -> {
        // The rest is of no interest to an application.
      }
    }
  }

  /** What may follow Closed: the end of it all, and IDs that go with the connection. */
  private static boolean isLast(ConnectionEvent event) {
    return event instanceof ConnectionEvent.Drained
        || event instanceof ConnectionEvent.ConnectionIdRetired;
  }

  @Override
  public void onUpdated(EndpointConnection connection) {
    ((Session) connection.attachment()).noteWake();
  }

  @Override
  public void onRemoved(EndpointConnection connection, RuntimeException defect) {
    Session session = (Session) connection.attachment();
    session.removed = true;
    session.defect = defect;
    // A host that forgets a connection gives up what it hasn't read.
    for (Flow flow : session.flows.values()) {
      if (flow.stream.hasReceivePart()) {
        flow.stream.receiveBuffer().discard();
      }
    }
  }
}
