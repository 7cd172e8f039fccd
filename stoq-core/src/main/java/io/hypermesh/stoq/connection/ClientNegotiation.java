package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.PacketHeader;
import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.packet.TransportParameters;
import io.hypermesh.stoq.protection.RetryIntegrity;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A client's answers to a server that doesn't take its first packet: Retry (RFC 9000, 8.1.2 and
 * 17.2.5) and Version Negotiation (6.2). Both are unencrypted, so both are believed at most once
 * and only before any authentic packet has come. Owned by the connection's thread.
 */
final class ClientNegotiation {
  private final ConnectionState state;
  private boolean refused;
  private @Nullable QuicVersion alternative;

  ClientNegotiation(ConnectionState state) {
    this.state = state;
  }

  /** Whether the server doesn't speak the version of the first packet. */
  boolean isRefused() {
    return refused;
  }

  /** What there is to tell of the refusal. */
  String describe() {
    return "the server doesn't speak QUIC "
        + state.versions.original()
        + (alternative == null ? ", nor another one that is spoken here" : "");
  }

  /** The version to try then (RFC 9368, 2.1), or null where none is spoken on both sides. */
  @Nullable QuicVersion alternative() {
    return alternative;
  }

  /** Takes a Version Negotiation packet; false where it is to be ignored. */
  boolean onVersionNegotiation(PacketHeader header) {
    // Whoever has reacted to one takes no other (RFC 9368, 4).
    if (!state.client
        || hasHeard()
        || state.retrySource != null
        || state.versions.isAfterRefusal()) {
      return false;
    }
    // It has to echo the ID that only who saw our packet knows (RFC 8999, 6).
    if (!state
        .remoteIds
        .active()
        .matches(
            header.buffer(),
            header.sourceConnectionIdOffset(),
            header.sourceConnectionIdLength())) {
      return false;
    }
    List<Integer> offered = new ArrayList<>();
    for (int i = 0; i < header.supportedVersionCount(); i++) {
      if (header.supportedVersion(i) == state.versions.original().wire()) {
        // A server that lists the version it was asked for doesn't make sense (6.2).
        return false;
      }
      offered.add(header.supportedVersion(i));
    }
    refused = true;
    alternative = state.versions.select(offered);
    return true;
  }

  /** Takes a Retry packet; false where it is to be ignored. */
  boolean onRetry(PacketHeader header, long nowNanos) {
    if (!state.client || hasHeard() || state.retrySource != null || header.tokenLength() == 0) {
      return false;
    }
    if (header.version() != state.versions.original().wire()) {
      // RFC 9369, 4.1: a Retry is of the original version.
      return false;
    }
    int length = (int) (header.packetEnd() - header.headerOffset());
    if (!RetryIntegrity.verify(
        header.buffer(), header.headerOffset(), length, state.originalDestination)) {
      return false;
    }
    ConnectionId source = header.sourceConnectionId();
    if (source.equals(state.originalDestination)) {
      // RFC 9000, 17.2.5.1: the server must choose another one.
      return false;
    }
    state.retrySource = source;
    state.token = header.token();
    state.quicBit.forget();
    state.remoteIds.replaceFirst(source);
    state.installInitialKeys(source);
    // The ClientHello goes again; packet numbers go on (17.2.5.3).
    state.recovery.discardSpace(state.initial.number(), nowNanos);
    state.initial.crypto().resendUnacknowledged();
    TransportParameters remembered = state.early.remembered();
    if (remembered != null && state.early.isUsable()) {
      // And the early data, under the same keys, to where the server is now.
      state.takeBackEarlyData(nowNanos);
      state.applyStreamLimits(remembered);
    }
    return true;
  }

  private boolean hasHeard() {
    return state.peerInitialSource != null;
  }
}
