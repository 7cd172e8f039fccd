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
    boolean acceptsConnections) {}
