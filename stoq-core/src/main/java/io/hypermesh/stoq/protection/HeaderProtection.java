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
  private final byte[] sample = new byte[PacketProtection.SAMPLE_LENGTH];
  private final byte[] mask = new byte[PacketProtection.SAMPLE_LENGTH];
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
    computeMask(packet, packetNumberOffset + PacketProtection.SAMPLE_OFFSET);
    maskFirstByte(packet, headerOffset);
    maskPacketNumber(packet, packetNumberOffset, packetNumberLength);
  }

  /** Removes the protection; returns the length of the packet number. */
  int unprotect(MemorySegment packet, long headerOffset, long packetNumberOffset) {
    computeMask(packet, packetNumberOffset + PacketProtection.SAMPLE_OFFSET);
    int packetNumberLength = (maskFirstByte(packet, headerOffset) & 3) + 1;
    maskPacketNumber(packet, packetNumberOffset, packetNumberLength);
    return packetNumberLength;
  }

  private int maskFirstByte(MemorySegment packet, long headerOffset) {
    int first = packet.get(ValueLayout.JAVA_BYTE, headerOffset);
    int bits = (first & LONG_HEADER) != 0 ? LONG_HEADER_BITS : SHORT_HEADER_BITS;
    first ^= mask[0] & bits;
    packet.set(ValueLayout.JAVA_BYTE, headerOffset, (byte) first);
    return first;
  }

  private void maskPacketNumber(MemorySegment packet, long offset, int length) {
    for (int i = 0; i < length; i++) {
      int masked = packet.get(ValueLayout.JAVA_BYTE, offset + i) ^ mask[i + 1];
      packet.set(ValueLayout.JAVA_BYTE, offset + i, (byte) masked);
    }
  }

  private void computeMask(MemorySegment packet, long sampleOffset) {
    MemorySegment.copy(packet, ValueLayout.JAVA_BYTE, sampleOffset, sample, 0, sample.length);
    try {
      if (chaCha20) {
        int counter =
            (sample[0] & 0xff)
                | (sample[1] & 0xff) << 8
                | (sample[2] & 0xff) << 16
                | (sample[3] & 0xff) << 24;
        System.arraycopy(sample, 4, nonce, 0, nonce.length);
        // Decrypting is the same function, and other than encrypting it may repeat a nonce: a
        // packet that the network duplicates brings the same sample again.
        cipher.init(Cipher.DECRYPT_MODE, key, new ChaCha20ParameterSpec(nonce, counter));
        cipher.doFinal(ZEROS, 0, MASK_LENGTH, mask, 0);
      } else {
        cipher.update(sample, 0, sample.length, mask, 0);
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("couldn't compute a header protection mask", e);
    }
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
