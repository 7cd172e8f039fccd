package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.handshake.ClientSession;
import io.hypermesh.stoq.handshake.HandshakeTask;
import io.hypermesh.stoq.handshake.TestTlsSettings;
import io.hypermesh.stoq.handshake.TlsSettings;
import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.PacketHeader;
import io.hypermesh.stoq.packet.PacketType;
import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.simulation.SimulatedNode;
import io.hypermesh.stoq.stream.ReceiveBuffer;
import io.hypermesh.stoq.stream.Stream;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;

/**
 * One side of a simulated connection with a simple application on top: it sends a given number of
 * bytes on every stream, and checks that what it reads is what the other side sends.
 */
final class SimulatedPeer implements SimulatedNode {
  /** Seeded; and gives the same bytes for the same seed. */
  static final class SeededRandom extends SecureRandom {
    private static final long serialVersionUID = 1L;
    private final Random random;

    SeededRandom(long seed) {
      random = new Random(seed);
    }

    @Override
    public void nextBytes(byte[] bytes) {
      random.nextBytes(bytes);
    }
  }

  /** Connection IDs with a number in them. */
  static final class Ids implements ConnectionIdSource {
    private final long seed;
    private int next;

    Ids(long seed) {
      this.seed = seed;
    }

    @Override
    public int length() {
      return 8;
    }

    @Override
    public ConnectionId next() {
      return ConnectionId.of(
          ByteBuffer.allocate(8).putInt((int) seed * 31 + 7).putInt(next++).array());
    }

    @Override
    public byte[] statelessResetToken(ConnectionId id) {
      byte[] token = new byte[16];
      new Random(id.hashCode() + seed).nextBytes(token);
      return token;
    }
  }

  private record DueTask(long atNanos, HandshakeTask task) {}

  /** What the application does with one stream. */
  private static final class Transfer {
    private final Stream stream;
    private long written;
    private long read;
    private boolean ended;
    private boolean aborted;

    Transfer(Stream stream) {
      this.stream = stream;
    }
  }

  final boolean client;
  final long seed;
  final ConnectionSettings settings;
  final List<ConnectionEvent> events = new ArrayList<>();
  final Ids ids;

  /** The addresses of its sockets, by number; empty where it has one, wherever that is attached. */
  final List<InetSocketAddress> sockets = new ArrayList<>();

  Connection connection;
  TlsSettings serverTls;
  long taskNanos;
  long bytesPerStream;
  boolean readsStreams = true;
  String wrong = "";
  long bytesRead;
  int streamsEnded;
  int capacity = 1_500;

  /** Datagrams that it has its connection write at once; 0 for each by itself. */
  int runMax;

  private final TransmitRun run = new TransmitRun();

  /** What a server's client made up to send to first. */
  ConnectionId acceptedFor;

  private final Queue<DueTask> tasks = new ArrayDeque<>();
  private final Map<Long, Transfer> transfers = new TreeMap<>();
  private final byte[] scratch = new byte[4_096];
  private int timeouts;
  private boolean transmitted;
  private int transmissions;

  SimulatedPeer(boolean client, long seed, ConnectionSettings settings) {
    this.client = client;
    this.seed = seed;
    this.settings = settings;
    this.serverTls = TestTlsSettings.server(seed + 1);
    this.ids = new Ids(client ? seed * 2 : seed * 2 + 1);
  }

  void connect(InetSocketAddress remote, long nowNanos) {
    connect(remote, TestTlsSettings.client(seed), nowNanos);
  }

  void connect(InetSocketAddress remote, TlsSettings tlsSettings, long nowNanos) {
    connection =
        Connection.client(
            settings,
            tlsSettings,
            TestTlsSettings.HOST,
            remote,
            ids,
            new SeededRandom(seed),
            nowNanos);
    work(nowNanos);
  }

