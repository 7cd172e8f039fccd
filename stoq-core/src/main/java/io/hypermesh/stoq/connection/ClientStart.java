package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.handshake.ClientSession;
import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.QuicVersion;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.List;
import org.jspecify.annotations.Nullable;

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
 * @param session to resume, of the same version; owned by the connection from now on; null for a
 *     full handshake
 * @param earlyData whether to send early data, where the session allows it
 */
@SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
public record ClientStart(
    String serverName,
    InetSocketAddress remote,
    QuicVersion version,
    boolean afterRefusal,
    byte[] token,
    boolean greasesQuicBit,
    @Nullable ClientSession session,
    boolean earlyData) {
  private static final byte[] NO_TOKEN = new byte[0];

  /** Bytes of the destination that a client makes up: at least 8 (RFC 9000, 7.2). */
  private static final int MADE_UP_ID_BYTES = 8;

  /** A start without a session. */
  public ClientStart(
      String serverName,
      InetSocketAddress remote,
      QuicVersion version,
      boolean afterRefusal,
      byte[] token,
      boolean greasesQuicBit) {
    this(serverName, remote, version, afterRefusal, token, greasesQuicBit, null, false);
  }

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

  /**
   * The version to start with: a session's, which can be resumed in no other (RFC 9369, 5), or the
   * preferred one.
   *
   * @param versions spoken, the preferred one first
   * @param session to resume, or null
   */
  public static QuicVersion versionFor(
      List<QuicVersion> versions, @Nullable ClientSession session) {
    QuicVersion version = session == null ? null : QuicVersion.ofWire(session.quicVersion());
    return version != null && versions.contains(version) ? version : versions.getFirst();
  }

  /**
   * This start with a session to resume, or without where it is of another version.
   *
   * @param resumed owned by the connection from now on, or null
   * @param early whether to send early data, where the session allows it
   */
  public ClientStart resuming(@Nullable ClientSession resumed, boolean early) {
    if (resumed != null && resumed.quicVersion() != version.wire()) {
      resumed.erase();
      return this;
    }
    return new ClientStart(
        serverName, remote, version, afterRefusal, token, greasesQuicBit, resumed, early);
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
