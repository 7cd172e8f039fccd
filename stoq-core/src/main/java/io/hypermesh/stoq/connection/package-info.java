/**
 * One QUIC connection as a state machine without I/O (RFC 9000; RFC 9001; RFC 9002).
 *
 * <p>Start with {@link io.hypermesh.stoq.connection.Connection}: datagrams, time and the host's
 * wishes go in; datagrams, events, handshake tasks and the next deadline come out. Behind it, one
 * class for each concept: {@code PacketReceiver} and {@code FrameReceiver} are the way in, {@code
 * PacketBuilder} the way out, {@code HandshakeDriver} joins it to TLS, {@code Closing} ends it.
 */
package io.hypermesh.stoq.connection;
