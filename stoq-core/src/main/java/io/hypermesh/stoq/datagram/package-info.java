/**
 * Unreliable datagrams within a connection (RFC 9221): the two queues between the host's threads
 * and the connection's.
 *
 * <p>Start with {@link io.hypermesh.stoq.datagram.Datagrams}.
 */
package io.hypermesh.stoq.datagram;
