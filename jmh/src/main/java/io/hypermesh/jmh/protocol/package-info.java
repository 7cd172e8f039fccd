/**
 * What STOQ's state machines cost by themselves: two connections in one thread, joined in memory,
 * without ciphers and sockets. {@link io.hypermesh.jmh.protocol.ProtocolPair} is where to start.
 */
package io.hypermesh.jmh.protocol;
