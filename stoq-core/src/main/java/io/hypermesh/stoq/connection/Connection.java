package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.datagram.Datagrams;
import io.hypermesh.stoq.handshake.HandshakeTask;
import io.hypermesh.stoq.handshake.TlsSettings;
import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.packet.TransportException;
import io.hypermesh.stoq.protection.CipherSuite;
import io.hypermesh.stoq.recovery.PathRecovery;
import io.hypermesh.stoq.recovery.Recovery;
import io.hypermesh.stoq.recovery.RttEstimator;
import io.hypermesh.stoq.stream.Stream;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/**
 * One QUIC connection (RFC 9000, 9001, 9002, 9369), from its first packet until it's drained.
 *
 * <p>It guarantees: the bytes of a stream are delivered in order and each once, or the stream or
 * the connection ends with a reason; nothing of the application is sent or delivered before the
 * peer is authenticated; what a peer, or anyone on the path, can make it hold or do is bounded by
 * {@link ConnectionSettings}; and it always ends, with one {@link ConnectionEvent.Closed} and then
 * one {@link ConnectionEvent.Drained}.
 *
 * <p>It does no I/O and reads no clock. One thread owns it, gives it what happens, and then asks
 * for what follows, in this order, each until there is nothing:
 *
 * <pre>
 *   handleDatagram  ──► ┌────────────┐ ──► pollTask       (run it anywhere, then handleTaskDone)
 *   handleTimeout   ──► │            │ ──► pollEvent
 *   handleTaskDone  ──► │ Connection │ ──► pollTransmit   (one datagram each, for remoteAddress)
 *   handleStream…   ──► │            │ ──► nextDeadlineNanos
 *   open, close, …  ──► └────────────┘
 * </pre>
 *
 * <p>Times are nanoseconds of one monotonic clock; time never goes back. The life of a connection:
 *
 * <pre>
 *   handshaking ──► established ──► confirmed ──► closing or draining ──► drained
 *        └───────────────┴──────────────────────────────►┘
 * </pre>
 */
public final class Connection {
  private static final long NEVER = Long.MAX_VALUE;

  final ConnectionState state;
  final HandshakeDriver handshake;
  private final SentPacketFate fate;
  private final ClientNegotiation negotiation;
  final FrameReceiver frames;
  private final PacketReceiver receiver;
  private final Reception reception;
  final PacketBuilder builder;
  private final Transmission transmission;

  private final ConnectionEnd end;
  final Lifetime lifetime;
  long aliasDeadlineNanos = NEVER;

  Connection(ConnectionState state, HandshakeDriver handshake, long nowNanos) {
    this.state = state;
    this.handshake = handshake;
    this.fate = new SentPacketFate(state);
    this.negotiation = new ClientNegotiation(state);
    this.frames = new FrameReceiver(state, handshake, fate);
    this.receiver = new PacketReceiver(state, negotiation, frames);
    FrameWriter writer = new FrameWriter(state);
    this.builder = new PacketBuilder(state, writer);
    this.end = new ConnectionEnd(state, handshake);
    this.lifetime = new Lifetime(state, nowNanos);
    this.reception = new Reception(state, receiver, end, lifetime);
    this.transmission =
        new Transmission(state, builder, new StreamRun(state, writer), end, lifetime);
    state.tracing.start(nowNanos);
  }

  /**
   * A client's connection; its first datagram is there to be polled.
   *
   * @param serverName the host name or IP literal that the server's certificate has to be for
   * @param random for unpredictable bytes: IDs that are made up, path challenges
   */
  public static Connection client(
      ConnectionSettings settings,
      TlsSettings tlsSettings,
      String serverName,
      InetSocketAddress remote,
      ConnectionIdSource ids,
      SecureRandom random,
      long nowNanos) {
    ClientStart start = ClientStart.plain(serverName, remote, settings.versions().getFirst());
    return client(settings, tlsSettings, start, ids, random, nowNanos);
  }

  /**
   * As the other one, with everything that a client can start from. Where that is a session, the
   * first datagram is there once the task is done that asks whether the server is trusted still.
   */
  public static Connection client(
      ConnectionSettings settings,
      TlsSettings tlsSettings,
      ClientStart start,
      ConnectionIdSource ids,
      SecureRandom random,
      long nowNanos) {
    ConnectionState state = start.newState(settings, ids, random);
    HandshakeDriver handshake = HandshakeDriver.client(state, tlsSettings, start);
    Connection connection = new Connection(state, handshake, nowNanos);
    connection.advance(nowNanos);
    return connection;
  }

