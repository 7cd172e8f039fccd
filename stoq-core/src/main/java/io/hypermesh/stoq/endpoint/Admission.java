package io.hypermesh.stoq.endpoint;

import io.hypermesh.stoq.connection.ConnectionSettings;
import io.hypermesh.stoq.connection.ServerStart;
import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.PacketHeader;
import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.packet.TransportErrorCode;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether a client's first datagram gets a connection (RFC 9000, 5.2.2, 8.1 and 14.1).
 *
 * <p>What a stranger sends costs a bounded amount of work and leaves nothing behind. A client that
 * may not be where it says it is gets a connection only while few handshakes are in flight, in all
 * and from its network; from then on it has to prove its address first. Whoever has proved it is
 * refused only at a hard limit, so that a flood from made-up addresses keeps nobody out.
 *
 * <pre>{@code
 * Initial ─► long enough? ─► token ─► limits ─► few in flight, or address proved? ─► authentic? ─► connection
 *               │ no           │ bad    │ reached      │ no                            │ no
 *               ▼              ▼        ▼              ▼                               ▼
 *            dropped        refused   refused        Retry                          dropped
 * }</pre>
 *
 * <p>Owned by the endpoint's thread.
 */
final class Admission {
  /** A client's first datagram is at least so long (RFC 9000, 14.1). */
  static final int INITIAL_DATAGRAM_BYTES_MIN = 1200;

  /** A client's first destination connection ID is at least so long (RFC 9000, 7.2). */
  static final int INITIAL_DESTINATION_BYTES_MIN = 8;

  private final EndpointSettings settings;
  private final List<QuicVersion> versions;
  private final EndpointCounters counters;
  private final StatelessAnswers answers;
  private final EndpointTokens tokens;
  private final HandshakesInFlight inFlight;
  private final ConnectionCount connections;
  private final InitialCheck check;
  private final RateLimiter garbage;

  Admission(
      EndpointSettings settings,
      ConnectionSettings connectionSettings,
      EndpointCounters counters,
      StatelessAnswers answers,
      EndpointTokens tokens,
      HandshakesInFlight inFlight,
      ConnectionCount connections,
      long nowNanos) {
    this.settings = settings;
    this.versions = connectionSettings.versions();
    this.check = new InitialCheck(connectionSettings.packetProtection());
    this.counters = counters;
    this.answers = answers;
    this.tokens = tokens;
    this.inFlight = inFlight;
    this.connections = connections;
    this.garbage = new RateLimiter(settings.unauthenticInitialsPerSecondMax(), nowNanos);
  }

  /** Whether a packet is of a version that the settings allow, or of none. */
  boolean isSpoken(PacketHeader packet) {
    return switch (packet.type()) {
      case ONE_RTT, VERSION_NEGOTIATION -> true;
      case UNSUPPORTED_VERSION -> false;
      case INITIAL, ZERO_RTT, HANDSHAKE, RETRY ->
          versions.contains(QuicVersion.requireWire(packet.version()));
    };
  }

  /** RFC 9000, 6.1: only what could be a first packet is told which versions there are. */
  void negotiateVersion(PacketHeader header, int length, InetSocketAddress remote, long nowNanos) {
    if (settings.acceptsConnections() && length >= INITIAL_DATAGRAM_BYTES_MIN) {
      counters.versionNegotiations++;
      answers.negotiateVersion(header, remote, nowNanos);
    } else {
      counters.datagramsUnroutable++;
    }
  }

  /**
   * Judges a datagram that starts with an Initial packet for no connection.
   *
   * @param header the packet's
   * @param length of the datagram in bytes
   * @return what to make a connection of, which is counted; null where the datagram was answered or
   *     dropped
   */
  @Nullable ServerStart admit(
      PacketHeader header, int length, InetSocketAddress remote, long nowNanos) {
    if (!settings.acceptsConnections()
        || length < INITIAL_DATAGRAM_BYTES_MIN
        || header.destinationConnectionIdLength() < INITIAL_DESTINATION_BYTES_MIN) {
      counters.datagramsUnroutable++;
      return null;
    }
    QuicVersion version = QuicVersion.requireWire(header.version());
    ConnectionId destination = header.destinationConnectionId();
    ConnectionId source = header.sourceConnectionId();
    byte[] token = header.token();
    ConnectionId original = tokens.openRetry(token, destination, remote, nowNanos);
    if (original == null && tokens.isRetryToken(token)) {
      // A second Retry would be ignored by the client, so it is told at once (RFC 9000, 8.1.3).
      counters.tokensInvalid++;
      answers.refuse(
          version,
          source,
          destination,
          TransportErrorCode.INVALID_TOKEN,
          "the Retry token is not valid",
          remote,
          nowNanos);
      return null;
    }
    boolean returning = tokens.isGood(token, remote, version, nowNanos);
    boolean proved = original != null || returning;
    if (!header.fixedBit() && token.length == 0) {
      // Only a client that learnt it in an earlier connection may clear the bit, and it has a token
      // of that (RFC 9287, 3.1). The token needn't be good: this endpoint may have been restarted.
      counters.datagramsMalformed++;
      return null;
    }
    if (connections.isFull() || inFlight.isFull(remote, proved)) {
      refuseAtLimit(version, source, destination, remote, nowNanos);
      return null;
    }
    if (!proved && (inFlight.demandsProof(remote) || !garbage.hasPermit(nowNanos))) {
      counters.retries++;
      answers.retry(version, source, destination, tokens, remote, nowNanos);
      return null;
    }
    if (!check.isAuthentic(header, version, destination)) {
      // Forged or damaged bytes leave nothing behind.
      counters.datagramsMalformed++;
      garbage.tryAcquire(nowNanos);
      return null;
    }
    if (!connections.tryAdd()) {
      refuseAtLimit(version, source, destination, remote, nowNanos);
      return null;
    }
    if (returning) {
      tokens.use(token);
    }
    return new ServerStart(
        version,
        original == null ? destination : original,
        source,
        original == null ? null : destination,
        proved,
        remote);
  }

  private void refuseAtLimit(
      QuicVersion version,
      ConnectionId source,
      ConnectionId destination,
      InetSocketAddress remote,
      long nowNanos) {
    counters.connectionsRefused++;
    answers.refuse(
        version,
        source,
        destination,
        TransportErrorCode.CONNECTION_REFUSED,
        "the server is at its limit",
        remote,
        nowNanos);
  }
}
