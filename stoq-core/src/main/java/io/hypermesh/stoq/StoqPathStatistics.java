package io.hypermesh.stoq;

/**
 * What a connection knows about its path. Each number is true of some recent moment; together they
 * needn't be of the same one.
 *
 * {@snippet file="ApiChoiceExamplesTest.java" region="statistics"}
 *
 * @param smoothedRttNanos smoothed round-trip time (RFC 9002, 5.3)
 * @param latestRttNanos the last sample of it
 * @param minimumRttNanos the smallest sample
 * @param congestionWindowBytes what may be in flight (RFC 9002, 7)
 * @param inFlightBytes what is in flight
 * @param datagramsSent datagrams sent since the connection began
 * @param packetsLost packets declared lost since then
 * @param spuriousLosses how many of them arrived after all: the path reorders
 * @param pacingBytesPerSecond how fast datagrams leave at most (RFC 9002, 7.7)
 * @param deliveryBytesPerSecond how fast the path delivered when it was last measured; 0 before
 * @param datagramsReceived datagrams received for this connection since then
 * @param datagramBytes UDP payload of the largest datagrams that the path is known to carry
 * @param ecn what is known of its congestion marks
 */
public record StoqPathStatistics(
    long smoothedRttNanos,
    long latestRttNanos,
    long minimumRttNanos,
    long congestionWindowBytes,
    long inFlightBytes,
    long datagramsSent,
    long packetsLost,
    long spuriousLosses,
    long pacingBytesPerSecond,
    long deliveryBytesPerSecond,
    long datagramsReceived,
    int datagramBytes,
    Ecn ecn) {

  /** Whether the path carries congestion marks, and the peer tells of them (RFC 9000, 13.4). */
  public enum Ecn {
    /** Nothing is marked: the datagram driver can't. */
    OFF,
    /** The first datagrams are marked to find out. */
    TESTING,
    /** They were, and nothing has come back yet. */
    UNKNOWN,
    /** Every datagram is marked, and marks are acted on. */
    CAPABLE,
    /** The path or the peer can't. */
    FAILED
  }
}
