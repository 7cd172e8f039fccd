package io.hypermesh.stoq.endpoint;

import io.hypermesh.stoq.packet.QuicVersion;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A client's tokens from servers' NEW_TOKEN frames, for later connections to them (RFC 9000,
 * 8.1.3).
 *
 * <p>A token is used once, so that connections can't be linked by it; with the server that gave it,
 * by name and address; and with the version it was given for (RFC 9369, 5). Bounded: the servers
 * that were used least recently are forgotten, and each server's oldest tokens. Owned by the
 * endpoint's thread.
 */
final class TokenStore {
  /** Tokens kept of one server. */
  static final int PER_SERVER_MAX = 4;

  /** Longer tokens are not kept: they have to fit a first datagram beside the ClientHello. */
  static final int TOKEN_BYTES_MAX = 512;

  /**
   * A token and what was learnt with it.
   *
   * @param greasesQuicBit whether the server takes packets whose QUIC bit is cleared (RFC 9287)
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
  record Stored(byte[] token, QuicVersion version, boolean greasesQuicBit) {
    /** Names no token. */
    @Override
    public String toString() {
      return "Stored[" + version + "]";
    }
  }

  private record Server(String name, InetSocketAddress remote) {}

  private final int serversMax;
  private final Map<Server, ArrayDeque<Stored>> servers = new LinkedHashMap<>(16, 0.75f, true);

  /**
   * @param serversMax servers whose tokens are kept; 0 for none
   */
  TokenStore(int serversMax) {
    this.serversMax = serversMax;
  }

  /** Keeps a token. */
  void add(String serverName, InetSocketAddress remote, Stored token) {
    if (serversMax == 0 || token.token().length > TOKEN_BYTES_MAX) {
      return;
    }
    ArrayDeque<Stored> tokens =
        servers.computeIfAbsent(new Server(serverName, remote), _ -> new ArrayDeque<>());
    if (tokens.size() == PER_SERVER_MAX) {
      tokens.removeFirst();
    }
    tokens.addLast(token);
    if (servers.size() > serversMax) {
      servers.remove(servers.keySet().iterator().next());
    }
  }

  /** The newest token for a connection, which isn't kept any longer; null where there is none. */
  @Nullable Stored take(String serverName, InetSocketAddress remote, QuicVersion version) {
    Server server = new Server(serverName, remote);
    ArrayDeque<Stored> tokens = servers.get(server);
    if (tokens == null) {
      return null;
    }
    Stored found = null;
    for (Stored token : tokens) {
      found = token.version() == version ? token : found;
    }
    if (found != null) {
      tokens.remove(found);
      if (tokens.isEmpty()) {
        servers.remove(server);
      }
    }
    return found;
  }

  /** How many servers there are tokens of. */
  int size() {
    return servers.size();
  }
}