  /**
   * A server's connection, for a client's Initial packet, which is then given to {@link
   * #handleDatagram}.
   *
   * @param random for unpredictable bytes: path challenges
   */
  public static Connection server(
      ConnectionSettings settings,
      TlsSettings tlsSettings,
      ServerStart start,
      ConnectionIdSource ids,
      SecureRandom random,
      long nowNanos) {
    ConnectionState state = start.newState(settings, ids, random);
    return new Connection(state, HandshakeDriver.server(state, tlsSettings), nowNanos);
  }

  // ---- What happens ----

  /**
   * A datagram came. It's decrypted in place.
   *
   * @param socket the number of our socket that it came to; 0 is the one of the handshake
   * @param ecn the two ECN bits of its IP header
   */
  public void handleDatagram(
      MemorySegment datagram,
      long offset,
      long length,
      int socket,
      InetSocketAddress remote,
      int ecn,
      long nowNanos) {
    if (reception.datagram(datagram, offset, length, socket, remote, ecn, nowNanos)) {
      advance(nowNanos);
      state.noteAmplificationLimit(nowNanos);
    }
  }

  /**
   * Datagrams came together: takes those at the front whose packets can be opened in one call. What
   * becomes of each is what becomes of it alone; those behind the connection's end are dropped.
   *
   * @return how many were taken; 0 where the first is one for {@link #handleDatagram}
   */
  public int handleTrain(DatagramTrain datagrams, long nowNanos) {
    int taken = reception.train(datagrams, nowNanos);
    if (taken > 0) {
      advance(nowNanos);
      state.noteAmplificationLimit(nowNanos);
    }
    return taken;
  }

  /**
   * A datagram came that no connection ID leads anywhere.
   *
   * @return whether it was a stateless reset for this connection, which is over then (RFC 9000,
   *     10.3)
   */
  public boolean handleStatelessReset(
      MemorySegment datagram, long offset, long length, long nowNanos) {
    return reception.statelessReset(datagram, offset, length, nowNanos);
  }

  /** The time that {@link #nextDeadlineNanos()} named has come, or any other. */
  public void handleTimeout(long nowNanos) {
    state.tracing.at(nowNanos);
    if (!state.closing.isOpen()) {
      if (state.closing.onTimeout(nowNanos)) {
        end.onDrained();
      }
      return;
    }
    if (lifetime.isIdleOver(nowNanos)) {
      end.end(CloseReason.Origin.IDLE_TIMEOUT, "idle timeout: nothing came from the peer");
      return;
    }
    if (lifetime.isHandshakeOver(nowNanos)) {
      // With whatever keys there are: the peer may wait for what never comes (RFC 9000, 10.2).
      end.close(Closing.handshakeTimeout(), nowNanos);
      return;
    }
    lifetime.keepAlive(nowNanos);
    if (nowNanos >= aliasDeadlineNanos) {
      aliasDeadlineNanos = NEVER;
      state.localIds.retireAlias();
    }
    if (!state.paths.onTimeout(nowNanos)) {
      end.fail(
          new TransportException(
              TransportErrorCode.NO_VIABLE_PATH, 0, "no path to the peer could be validated"),
          nowNanos);
      return;
    }
    state.path.recovery().mtu().onTimeout(nowNanos);
    state.oneRtt.onTimeout(nowNanos);
    state.early.onTimeout(nowNanos);
    handleRecoveryTimeout(nowNanos);
  }

  /** A task is done that {@link #pollTask()} gave. */
  public void handleTaskDone(HandshakeTask task, long nowNanos) {
    state.tracing.at(nowNanos);
    try {
      handshake.onTaskDone(task);
    } catch (TransportException e) {
      end.fail(e, nowNanos);
    }
    advance(nowNanos);
  }

  /** The host wrote to a stream, finished it, read it, or discarded what came. */
  public void handleStreamProgress(Stream stream, long nowNanos) {
    if (state.closing.isOpen()) {
      state.tellStreamsTime(nowNanos);
      state.streams.onProgress(stream);
    }
  }

