package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.QuicVersion;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/**
 * What a server's connection starts from: the header of a client's Initial packet, and what its
 * token proved.
 *
 * @param version the version of the packet
 * @param originalDcid the destination of the client's first Initial packet, before any Retry
 * @param peerScid the source of the Initial packet; of no consequence if that isn't authentic
 * @param retryScid the source of the Retry packet whose token the client has shown; null where
 *     there was no Retry
 * @param addressValidated whether a token has proved the client's address (RFC 9000, 8.1)
 * @param remote where the packet came from
 */
public record ServerStart(
    QuicVersion version,
    ConnectionId originalDcid,
    ConnectionId peerScid,
    @Nullable ConnectionId retryScid,
    boolean addressValidated,
    InetSocketAddress remote) {

  /** The state of a connection that hasn't taken the packet yet. */
  ConnectionState newState(
      ConnectionSettings settings, ConnectionIdSource ids, SecureRandom random) {
    ConnectionState state =
        new ConnectionState(
            false,
            settings,
            random,
            ids,
            originalDcid,
            peerScid,
            remote,
            addressValidated,
            new VersionNegotiation(false, settings.versions(), version, false));
    state.retrySource = retryScid;
    ConnectionId clientDestination = retryScid != null ? retryScid : originalDcid;
    state.localIds.alias(clientDestination);
    state.installInitialKeys(clientDestination);
    return state;
  }
}
