/**
 * STOQ: QUIC version 1 (RFC 9000, 9001, 9002) over IPv6 with TLS 1.3 and certificates on both
 * sides.
 *
 * <p>Start at {@link io.hypermesh.stoq.StoqEndpoint#builder()}: one endpoint owns one UDP socket
 * and is client and server at once. It gives {@link io.hypermesh.stoq.StoqConnection connections},
 * they give {@link io.hypermesh.stoq.StoqStream streams}, and a {@link
 * io.hypermesh.stoq.StoqChannel channel} carries whole messages over a stream.
 *
 * <p>Threads: all protocol work is done by the endpoint's Agrona agent, on the thread that runs it.
 * Hosts call from any thread; what a type allows beyond that is written at the type. Listeners and
 * the completion of futures run on the agent's thread and must not block.
 */
package io.hypermesh.stoq;
