/**
 * TLS 1.3 for QUIC (RFC 8446 in the profile of RFC 9001), without I/O.
 *
 * <p>Start at {@link io.hypermesh.stoq.handshake.TlsHandshake}: CRYPTO bytes go in, CRYPTO bytes,
 * traffic secrets and the peer's identity come out; what is expensive is handed out as a {@link
 * io.hypermesh.stoq.handshake.HandshakeTask} that any thread may run. {@code TlsClient} and {@code
 * TlsServer} are the two state machines, {@code KeySchedule} and {@code Transcript} the keys, and
 * the classes named after handshake messages are their strict codecs.
 */
package io.hypermesh.stoq.handshake;
