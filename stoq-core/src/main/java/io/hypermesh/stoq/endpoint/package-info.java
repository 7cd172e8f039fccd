/**
 * One socket's worth of connections, without the socket: which connection a datagram is for,
 * whether to take on a new one, and what to answer without keeping any state (RFC 9000, 5.2, 6,
 * 8.1, 10.3). Start at {@link io.hypermesh.stoq.endpoint.Endpoint}.
 */
package io.hypermesh.stoq.endpoint;
