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
 * @param token from an earlier connection's NEW_TOKEN frame of the same version, or no bytes (RFC
 *     9000, 8.1.3)
 * @param greasesQuicBit whether the server said with it that it takes packets with a cleared fixed
 *     bit (RFC 9287, 3.1)
 */
@SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
public record ClientStart(
    String serverName,
    InetSocketAddress remote,
    QuicVersion version,
    boolean afterRefusal,
    byte[] token,
    boolean greasesQuicBit) {
  private static final byte[] NO_TOKEN = new byte[0];

  /** Bytes of the destination that a client makes up: at least 8 (RFC 9000, 7.2). */
  private static final int MADE_UP_ID_BYTES = 8;

  /** A first attempt without a token. */
  public static ClientStart plain(
      String serverName, InetSocketAddress remote, QuicVersion version) {
    return new ClientStart(serverName, remote, version, false, NO_TOKEN, false);
  }

  /** Another attempt, after a Version Negotiation packet. */
  public static ClientStart afterRefusal(
      String serverName, InetSocketAddress remote, QuicVersion version) {
    return new ClientStart(serverName, remote, version, true, NO_TOKEN, false);
  }

  /** Names no token. */
  @Override
  public String toString() {
    return "ClientStart[" + serverName + ", " + remote + ", " + version + "]";
  }

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
    state.token = token;
    if (greasesQuicBit) {
      state.quicBit.remember();
    }
    return state;
  }
}
