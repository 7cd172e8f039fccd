package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.handshake.ClientSession;
import io.hypermesh.stoq.handshake.KeyExporter;
import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.stream.Stream;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a connection tells its owner, in order. */
public sealed interface ConnectionEvent {
  /**
   * The handshake is complete and the peer authenticated: streams can be used.
   *
   * @param applicationProtocol the negotiated ALPN protocol
   * @param peerCertificates the peer's chain, its own certificate first; empty where it showed none
   * @param serverName the name that the client asked for, or null
   * @param exporter exports keying material, on any thread; closed when the connection ends
   * @param resumed whether an earlier session was resumed, which the certificates are from
   * @param earlyDataAccepted whether early data was sent and accepted
   */
  record Established(
      String applicationProtocol,
      List<X509Certificate> peerCertificates,
      @Nullable String serverName,
      KeyExporter exporter,
      boolean resumed,
      boolean earlyDataAccepted)
      implements ConnectionEvent {}

  /**
   * Streams can be used before the handshake is complete: on a client, what is written to them goes
   * out as early data; on a server, what the client sent so is accepted, and may be a replay.
   * {@link Established} follows if the handshake succeeds.
   *
   * @param applicationProtocol the resumed session's ALPN protocol
   * @param peerCertificates the peer's chain from that session, accepted by the trust manager again
   * @param serverName the name that the client asked for, or null
   */
  record EarlyDataBegun(
      String applicationProtocol,
      List<X509Certificate> peerCertificates,
      @Nullable String serverName)
      implements ConnectionEvent {}

  /** A client's early data was rejected: it's sent again once the handshake is complete. */
  record EarlyDataRejected() implements ConnectionEvent {}

  /** A client got what it needs to resume the session, once; the receiver owns and erases it. */
  record SessionKept(ClientSession session) implements ConnectionEvent {}

  /** Both sides know that the handshake is complete (RFC 9001, 4.1.2). */
  record HandshakeConfirmed() implements ConnectionEvent {}

  /** The peer opened a stream. */
  record PeerStreamOpened(Stream stream) implements ConnectionEvent {}

  /**
   * A stream has new bytes, its end, or its reset. Read until there is nothing: what is left over
   * isn't told again.
   */
  record StreamReadable(Stream stream) implements ConnectionEvent {}

  /** A stream has room after a write that was cut short, or takes no more bytes at all. */
  record StreamWritable(Stream stream) implements ConnectionEvent {}

  /** Datagrams came. Take them until there is none: what is left over isn't told again. */
  record DatagramsReadable() implements ConnectionEvent {}

  /** Datagrams, once for all. */
  ConnectionEvent DATAGRAMS_READABLE = new DatagramsReadable();

  /** There is room for datagrams after there was none. */
  record DatagramsWritable() implements ConnectionEvent {}

  /** Room for datagrams, once for all. */
  ConnectionEvent DATAGRAMS_WRITABLE = new DatagramsWritable();

  /** Both parts of a stream are done; the connection has forgotten it. */
  record StreamClosed(Stream stream) implements ConnectionEvent {}

  /** The peer allows more streams after one was refused. */
  record StreamsAvailable(boolean bidirectional) implements ConnectionEvent {}

  /** Datagrams to this ID belong to this connection from now on. */
  @SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
  record ConnectionIdIssued(ConnectionId id, byte[] statelessResetToken)
      implements ConnectionEvent {
    /** Names the ID, and no token. */
    @Override
    public String toString() {
      return "ConnectionIdIssued[" + id + "]";
    }
  }

  /** Datagrams to this ID don't belong to this connection any more. */
  record ConnectionIdRetired(ConnectionId id) implements ConnectionEvent {}

  /**
   * The server gave a token for a later connection (RFC 9000, 8.1.3).
   *
   * @param version the version that it is for
   * @param greasesQuicBit whether the server takes packets with a cleared fixed bit (RFC 9287)
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
  record NewToken(byte[] token, QuicVersion version, boolean greasesQuicBit)
      implements ConnectionEvent {
    /** Names no token. */
    @Override
    public String toString() {
      return "NewToken[" + version + "]";
    }
  }

  /** The peer's address changed, and was validated (RFC 9000, 9). */
  record PathChanged(InetSocketAddress remote) implements ConnectionEvent {}

  /**
   * A client's move to another socket or to the server's preferred address ended (RFC 9000, 9).
   *
   * @param socket the socket that it was to
   * @param moved false where the path could not be validated, and the connection stays where it was
   */
  record MigrationEnded(int socket, boolean moved) implements ConnectionEvent {}

  /** The connection ended; once, and nothing follows but {@link Drained}. */
  record Closed(CloseReason reason) implements ConnectionEvent {}

  /** No datagram of the connection is expected any more: it can be forgotten. The last event. */
  record Drained() implements ConnectionEvent {}
}
