package io.hypermesh.stoq.endpoint;

import io.hypermesh.stoq.connection.ClientStart;
import io.hypermesh.stoq.connection.Connection;
import io.hypermesh.stoq.connection.ConnectionEvent;
import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.QuicVersion;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/**
 * All tokens of an endpoint that prove addresses: what it gives as a server, in Retry packets and
 * NEW_TOKEN frames, and what it was given as a client (RFC 9000, 8.1). Owned by the endpoint's
 * thread.
 */
final class EndpointTokens {
  private static final long NANOS_PER_MILLI = 1_000_000;

  private final TimeOfDay timeOfDay;
  private final RetryTokens retryTokens;
  private final AddressTokens addressTokens;
  private final TokenStore store;

  EndpointTokens(
      EndpointSettings settings,
      EndpointSecret secret,
      SecureRandom random,
      TimeOfDay timeOfDay,
      UsedTokens usedTokens) {
    this.timeOfDay = timeOfDay;
    this.retryTokens =
        new RetryTokens(secret, random, settings.retryTokenLifetimeNanos() / NANOS_PER_MILLI);
    this.addressTokens =
        new AddressTokens(
            secret, random, settings.addressTokenLifetimeNanos() / NANOS_PER_MILLI, usedTokens);
    this.store = new TokenStore(settings.tokenServersMax());
  }

  // ---- As a server ----

  /** The token of a Retry packet; see {@link RetryTokens#seal}. */
  byte[] sealRetry(
      ConnectionId original, ConnectionId retrySource, InetSocketAddress remote, long nowNanos) {
    return retryTokens.seal(original, retrySource, remote, timeOfDay.epochMillis(nowNanos));
  }

  /** What a Retry packet's token says; see {@link RetryTokens#open}. */
  @Nullable ConnectionId openRetry(
      byte[] token, ConnectionId destination, InetSocketAddress remote, long nowNanos) {
    return retryTokens.open(token, destination, remote, timeOfDay.epochMillis(nowNanos));
  }

  /** Whether a token claims to be from a Retry packet of this server. */
  boolean isRetryToken(byte[] token) {
    return retryTokens.isRetryToken(token);
  }

  /** Whether a token from an earlier connection proves its client's address. */
  boolean isGood(byte[] token, InetSocketAddress remote, QuicVersion version, long nowNanos) {
    return addressTokens.isGood(token, remote, version, timeOfDay.epochMillis(nowNanos));
  }

  /** A token from an earlier connection has been used. */
  void use(byte[] token) {
    addressTokens.use(token);
  }

  /**
   * A client's address is proved: it needn't prove it at its next connection (RFC 9000, 8.1.3).
   *
   * @return whether the connection has a token to send now
   */
  boolean issue(EndpointConnection connection, long nowNanos) {
    if (!connection.isServer() || !addressTokens.isEnabled()) {
      return false;
    }
    Connection core = connection.connection();
    core.issueToken(
        addressTokens.seal(connection.remote, core.version(), timeOfDay.epochMillis(nowNanos)));
    return true;
  }

  // ---- As a client ----

  /** Keeps what a server gave. */
  void keep(EndpointConnection connection, ConnectionEvent.NewToken token) {
    String serverName = connection.serverName;
    if (serverName != null) {
      store.add(
          serverName,
          connection.firstRemote,
          new TokenStore.Stored(token.token(), token.version(), token.greasesQuicBit()));
    }
  }

  /** What a connection to a server starts from, with a token if there is one. */
  ClientStart start(String serverName, InetSocketAddress remote, QuicVersion version) {
    TokenStore.Stored token = store.take(serverName, remote, version);
    return token == null
        ? ClientStart.plain(serverName, remote, version)
        : new ClientStart(
            serverName, remote, version, false, token.token(), token.greasesQuicBit());
  }

  /** Erases the keys. */
  void erase() {
    retryTokens.erase();
    addressTokens.erase();
  }
}
