/**
 * Packets and frames on the wire (RFC 9000, 12 to 19; RFC 9221), and the errors that a peer can
 * cause. Knows bytes only: no keys, no state of a connection.
 *
 * <p>Start with {@link io.hypermesh.stoq.packet.PacketHeader}, which walks a datagram's packets,
 * and {@link io.hypermesh.stoq.packet.FrameDecoder}, which walks a packet's frames; {@link
 * io.hypermesh.stoq.packet.PacketHeaders} and {@link io.hypermesh.stoq.packet.FrameEncoder} write
 * what these read.
 */
package io.hypermesh.stoq.packet;
