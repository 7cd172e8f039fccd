package io.hypermesh.stoq.simulation;

import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;

/**
 * A datagram as a {@link NetworkListener} sees it.
 *
 * @param atNanos the virtual time
 * @param from where it comes from, as seen from where it is: behind a NAT the address inside, past
 *     it the address outside
 * @param to where it goes
 * @param ecn the two ECN bits of its IP header
 * @param payload its bytes; good until the listener returns
 */
public record SimulatedDatagram(
    long atNanos, InetSocketAddress from, InetSocketAddress to, int ecn, MemorySegment payload) {}
