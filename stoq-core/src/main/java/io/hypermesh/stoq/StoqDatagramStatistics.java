package io.hypermesh.stoq;

/**
 * What became of a connection's datagrams. Each number is true of some recent moment; together they
 * needn't be of the same one. A datagram that was sent and is neither acknowledged nor lost is on
 * its way.
 *
 * @param sent datagrams that went out
 * @param acknowledged datagrams that came to the peer's connection, which may still have dropped
 *     them
 * @param lost datagrams that were declared lost; they aren't sent again
 * @param sendDropped datagrams that were accepted and never sent, because the path had become too
 *     narrow for them
 * @param received datagrams that came and were queued for the host
 * @param receiveDropped datagrams that came and were dropped, because the host polls too slowly
 */
public record StoqDatagramStatistics(
    long sent,
    long acknowledged,
    long lost,
    long sendDropped,
    long received,
    long receiveDropped) {}