  /** Connects with a session to resume. */
  void connect(
      InetSocketAddress remote,
      TlsSettings tlsSettings,
      ClientSession session,
      boolean earlyData,
      long nowNanos) {
    connection =
        Connection.client(
            settings,
            tlsSettings,
            ClientStart.plain(
                    TestTlsSettings.HOST,
                    remote,
                    ClientStart.versionFor(settings.versions(), session))
                .resuming(session, earlyData),
            ids,
            new SeededRandom(seed),
            nowNanos);
    work(nowNanos);
  }

  /** A datagram came to the only address, without ECN. */
  void handleDatagram(MemorySegment datagram, InetSocketAddress from, long nowNanos) {
    handleDatagram(datagram, from, from, 0, nowNanos);
  }

  @Override
  public void handleDatagram(
      MemorySegment datagram,
      InetSocketAddress from,
      InetSocketAddress to,
      int ecn,
      long nowNanos) {
    boolean awaiting = connection == null || (acceptedFor != null && !transmitted);
    if (!client && awaiting) {
      // Until a packet was authentic, and so answered, an Initial packet to another ID can be the
      // first: an earlier one may have been damaged, and be for an ID that no client has made up.
      accept(datagram, from, nowNanos);
    }
    if (connection == null) {
      return;
    }
    int socket = Math.max(0, sockets.indexOf(to));
    connection.handleDatagram(datagram, 0, datagram.byteSize(), socket, from, ecn, nowNanos);
    work(nowNanos);
  }

  private void accept(MemorySegment datagram, InetSocketAddress from, long nowNanos) {
    PacketHeader header = new PacketHeader();
    if (datagram.byteSize() < 1_200
        || !header.parse(datagram, 0, datagram.byteSize(), 8)
        || header.type() != PacketType.INITIAL
        || header.destinationConnectionId().equals(acceptedFor)) {
      return;
    }
    acceptedFor = header.destinationConnectionId();
    events.clear();
    connection =
        Connection.server(
            settings,
            serverTls,
            new ServerStart(
                QuicVersion.requireWire(header.version()),
                header.destinationConnectionId(),
                header.sourceConnectionId(),
                null,
                false,
                from),
            ids,
            new SeededRandom(seed + 2),
            nowNanos);
  }

  @Override
  public void handleTimeout(long nowNanos) {
    DueTask due = tasks.peek();
    if (due != null && due.atNanos() <= nowNanos) {
      tasks.poll();
      due.task().run();
      connection.handleTaskDone(due.task(), nowNanos);
    }
    if (connection != null && connection.nextDeadlineNanos() <= nowNanos) {
      timeouts++;
      connection.handleTimeout(nowNanos);
    }
    work(nowNanos);
  }

  @Override
  public long nextDeadlineNanos() {
    long deadline = connection == null ? Long.MAX_VALUE : connection.nextDeadlineNanos();
    DueTask due = tasks.peek();
    return due == null ? deadline : Math.min(deadline, due.atNanos());
  }

  @Override
  public int pollTransmit(MemorySegment buffer, long nowNanos) {
    int length = connection == null ? 0 : pollConnection(buffer, nowNanos);
    transmitted |= length > 0;
    transmissions += length > 0 ? 1 : 0;
    return length;
  }

  private int pollConnection(MemorySegment buffer, long nowNanos) {
    return runMax == 0
        ? connection.pollTransmit(buffer, 0, capacity, nowNanos)
        : run.poll(connection, buffer, capacity, runMax, nowNanos);
  }

  @Override
  public InetSocketAddress destination() {
    return runMax == 0 ? connection.remoteAddress() : run.destination();
  }

  @Override
  public InetSocketAddress source() {
    int socket = runMax == 0 ? connection.socket() : run.socket();
    return sockets.isEmpty() ? null : sockets.get(socket);
  }

  @Override
  public int ecn() {
    return runMax == 0 ? connection.ecn() : run.ecn();
  }

  /** Opens a stream to transfer on. */
  Stream open(boolean bidirectional, long nowNanos) {
    Stream stream =
        bidirectional ? connection.openBidirectional() : connection.openUnidirectional();
    if (stream != null) {
      transfers.put(stream.id(), new Transfer(stream));
      work(nowNanos);
    }
    return stream;
  }

