package io.hypermesh.jmh.protocol;

import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.protection.CipherSuite;
import io.hypermesh.stoq.protection.PacketBatch;
import io.hypermesh.stoq.protection.PacketProtection;
import io.hypermesh.stoq.protection.PacketProtectionProvider;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * Packet protection that protects nothing and touches nothing: the tag's bytes are left as they
 * are, the header stays in the clear. What a connection costs with it is the protocol's alone.
 */
final class NullProtection implements PacketProtection {
  private static final int PACKET_NUMBER_LENGTH_MASK = 0x03;

  private long sealed;

  /** Gives it to whoever asks, for every level. */
  static final PacketProtectionProvider PROVIDER =
      new PacketProtectionProvider() {
        @Override
        public String name() {
          return "null";
        }

        @Override
        public @Nullable String unavailableBecause() {
          return null;
        }

        @Override
        public boolean supports(CipherSuite suite) {
          return true;
        }

        @Override
        public PacketProtection create(QuicVersion version, CipherSuite suite, byte[] secret) {
          return new NullProtection();
        }
      };

  @Override
  public CipherSuite suite() {
    return CipherSuite.AES_128_GCM_SHA256;
  }

  @Override
  public void seal(
      MemorySegment packet,
      long headerOffset,
      int headerLength,
      int packetNumberLength,
      int payloadLength,
      long packetNumber) {
    sealed++;
  }

  @Override
  public void seal(PacketBatch batch) {
    sealed += batch.size();
  }

  @Override
  public int unprotectHeader(
      MemorySegment packet, long headerOffset, long packetNumberOffset, long packetEnd) {
    return (packet.get(ValueLayout.JAVA_BYTE, headerOffset) & PACKET_NUMBER_LENGTH_MASK) + 1;
  }

  @Override
  public int open(
      MemorySegment packet,
      long headerOffset,
      int headerLength,
      int payloadLength,
      long packetNumber) {
    return payloadLength - CipherSuite.TAG_LENGTH;
  }

  @Override
  public PacketProtection update(byte[] nextSecret) {
    return new NullProtection();
  }

  @Override
  public long sealedCount() {
    return sealed;
  }

  @Override
  public long openFailureCount() {
    return 0;
  }

  @Override
  public void close() {
    // There is no key to erase.
  }
}
