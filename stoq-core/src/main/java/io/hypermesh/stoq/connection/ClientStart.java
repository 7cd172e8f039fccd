package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.QuicVersion;
import java.net.InetSocketAddress;
import java.security.SecureRandom;

/**
 * What a client's connection starts from.
 *
 * @param serverName the host name or IP literal that the server's certificate has to be for
 * @param remote where the server is
 * @param version the version of the first packet
 * @param afterRefusal whether a Version Negotiation packet made the client choose that version (RFC
 *     9368, 4)
 */
public record ClientStart(
    String serverName, InetSocketAddress remote, QuicVersion version, boolean afterRefusal) {
  /** Bytes of the destination that a client makes up: at least 8 (RFC 9000, 7.2). */
  private static final int MADE_UP_ID_BYTES = 8;

  /** The state of a connection that hasn't sent anything. */
  ConnectionState newState(
      ConnectionSettings settings, ConnectionIdSource ids, SecureRandom random) {
    byte[] madeUp = new byte[MADE_UP_ID_BYTES];
    random.nextBytes(madeUp);
    ConnectionId destination = ConnectionId.of(madeUp);
    ConnectionState state =
        new ConnectionState(
            true,
            settings,
            random,
            ids,
            destination,
            destination,
            remote,
            true,
            new VersionNegotiation(true, settings.versions(), version, afterRefusal));
    state.installInitialKeys(destination);
    return state;
  }
}
