package io.hypermesh.stoq.conformance;

import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.packet.PacketHeaders;
import io.hypermesh.stoq.packet.PacketType;
import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.protection.CipherSuite;
import io.hypermesh.stoq.protection.PacketProtection;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * The header of a packet that a rogue sends, one packet in a datagram.
 *
 * @param firstByteBits more bits for the header's first byte
 */
record RoguePacket(
    EncryptionLevel level,
    QuicVersion version,
    ConnectionId destination,
    ConnectionId source,
    boolean keyPhase,
    long number,
    int firstByteBits) {
  private static final int DATAGRAM_BYTES = 1_200;
  private static final int NUMBER_LENGTH = 4;
  private static final byte[] NO_TOKEN = new byte[0];

  /** The datagram; with Initial packets it is full. */
  byte[] seal(PacketProtection keys, byte[]... frames) {
    byte[] bytes = new byte[2_000];
    MemorySegment packet = MemorySegment.ofArray(bytes);
    int header = putHeader(packet);
    bytes[0] |= (byte) firstByteBits;
    byte[] payload = Frames.join(frames);
    boolean full = level == EncryptionLevel.INITIAL;
    if (full && payload.length > 0) {
      // The padding goes first, so that the last frame ends where the packet does.
      int padding = DATAGRAM_BYTES - header - payload.length - CipherSuite.TAG_LENGTH;
      payload = Frames.join(new byte[Math.max(0, padding)], payload);
    }
    MemorySegment.copy(payload, 0, packet, ValueLayout.JAVA_BYTE, header, payload.length);
    int sealed = payload.length + CipherSuite.TAG_LENGTH;
    if (level != EncryptionLevel.ONE_RTT) {
      PacketHeaders.patchLength(packet, 0, header, NUMBER_LENGTH, sealed);
    }
    keys.seal(packet, 0, header, NUMBER_LENGTH, payload.length, number);
    return Arrays.copyOf(bytes, full ? Math.max(DATAGRAM_BYTES, header + sealed) : header + sealed);
  }

  private int putHeader(MemorySegment packet) {
    if (level == EncryptionLevel.ONE_RTT) {
      return PacketHeaders.putShort(packet, 0, destination, false, keyPhase, number, NUMBER_LENGTH);
    }
    PacketType type =
        switch (level) {
          case INITIAL -> PacketType.INITIAL;
          case ZERO_RTT -> PacketType.ZERO_RTT;
          default -> PacketType.HANDSHAKE;
        };
    return PacketHeaders.putLong(
        packet, 0, type, version.wire(), destination, source, NO_TOKEN, number, NUMBER_LENGTH);
  }
}
