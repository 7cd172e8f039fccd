package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.datagram.Datagrams;
import io.hypermesh.stoq.handshake.KeyExporter;
import io.hypermesh.stoq.handshake.TlsHandshake;
import io.hypermesh.stoq.handshake.TlsSettings;
import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.StatelessResetToken;
import io.hypermesh.stoq.packet.TransportParameters;
import io.hypermesh.stoq.stream.StreamSet;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/**
 * What is left of a {@link Connection} that hibernates: nothing is in flight, owed or awaited, so
 * all that a connection has for those takes no memory until something happens again.
 *
 * <pre>
 *   Connection ──{@link Hibernator#hibernate}, where it is quiet──► DormantConnection
 *       ▲                                                       │
 *       └──────{@link #wake}: a packet, the host, a deadline────────┘
 * </pre>
 *
 * <p>It guarantees that nobody can tell from outside, but by the memory: packet numbers, the window
 * of duplicates, keys and their limits, flow control, connection IDs and their tokens, round-trip
 * time and path MTU go on where they were. Two things start again, as they would after a pause
 * anyway: the congestion window (RFC 5681, 4.1), with slow start up to near where it was, and the
 * memory of packets that were taken for lost.
 *
 * <p>Streams, queues of datagrams and keys are kept as they are, the keys without what is expanded
 * from them; the rest is in one array. Owned by the connection's thread.
 */
public final class DormantConnection {
  final boolean client;
  final ConnectionSettings settings;
  final TlsSettings tlsSettings;
  final SecureRandom random;
  final ConnectionIdSource ids;
  final ConnectionId originalDestination;
  final @Nullable ConnectionId retrySource;
  final @Nullable ConnectionId peerInitialSource;
  final @Nullable TransportParameters peer;
  final VersionNegotiation versions;
  final AckFrequency ackFrequency;
  final EarlyData early;
  final OneRttKeys oneRtt;
  final Datagrams datagrams;
  final StreamSet streams;
  final StreamEvents streamEvents;
  final int socket;
  final InetSocketAddress remote;

  /** A client's, which may get sessions still; a server's has nothing more to say. */
  private final @Nullable TlsHandshake tls;

  private final @Nullable KeyExporter exporter;
  private final long deadlineNanos;

  /** The stateless reset token of the ID in use where there is one, then what parts have saved. */
  private final byte[] saved;

  DormantConnection(
      Connection connection,
      ConnectionIdSource ids,
      @Nullable TransportParameters peer,
      TlsSettings tlsSettings,
      byte[] saved) {
    ConnectionState state = connection.state;
    this.client = state.client;
    this.settings = state.settings;
    this.tlsSettings = tlsSettings;
    this.random = state.random;
    this.ids = ids;
    this.originalDestination = state.originalDestination;
    this.retrySource = state.retrySource;
    this.peerInitialSource = state.peerInitialSource;
    this.peer = peer;
    this.versions = state.versions;
    this.ackFrequency = state.ackFrequency;
    this.early = state.early;
    this.oneRtt = state.oneRtt;
    this.datagrams = state.datagrams;
    this.streams = state.streams;
    this.streamEvents = state.streamEvents;
    streamEvents.owner(null);
    this.socket = state.path.socket();
    this.remote = state.path.remote();
    this.tls = client ? connection.handshake.tls() : null;
    this.exporter = connection.handshake.exporter();
    this.deadlineNanos = connection.nextDeadlineNanos();
    this.saved = saved;
  }

  /** The connection, to be used in the place of this and of the one that it was made from. */
  public Connection wake() {
    ByteBuffer in = ByteBuffer.wrap(saved);
    SavedIds.getToken(in);
    ConnectionState state = new ConnectionState(this, in);
    TlsHandshake goesOn = tls == null ? TlsHandshake.completeServer(tlsSettings) : tls;
    HandshakeDriver handshake = HandshakeDriver.complete(state, goesOn, exporter);
    Connection connection = new Connection(state, handshake, 0);
    connection.lifetime.restore(in);
    connection.frames.newTokens(in.getInt());
    connection.builder.frames.unansweredPackets(in.getInt());
    return connection;
  }

  /**
   * When it has to be woken, for {@link Connection#handleTimeout}; {@link Long#MAX_VALUE} never.
   */
  public long deadlineNanos() {
    return deadlineNanos;
  }

  /** Whether a socket is the near end of its path. */
  public boolean usesSocket(int number) {
    return number == socket;
  }

  /**
   * Whether a datagram that no connection ID leads anywhere ends with the token of this connection
   * (RFC 9000, 10.3.1): then it has to be woken for it. Looking at strangers' datagrams wakes none.
   */
  public boolean isStatelessReset(MemorySegment datagram, long offset, long length) {
    StatelessResetToken token = SavedIds.getToken(ByteBuffer.wrap(saved));
    return token != null
        && length >= PacketReceiver.STATELESS_RESET_BYTES_MIN
        && token.matches(datagram, offset + length - StatelessResetToken.LENGTH);
  }
}
