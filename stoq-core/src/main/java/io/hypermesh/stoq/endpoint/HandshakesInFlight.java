package io.hypermesh.stoq.endpoint;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/**
 * The handshakes of clients that aren't complete: how many there are, and how many come from one
 * network, which for IPv6 is a /64 prefix: whoever has one address of it has all of them.
 *
 * <p>Handshakes of clients that have proved their address and of those that haven't are counted
 * apart, because anyone can make up the latter: they must not use up what a network's real clients
 * may have. Owned by the endpoint's thread.
 */
final class HandshakesInFlight {
  private final EndpointSettings settings;

  /** Counts by prefix; those with none are not in it, so it is bounded by the handshakes. */
  private final Map<Long, Counts> byPrefix = new HashMap<>();

  private int total;

  private static final class Counts {
    private int proved;
    private int unproved;
  }

  HandshakesInFlight(EndpointSettings settings) {
    this.settings = settings;
  }

  /** How many there are. */
  int total() {
    return total;
  }

  /** Networks that have handshakes in flight. */
  int prefixes() {
    return byPrefix.size();
  }

  /** Whether a further one would be over a hard limit. */
  boolean isFull(InetSocketAddress remote, boolean proved) {
    if (total >= settings.handshakesInFlightMax()) {
      return true;
    }
    Counts counts = byPrefix.get(prefix(remote));
    return proved && counts != null && counts.proved >= settings.handshakesPerPrefixMax();
  }

  /** Whether there are so many that a client has to prove its address first. */
  boolean demandsProof(InetSocketAddress remote) {
    Counts counts = byPrefix.get(prefix(remote));
    return total >= settings.retryThreshold()
        || (counts != null && counts.unproved >= settings.handshakesPerPrefixMax());
  }

  /** A handshake begins. */
  void begin(EndpointConnection connection, boolean proved) {
    Counts counts = byPrefix.computeIfAbsent(prefix(connection.firstRemote), _ -> new Counts());
    counts.proved += proved ? 1 : 0;
    counts.unproved += proved ? 0 : 1;
    connection.handshakeInFlight = true;
    connection.addressProved = proved;
    total++;
  }

  /** A handshake is over, if it was counted and this wasn't said before. */
  void end(EndpointConnection connection) {
    if (!connection.handshakeInFlight) {
      return;
    }
    connection.handshakeInFlight = false;
    total--;
    long prefix = prefix(connection.firstRemote);
    Counts counts = byPrefix.get(prefix);
    if (counts == null) {
      throw new IllegalStateException("a handshake ended that no network has begun");
    }
    counts.proved -= connection.addressProved ? 1 : 0;
    counts.unproved -= connection.addressProved ? 0 : 1;
    if (counts.proved + counts.unproved == 0) {
      byPrefix.remove(prefix);
    }
  }

  private static long prefix(InetSocketAddress remote) {
    byte[] address = remote.getAddress().getAddress();
    ByteBuffer bytes = ByteBuffer.wrap(address);
    return address.length >= Long.BYTES ? bytes.getLong() : bytes.getInt();
  }
}
