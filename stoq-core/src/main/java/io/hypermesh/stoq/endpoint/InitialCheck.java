package io.hypermesh.stoq.endpoint;

import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.PacketHeader;
import io.hypermesh.stoq.packet.PacketNumbers;
import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.protection.InitialSecrets;
import io.hypermesh.stoq.protection.PacketProtection;
import io.hypermesh.stoq.protection.PacketProtectionProvider;
import java.lang.foreign.MemorySegment;

/**
 * Tells a client's first packet from bytes that somebody made up or the network damaged (RFC 9001,
 * 5.2), before anything is made for it: it costs the client's Initial keys and one decryption of a
 * copy. Owned by the endpoint's thread.
 */
final class InitialCheck {
  private final PacketProtectionProvider provider;

  /** Where packets are decrypted; grows to the largest datagram seen. */
  private MemorySegment copy = MemorySegment.ofArray(new byte[1_500]);

  InitialCheck(PacketProtectionProvider provider) {
    this.provider = provider;
  }

  /** Whether an Initial packet is authentic; leaves it as it is. */
  boolean isAuthentic(PacketHeader header, QuicVersion version, ConnectionId destination) {
    long length = header.packetEnd() - header.headerOffset();
    if (copy.byteSize() < length) {
      copy = MemorySegment.ofArray(new byte[(int) length]);
    }
    MemorySegment.copy(header.buffer(), header.headerOffset(), copy, 0, length);
    try (PacketProtection client = InitialSecrets.deriveClient(provider, version, destination)) {
      long numberOffset = header.packetNumberOffset() - header.headerOffset();
      int numberLength = client.unprotectHeader(copy, 0, numberOffset, length);
      if (numberLength < 0) {
        return false;
      }
      // A first packet's number is small, so its low bytes are all of it (RFC 9000, A.3).
      long packetNumber =
          PacketNumbers.decode(
              PacketNumbers.read(copy, numberOffset, numberLength),
              numberLength * Byte.SIZE,
              PacketNumbers.NONE);
      int headerLength = (int) numberOffset + numberLength;
      return client.open(copy, 0, headerLength, (int) length - headerLength, packetNumber) >= 0;
    }
  }
}