  // ---- The host's wishes ----

  /** Opens a bidirectional stream; null where that is not possible now (RFC 9000, 4.6). */
  public @Nullable Stream openBidirectional() {
    return open(true);
  }

  /** Opens a unidirectional stream; null where that is not possible now (RFC 9000, 4.6). */
  public @Nullable Stream openUnidirectional() {
    return open(false);
  }

  private @Nullable Stream open(boolean bidirectional) {
    return (state.established || state.early.isUsable()) && state.closing.isOpen()
        ? state.streams.open(bidirectional)
        : null;
  }

  /** Abandons what is written to a stream (RFC 9000, 2.4). */
  public void reset(Stream stream, long applicationErrorCode) {
    if (state.closing.isOpen()) {
      state.streams.reset(stream, applicationErrorCode);
    }
  }

  /** Asks the peer to stop sending, and discards what came (RFC 9000, 2.4). */
  public void stopSending(Stream stream, long applicationErrorCode) {
    if (state.closing.isOpen()) {
      state.streams.stopSending(stream, applicationErrorCode);
    }
  }

  /** Ends the connection; what wasn't acknowledged yet may be lost (RFC 9000, 10.2). */
  public void close(long applicationErrorCode, String reason, long nowNanos) {
    end.close(
        new CloseReason(CloseReason.Origin.LOCAL, true, applicationErrorCode, 0, reason), nowNanos);
  }

  /**
   * Moves a client to another of our sockets, once the way from there is validated (RFC 9000, 9.2).
   *
   * @param must whether the present path is gone: then the connection ends where the move fails
   */
  public MigrationStart migrate(int socket, boolean must, long nowNanos) {
    return state.paths.migrate(socket, must, nowNanos);
  }

  /**
   * Has the peer use other connection IDs from now on (RFC 9000, 5.1.2).
   *
   * @return false before the handshake is confirmed, and while it hasn't retired those of last time
   */
  public boolean rotateConnectionIds() {
    return state.confirmed && state.closing.isOpen() && state.localIds.rotate();
  }

  /** Names the socket that it starts on, where it's not number 0: before anything else. */
  public void startOn(int socket) {
    state.path.socket(socket);
  }

  /**
   * Changes to fresh 1-RTT keys now, which happens by itself before too many packets were sent (RFC
   * 9001, 6).
   *
   * @return false where it's too early: before the handshake is confirmed, or soon after an update
   */
  public boolean updateKeys() {
    boolean updated = transmission.updateKeys();
    // A host that only receives sends nothing that the peer would acknowledge, and that ends it.
    state.pingOwed |= updated;
    return updated;
  }

  /** The queues of unreliable datagrams (RFC 9221). */
  public Datagrams datagrams() {
    return state.datagrams;
  }

  /** A server gives its client a token for a later connection (RFC 9000, 8.1.3). */
  public void issueToken(byte[] token) {
    if (!state.client && state.confirmed && state.closing.isOpen()) {
      state.issuedTokens.owe(token);
    }
  }

  // ---- What follows ----

  /** Work to run on any thread, then to give to {@link #handleTaskDone}; null for none. */
  public @Nullable HandshakeTask pollTask() {
    return state.closing.isOpen() ? handshake.pollTask() : null;
  }

  /** The next event, or null. */
  public @Nullable ConnectionEvent pollEvent() {
    return state.pollEvent();
  }

  /**
   * Builds the next datagram to send.
   *
   * @param capacity at least 1,200
   * @return its length in bytes, 0 where there is none now
   */
  public int pollTransmit(MemorySegment buffer, long offset, int capacity, long nowNanos) {
    return transmission.poll(buffer, offset, capacity, nowNanos);
  }

  /**
   * Builds the next datagrams to send, each as the method for one does, and seals them in one call.
   *
   * @param batch has been begun, and gets what is told of each datagram
   * @return how many there are, 0 where there is none now
   */
  public int pollTransmit(TransmitBatch batch, long nowNanos) {
    return transmission.poll(batch, nowNanos);
  }

  /** Where the datagram that was polled last goes. */
  public InetSocketAddress remoteAddress() {
    return builder.destination();
  }

  /** From which of our sockets the datagram goes that was polled last. */
  public int socket() {
    return builder.socket();
  }

