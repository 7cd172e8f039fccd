package io.hypermesh.stoq.protection;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;
import org.jspecify.annotations.Nullable;

/**
 * Header protection (RFC 9001, 5.4): a mask from a sample of the ciphertext, laid over the first
 * byte's low bits and the packet number.
 *
 * <p>Key updates do not change it, so the protections of all key phases of one direction share one
 * of these, and the last of them to close erases its key. Every provider uses it: AES masks come
 * from the platform's cipher, set up once for a key, which makes those of a whole train in one call
 * and in the time of two; a native library has nothing to add.
 *
 * <p>{@link #shrink()} leaves the raw key alone; what else it needs is made anew when it's used
 * again. Owned by one thread.
 */
final class HeaderProtection {
  private static final int MASK_LENGTH = 5;
  private static final int LONG_HEADER = 0x80;
  private static final int LONG_HEADER_BITS = 0x0f;
  private static final int SHORT_HEADER_BITS = 0x1f;
  private static final byte[] NOTHING = new byte[0];

  private final CipherSuite suite;
  private final ErasableKey key;

  /** Of AES; null until it's needed. */
  private @Nullable Cipher cipher;

  /** Of ChaCha20; null until it's needed. */
  private int @Nullable [] words;

  /** As many, one behind the other, as packets are protected at a time; grow to the most seen. */
  private byte[] samples = NOTHING;

  private byte[] masks = NOTHING;
  private int users = 1;

  /** Takes over the key's bytes. */
  HeaderProtection(CipherSuite suite, byte[] keyBytes) {
    this.suite = suite;
    key = new ErasableKey("AES", keyBytes);
  }

  /** Protects a header whose payload is already encrypted. */
  void protect(
      MemorySegment packet, long headerOffset, long packetNumberOffset, int packetNumberLength) {
    reserve(1);
    takeSample(packet, packetNumberOffset, 0);
    computeMasks(1);
    maskFirstByte(packet, headerOffset, 0);
    maskPacketNumber(packet, packetNumberOffset, packetNumberLength, 0);
  }

  /** Protects the headers of a batch whose payloads are already encrypted. */
  void protect(PacketBatch batch) {
    int count = batch.size();
    reserve(count);
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

  /**
   * Removes the protection; returns the length of the packet number, or {@link PacketBatch#DROPPED}
   * where there is too little to sample.
   */
  int unprotect(MemorySegment packet, long headerOffset, long packetNumberOffset, long packetEnd) {
    if (!canSample(packetEnd - packetNumberOffset)) {
      return PacketBatch.DROPPED;
    }
    reserve(1);
    takeSample(packet, packetNumberOffset, 0);
    computeMasks(1);
    return unmask(packet, headerOffset, packetNumberOffset, 0);
  }

  /** Removes the protection from the headers of a batch. */
  void unprotect(PacketBatch batch) {
    int count = batch.size();
    reserve(count);
    int sampled = 0;
    for (int i = 0; i < count; i++) {
      if (canSample(batch.payloadLength(i))) {
        takeSample(batch.buffer(i), batch.packetNumberOffset(i), sampled++);
      }
    }
    computeMasks(sampled);
    sampled = 0;
    for (int i = 0; i < count; i++) {
      int length = PacketBatch.DROPPED;
      if (canSample(batch.payloadLength(i))) {
        length =
            unmask(batch.buffer(i), batch.headerOffset(i), batch.packetNumberOffset(i), sampled++);
      }
      batch.packetNumberLength(i, length);
    }
  }

  private static boolean canSample(long lengthFromPacketNumber) {
    return lengthFromPacketNumber
        >= PacketProtection.SAMPLE_OFFSET + PacketProtection.SAMPLE_LENGTH;
  }

  private int unmask(MemorySegment packet, long headerOffset, long packetNumberOffset, int index) {
    int packetNumberLength = (maskFirstByte(packet, headerOffset, index) & 3) + 1;
    maskPacketNumber(packet, packetNumberOffset, packetNumberLength, index);
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

  private void reserve(int count) {
    if (samples.length < count * PacketProtection.SAMPLE_LENGTH) {
      samples = new byte[count * PacketProtection.SAMPLE_LENGTH];
      masks = new byte[samples.length];
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
    if (suite == CipherSuite.CHACHA20_POLY1305_SHA256) {
      int[] used = words();
      for (int i = 0; i < count; i++) {
        computeChaCha20Mask(used, i * PacketProtection.SAMPLE_LENGTH);
      }
      return;
    }
    try {
      cipher().update(samples, 0, count * PacketProtection.SAMPLE_LENGTH, masks, 0);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("couldn't compute header protection masks", e);
    }
  }

  /** The sample is the block's counter and nonce (RFC 9001, 5.4.4). */
  private void computeChaCha20Mask(int[] used, int at) {
    long mask =
        ChaCha20Block.firstBytes(
            used,
            ChaCha20Block.littleEndian(samples, at),
            ChaCha20Block.littleEndian(samples, at + 4),
            ChaCha20Block.littleEndian(samples, at + 8),
            ChaCha20Block.littleEndian(samples, at + 12));
    for (int i = 0; i < MASK_LENGTH; i++) {
      masks[at + i] = (byte) (mask >>> (Byte.SIZE * i));
    }
  }

  private Cipher cipher() throws GeneralSecurityException {
    Cipher used = cipher;
    if (used == null) {
      used = Cipher.getInstance("AES/ECB/NoPadding");
      // Once: setting up the key costs ten times as much as one block.
      used.init(Cipher.ENCRYPT_MODE, key);
      cipher = used;
    }
    return used;
  }

  private int[] words() {
    int[] used = words;
    if (used == null) {
      byte[] bytes = key.getEncoded();
      used = ChaCha20Block.key(bytes);
      Arrays.fill(bytes, (byte) 0);
      words = used;
    }
    return used;
  }

  /** Keeps the raw key alone. */
  void shrink() {
    cipher = null;
    int[] used = words;
    if (used != null) {
      Arrays.fill(used, 0);
      words = null;
    }
    samples = NOTHING;
    masks = NOTHING;
  }

  /** Counts one more protection that uses this. */
  void retain() {
    users++;
  }

  /** Counts one less; the last erases the key. */
  void release() {
    users--;
    if (users == 0) {
      shrink();
      key.destroy();
    }
  }
}
