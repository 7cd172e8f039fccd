package io.hypermesh.stoq.protection;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.GeneralSecurityException;
import javax.crypto.Cipher;
import javax.crypto.spec.ChaCha20ParameterSpec;

/**
 * Header protection (RFC 9001, 5.4): a mask from a sample of the ciphertext, laid over the first
 * byte's low bits and the packet number.
 *
 * <p>Key updates do not change it, so the protections of all key phases of one direction share one
 * of these, and the last of them to close erases its key. Owned by one thread.
 */
final class HeaderProtection {
  private static final int MASK_LENGTH = 5;
  private static final int LONG_HEADER = 0x80;
  private static final int LONG_HEADER_BITS = 0x0f;
  private static final int SHORT_HEADER_BITS = 0x1f;
  private static final byte[] ZEROS = new byte[MASK_LENGTH];

  private final boolean chaCha20;
  private final ErasableKey key;
  private final Cipher cipher;

  /** As many, one behind the other, as packets are protected at a time; grow to the most seen. */
  private byte[] samples = new byte[PacketProtection.SAMPLE_LENGTH];

  private byte[] masks = new byte[PacketProtection.SAMPLE_LENGTH];
  private final byte[] nonce = new byte[CipherSuite.IV_LENGTH];
  private int users = 1;

  /** Takes over the key's bytes. */
  HeaderProtection(CipherSuite suite, byte[] keyBytes) {
    chaCha20 = suite == CipherSuite.CHACHA20_POLY1305_SHA256;
    key = new ErasableKey(chaCha20 ? "ChaCha20" : "AES", keyBytes);
    try {
      cipher = Cipher.getInstance(chaCha20 ? "ChaCha20" : "AES/ECB/NoPadding");
      if (!chaCha20) {
        // Once: setting up the key costs ten times as much as one block.
        cipher.init(Cipher.ENCRYPT_MODE, key);
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(
          "couldn't set up header protection: this JDK lacks the cipher of " + suite, e);
    }
  }

  /** Protects a header whose payload is already encrypted. */
  void protect(
      MemorySegment packet, long headerOffset, long packetNumberOffset, int packetNumberLength) {
    takeSample(packet, packetNumberOffset, 0);
    computeMasks(1);
    maskFirstByte(packet, headerOffset, 0);
    maskPacketNumber(packet, packetNumberOffset, packetNumberLength, 0);
  }

  /** Protects the headers of a batch whose payloads are already encrypted. */
  void protect(PacketBatch batch) {
    int count = batch.size();
    if (samples.length < count * PacketProtection.SAMPLE_LENGTH) {
      samples = new byte[count * PacketProtection.SAMPLE_LENGTH];
      masks = new byte[samples.length];
    }
    for (int i = 0; i < count; i++) {
      takeSample(batch.buffer(i), batch.packetNumberOffset(i), i);
    }
    computeMasks(count);
    for (int i = 0; i < count; i++) {
      MemorySegment packet = batch.buffer(i);
      maskFirstByte(packet, batch.headerOffset(i), i);
      maskPacketNumber(packet, batch.packetNumberOffset(i), batch.packetNumberLength(i), i);
    }
  }

  /** Removes the protection; returns the length of the packet number. */
  int unprotect(MemorySegment packet, long headerOffset, long packetNumberOffset) {
    takeSample(packet, packetNumberOffset, 0);
    computeMasks(1);
    int packetNumberLength = (maskFirstByte(packet, headerOffset, 0) & 3) + 1;
    maskPacketNumber(packet, packetNumberOffset, packetNumberLength, 0);
    return packetNumberLength;
  }

  private int maskFirstByte(MemorySegment packet, long headerOffset, int index) {
    int first = packet.get(ValueLayout.JAVA_BYTE, headerOffset);
    int bits = (first & LONG_HEADER) != 0 ? LONG_HEADER_BITS : SHORT_HEADER_BITS;
    first ^= masks[index * PacketProtection.SAMPLE_LENGTH] & bits;
    packet.set(ValueLayout.JAVA_BYTE, headerOffset, (byte) first);
    return first;
  }

  private void maskPacketNumber(MemorySegment packet, long offset, int length, int index) {
    int mask = index * PacketProtection.SAMPLE_LENGTH + 1;
    for (int i = 0; i < length; i++) {
      int masked = packet.get(ValueLayout.JAVA_BYTE, offset + i) ^ masks[mask + i];
      packet.set(ValueLayout.JAVA_BYTE, offset + i, (byte) masked);
    }
  }

  private void takeSample(MemorySegment packet, long packetNumberOffset, int index) {
    MemorySegment.copy(
        packet,
        ValueLayout.JAVA_BYTE,
        packetNumberOffset + PacketProtection.SAMPLE_OFFSET,
        samples,
        index * PacketProtection.SAMPLE_LENGTH,
        PacketProtection.SAMPLE_LENGTH);
  }

  /** From the first samples their masks, of which AES makes all in one call. */
  private void computeMasks(int count) {
    try {
      if (chaCha20) {
        for (int i = 0; i < count; i++) {
          computeChaCha20Mask(i * PacketProtection.SAMPLE_LENGTH);
        }
      } else {
        cipher.update(samples, 0, count * PacketProtection.SAMPLE_LENGTH, masks, 0);
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("couldn't compute header protection masks", e);
    }
  }

  private void computeChaCha20Mask(int at) throws GeneralSecurityException {
    int counter =
        (samples[at] & 0xff)
            | (samples[at + 1] & 0xff) << 8
            | (samples[at + 2] & 0xff) << 16
            | (samples[at + 3] & 0xff) << 24;
    System.arraycopy(samples, at + Integer.BYTES, nonce, 0, nonce.length);
    // Decrypting is the same function, and other than encrypting it may repeat a nonce: a
    // packet that the network duplicates brings the same sample again.
    cipher.init(Cipher.DECRYPT_MODE, key, new ChaCha20ParameterSpec(nonce, counter));
    cipher.doFinal(ZEROS, 0, MASK_LENGTH, masks, at);
  }

  /** Counts one more protection that uses this. */
  void retain() {
    users++;
  }

  /** Counts one less; the last erases the key. */
  void release() {
    users--;
    if (users == 0) {
      key.destroy();
    }
  }
}