  /** The two ECN bits for the datagram that was polled last. */
  public int ecn() {
    return builder.ecn();
  }

  /** When {@link #handleTimeout} is to be called, or {@link Long#MAX_VALUE}. */
  public long nextDeadlineNanos() {
    if (!state.closing.isOpen()) {
      return state.closing.deadlineNanos();
    }
    long deadline = Math.min(lifetime.nextDeadlineNanos(), aliasDeadlineNanos);
    deadline = Math.min(deadline, state.paths.nextDeadlineNanos());
    deadline = Math.min(deadline, state.path.recovery().mtu().deadlineNanos());
    deadline = Math.min(deadline, state.oneRtt.previousDeadlineNanos());
    deadline = Math.min(deadline, state.early.deadlineNanos());
    deadline = Math.min(deadline, state.recovery.nextDeadlineNanos());
    deadline = Math.min(deadline, builder.pacingDeadlineNanos());
    return Math.min(deadline, builder.ackDeadlineNanos());
  }

  /** Whether the handshake is complete and the connection open. */
  public boolean isEstablished() {
    return state.established && state.closing.isOpen();
  }

  /** Whether the connection has ended, drained or not. */
  public boolean isClosed() {
    return !state.closing.isOpen();
  }

  /** Whether nothing more will come of this connection. */
  public boolean isDrained() {
    return state.closing.state() == Closing.State.DRAINED;
  }

  /** Whether a socket is the near end of a path that is used, tried or not forgotten yet. */
  public boolean usesSocket(int socket) {
    return !isDrained() && state.paths.uses(socket);
  }

  /** What is known of the present path, to be read. */
  public PathRecovery path() {
    return state.recovery.path();
  }

  /** The round-trip time, to be read. */
  public RttEstimator rtt() {
    return state.recovery.rtt();
  }

  /** Bytes sent that are neither acknowledged nor lost. */
  public long bytesInFlight() {
    return state.recovery.bytesInFlight();
  }

  /** The negotiated cipher suite, or null while there are no 1-RTT keys. */
  public @Nullable CipherSuite cipherSuite() {
    return state.oneRtt.suite();
  }

  /** Times that the 1-RTT keys were updated. */
  public long keyUpdates() {
    return state.oneRtt.updates();
  }

  /** The version that is spoken, the negotiated one once the handshake has come so far. */
  public QuicVersion version() {
    return state.versions.current();
  }

  /**
   * The version to start anew with, where a client's connection has ended because the server
   * doesn't speak the one that it tried (RFC 9368, 2.1); else null.
   */
  public @Nullable QuicVersion alternativeVersion() {
    return isDrained() ? negotiation.alternative() : null;
  }

  /** Whether at least one authentic packet has come. */
  public boolean hasReceivedPacket() {
    return lifetime.hasReceived();
  }

  /** What is in flight, how much may be, and what was lost, to be read. */
  public Recovery recovery() {
    return state.recovery;
  }

  // ---- Inside ----

  /** Goes on as far as what came allows: TLS, then packets that waited for its keys, and again. */
  private void advance(long nowNanos) {
    try {
      boolean wasConfirmed = state.confirmed;
      while (state.closing.isOpen() && handshake.drainEvents(nowNanos)) {
        if (receiver.receiveWaiting(nowNanos)) {
          lifetime.onReceived(nowNanos);
        }
      }
      if (state.confirmed && !wasConfirmed) {
        // Late copies of the client's first packets must not look like a new connection.
        aliasDeadlineNanos = nowNanos + state.threePtoNanos();
      }
    } catch (TransportException e) {
      end.fail(e, nowNanos);
    }
    if (!state.closing.isOpen()) {
      return;
    }
    CloseReason peerClose = frames.peerClose();
    if (peerClose != null) {
      end.drain(peerClose, nowNanos);
    } else if (negotiation.isRefused()) {
      end.end(CloseReason.Origin.VERSION_NEGOTIATION, negotiation.describe());
    }
  }

  private void handleRecoveryTimeout(long nowNanos) {
    if (nowNanos < state.recovery.nextDeadlineNanos()) {
      return;
    }
    state.recovery.onTimeout(nowNanos, fate);
    fate.prepareProbes();
  }
}