  /** Tasks, events, and the application's reading and writing, until nothing moves. */
  void work(long nowNanos) {
    if (connection == null) {
      return;
    }
    HandshakeTask task;
    while ((task = connection.pollTask()) != null) {
      tasks.add(new DueTask(nowNanos + taskNanos, task));
    }
    ConnectionEvent event;
    while ((event = connection.pollEvent()) != null) {
      events.add(event);
      if (event instanceof ConnectionEvent.PeerStreamOpened opened) {
        transfers.put(opened.stream().id(), new Transfer(opened.stream()));
      }
    }
    for (Transfer transfer : transfers.values()) {
      move(transfer, nowNanos);
    }
    while ((event = connection.pollEvent()) != null) {
      events.add(event);
    }
  }

  private void move(Transfer transfer, long nowNanos) {
    boolean progress = transfer.stream.hasSendPart() && write(transfer);
    progress |= readsStreams && transfer.stream.hasReceivePart() && read(transfer);
    if (progress) {
      connection.handleStreamProgress(transfer.stream, nowNanos);
    }
  }

  private boolean write(Transfer transfer) {
    if (transfer.stream.sendBuffer().isFinished()) {
      return false;
    }
    boolean progress = false;
    while (transfer.written < bytesPerStream) {
      int length = (int) Math.min(scratch.length, bytesPerStream - transfer.written);
      for (int i = 0; i < length; i++) {
        scratch[i] = pattern(client, transfer.stream.id(), transfer.written + i);
      }
      int count = transfer.stream.sendBuffer().write(MemorySegment.ofArray(scratch), 0, length);
      if (count <= 0) {
        return progress;
      }
      transfer.written += count;
      progress = true;
    }
    transfer.stream.sendBuffer().finish();
    return true;
  }

  private boolean read(Transfer transfer) {
    boolean progress = false;
    while (!transfer.ended && !transfer.aborted) {
      int count =
          transfer.stream.receiveBuffer().read(MemorySegment.ofArray(scratch), 0, scratch.length);
      if (count == 0) {
        return progress;
      }
      progress = true;
      if (count == ReceiveBuffer.END) {
        transfer.ended = true;
        streamsEnded++;
      } else if (count == ReceiveBuffer.ABORTED) {
        transfer.aborted = true;
      } else {
        check(transfer, count);
      }
    }
    return progress;
  }

  private void check(Transfer transfer, int count) {
    for (int i = 0; i < count; i++, transfer.read++) {
      if (scratch[i] != pattern(!client, transfer.stream.id(), transfer.read)) {
        wrong = "stream " + transfer.stream.id() + " at " + transfer.read;
      }
    }
    bytesRead += count;
  }

  private static byte pattern(boolean fromClient, long id, long offset) {
    long mixed = (offset + 1) * 0x9e3779b97f4a7c15L + id * 31 + (fromClient ? 1 : 2);
    return (byte) (mixed >>> 56);
  }

  /** Every stream that there was. */
  List<Stream> streams() {
    return transfers.values().stream().map(transfer -> transfer.stream).toList();
  }

  /** Gives up what wasn't read, as a host does that forgets a connection. */
  void discardAll() {
    for (Stream stream : streams()) {
      if (stream.hasReceivePart()) {
        stream.receiveBuffer().discard();
      }
    }
  }

  /** How often the connection's deadline came. */
  int timeouts() {
    return timeouts;
  }

  /** Datagrams sent. */
  int transmissions() {
    return transmissions;
  }

  boolean isEstablished() {
    return connection != null && connection.isEstablished();
  }

  boolean isDrained() {
    return connection != null && connection.isDrained();
  }

  /** The reason of the Closed event, or null. */
  CloseReason closeReason() {
    for (ConnectionEvent event : events) {
      if (event instanceof ConnectionEvent.Closed closed) {
        return closed.reason();
      }
    }
    return null;
  }

  <T extends ConnectionEvent> long count(Class<T> type) {
    return events.stream().filter(type::isInstance).count();
  }
}
