package io.hypermesh.stoq.conformance;

import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.packet.PacketHeader;
import io.hypermesh.stoq.packet.PacketNumbers;
import io.hypermesh.stoq.protection.PacketProtection;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** The keys, packet numbers and handshake bytes of one level of a rogue. */
final class RogueLevel {
  final EncryptionLevel level;
  final List<PacketProtection> readers = new ArrayList<>();
  PacketProtection writer;
  long nextPacketNumber;
  long cryptoReceived;
  long cryptoSent;
  final ByteArrayOutputStream cryptoPending = new ByteArrayOutputStream();
  private long largestReceived = PacketNumbers.NONE;

  RogueLevel(EncryptionLevel level) {
    this.level = level;
  }

  /** The payload of a packet, or null where no key of this level opens it. */
  byte[] open(MemorySegment datagram, PacketHeader header) {
    long start = header.headerOffset();
    byte[] packet =
        datagram.asSlice(start, header.packetEnd() - start).toArray(ValueLayout.JAVA_BYTE);
    for (PacketProtection reader : readers) {
      byte[] payload = open(reader, packet.clone(), (int) (header.packetNumberOffset() - start));
      if (payload != null) {
        return payload;
      }
    }
    return null;
  }

  private byte[] open(PacketProtection reader, byte[] bytes, int numberOffset) {
    MemorySegment packet = MemorySegment.ofArray(bytes);
    int numberLength = reader.unprotectHeader(packet, 0, numberOffset, bytes.length);
    if (numberLength < 0) {
      return null;
    }
    long truncated = 0;
    for (int i = 0; i < numberLength; i++) {
      truncated = truncated << 8 | (bytes[numberOffset + i] & 0xff);
    }
    long number = PacketNumbers.decode(truncated, numberLength * Byte.SIZE, largestReceived);
    int headerLength = numberOffset + numberLength;
    int length = reader.open(packet, 0, headerLength, bytes.length - headerLength, number);
    if (length < 0) {
      return null;
    }
    largestReceived = Math.max(largestReceived, number);
    return packet.asSlice(headerLength, length).toArray(ValueLayout.JAVA_BYTE);
  }
}
