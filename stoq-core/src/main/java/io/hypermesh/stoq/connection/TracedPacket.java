package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.PacketType;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A packet in the clear, for a {@link ConnectionTrace}. Its memory may only be read until the
 * method returns that it is given to.
 *
 * @param number its packet number, or {@link #NONE}
 * @param numberBytes bytes of the packet number
 * @param version the long header's version
 * @param destination the connection ID that it goes to
 * @param source the long header's source, null for a short header
 * @param tokenBytes bytes of an Initial's or a Retry's token
 * @param keyPhase of a short header
 * @param lengthBytes the whole packet, its tag included
 * @param payload memory with its frames
 * @param payloadBytes bytes of its frames; 0 where it has none
 * @param ackDelayExponent what its ACK frame's delay is scaled by
 * @param supportedVersions of a Version Negotiation packet
 * @param mtuProbe whether it finds out what the path carries
 */
public record TracedPacket(
    PacketType type,
    long number,
    int numberBytes,
    int version,
    ConnectionId destination,
    @Nullable ConnectionId source,
    int tokenBytes,
    boolean keyPhase,
    long lengthBytes,
    MemorySegment payload,
    long payloadOffset,
    int payloadBytes,
    int ackDelayExponent,
    List<Integer> supportedVersions,
    boolean mtuProbe) {
  /** Instead of a packet number. */
  public static final long NONE = -1;
}
