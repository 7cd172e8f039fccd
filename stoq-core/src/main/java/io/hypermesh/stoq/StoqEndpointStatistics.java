package io.hypermesh.stoq;

/**
 * What an endpoint has counted since its start. Each number is true of some recent moment; together
 * they needn't be of the same one.
 *
 * {@snippet file="ApiChoiceExamplesTest.java" region="statistics"}
 *
 * @param connections connections that there are, in both roles, those that are closing included; 0
 *     once the endpoint has ended
 * @param handshakesInFlight clients' handshakes that aren't complete
 * @param datagramsReceived datagrams received, good or not
 * @param datagramsSent datagrams given to the socket
 * @param datagramsMalformed datagrams that held no packet, or a first packet that wasn't authentic
 * @param datagramsUnroutable datagrams for no connection that is known
 * @param connectionsAccepted connections that clients made
 * @param connectionsRefused connections refused because of a limit
 * @param versionNegotiations datagrams of other versions that were answered
 * @param retries clients that were asked to prove their address
 * @param tokensInvalid Retry tokens that were forged, somebody else's, or expired
 * @param answersDropped answers to strangers that were over {@link
 *     StoqSettings#statelessAnswersPerSecondMax()}
 * @param datagramsForwarded datagrams that came to another agent than that of their connection, and
 *     that it has taken; 0 where there is one agent
 * @param forwardsDropped datagrams that were lost because more than {@link
 *     StoqSettings#forwardedDatagramsMax()} waited for the agent of their connection
 */
public record StoqEndpointStatistics(
    long connections,
    long handshakesInFlight,
    long datagramsReceived,
    long datagramsSent,
    long datagramsMalformed,
    long datagramsUnroutable,
    long connectionsAccepted,
    long connectionsRefused,
    long versionNegotiations,
    long retries,
    long tokensInvalid,
    long answersDropped,
    long datagramsForwarded,
    long forwardsDropped) {

  /** The sums of both; for the agents of one endpoint. */
  StoqEndpointStatistics plus(StoqEndpointStatistics other) {
    return new StoqEndpointStatistics(
        connections + other.connections,
        handshakesInFlight + other.handshakesInFlight,
        datagramsReceived + other.datagramsReceived,
        datagramsSent + other.datagramsSent,
        datagramsMalformed + other.datagramsMalformed,
        datagramsUnroutable + other.datagramsUnroutable,
        connectionsAccepted + other.connectionsAccepted,
        connectionsRefused + other.connectionsRefused,
        versionNegotiations + other.versionNegotiations,
        retries + other.retries,
        tokensInvalid + other.tokensInvalid,
        answersDropped + other.answersDropped,
        datagramsForwarded + other.datagramsForwarded,
        forwardsDropped + other.forwardsDropped);
  }
}
