/**
 * Streams: their states, their buffers, and the credit that bounds them (RFC 9000, 2 to 4).
 *
 * <p>Start with {@link io.hypermesh.stoq.stream.StreamSet}, all streams of one connection, and
 * {@link io.hypermesh.stoq.stream.Stream}, one of them. {@link io.hypermesh.stoq.stream.SendBuffer}
 * and {@link io.hypermesh.stoq.stream.ReceiveBuffer} are where the host's thread and the
 * connection's thread meet; everything else here belongs to the connection's thread alone.
 */
package io.hypermesh.stoq.stream;
