package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.PacketHeader;
import io.hypermesh.stoq.protection.RetryIntegrity;

/**
 * A client's answers to a server that doesn't take its first packet: Retry (RFC 9000, 8.1.2 and
 * 17.2.5) and Version Negotiation (6.2). Both are unencrypted, so both are believed at most once
 * and only before any authentic packet has come. Owned by the connection's thread.
 */
final class ClientNegotiation {
  private final ConnectionState state;
  private boolean refused;

  ClientNegotiation(ConnectionState state) {
    this.state = state;
  }

  /** Whether the server speaks no version that is spoken here. */
  boolean isRefused() {
    return refused;
  }

  /** Takes a Version Negotiation packet; false where it is to be ignored. */
  boolean onVersionNegotiation(PacketHeader header) {
    if (!state.client || hasHeard() || state.retrySource != null) {
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
    for (int i = 0; i < header.supportedVersionCount(); i++) {
      if (header.supportedVersion(i) == PacketHeader.VERSION_1) {
        // A server that lists the version it was asked for doesn't make sense (6.2).
        return false;
      }
    }
    refused = true;
    return true;
  }

  /** Takes a Retry packet; false where it is to be ignored. */
  boolean onRetry(PacketHeader header, long nowNanos) {
    if (!state.client || hasHeard() || state.retrySource != null || header.tokenLength() == 0) {
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
    state.remoteIds.replaceFirst(source);
    state.installInitialKeys(source);
    // The ClientHello goes again; packet numbers go on (17.2.5.3).
    state.recovery.discardSpace(state.initial.number(), nowNanos);
    state.initial.crypto().resendUnacknowledged();
    return true;
  }

  private boolean hasHeard() {
    return state.peerInitialSource != null;
  }
}
