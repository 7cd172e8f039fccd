package io.hypermesh.stoq.endpoint;

/**
 * The limits of an {@link Endpoint}; the public settings check them.
 *
 * @param connectionsMax connections at once, both roles together
 * @param handshakesInFlightMax connections of clients whose handshake isn't complete
 * @param handshakesPerPrefixMax of those, how many of one /64 prefix; counted apart for clients
 *     that have proved their address, of which more are refused, and for others, which then have to
 *     prove it
 * @param retryThreshold from so many handshakes in flight on, clients have to prove their address
 *     by a Retry token; 0 for always
 * @param retryTokenLifetimeNanos how long such a token is good
 * @param addressTokenLifetimeNanos how long a NEW_TOKEN frame's token is good; 0 for none
 * @param addressTokensRememberedMax used ones of those that are remembered
 * @param tokenServersMax servers whose tokens are kept for later connections
 * @param statelessAnswersPerSecondMax Version Negotiation, Retry, refusals and stateless resets
 *     together
 * @param unauthenticInitialsPerSecondMax first packets that turned out to be forged or damaged,
 *     after which clients have to prove their address
 * @param acceptsConnections false for an endpoint that is a client only
 */
public record EndpointSettings(
    int connectionsMax,
    int handshakesInFlightMax,
    int handshakesPerPrefixMax,
    int retryThreshold,
    long retryTokenLifetimeNanos,
    long addressTokenLifetimeNanos,
    int addressTokensRememberedMax,
    int tokenServersMax,
    int statelessAnswersPerSecondMax,
    int unauthenticInitialsPerSecondMax,
    boolean acceptsConnections) {

  /**
   * The part of one of several shards. What is for all of them together stays as it is:
   * connections, which they count together, and the tokens that are remembered, which they share.
   * Everything else is divided, so that the sum is what was set, but for limits of less than the
   * number of shards: of handshakes, each may have at least one.
   *
   * @param index of the shard, from 0
   * @param count of shards
   */
  public EndpointSettings share(int index, int count) {
    return new EndpointSettings(
        connectionsMax,
        Math.max(1, share(handshakesInFlightMax, index, count)),
        Math.max(1, share(handshakesPerPrefixMax, index, count)),
        share(retryThreshold, index, count),
        retryTokenLifetimeNanos,
        addressTokenLifetimeNanos,
        addressTokensRememberedMax,
        share(tokenServersMax, index, count),
        share(statelessAnswersPerSecondMax, index, count),
        share(unauthenticInitialsPerSecondMax, index, count),
        acceptsConnections);
  }

  private static int share(int whole, int index, int count) {
    return whole / count + (index < whole % count ? 1 : 0);
  }
}
