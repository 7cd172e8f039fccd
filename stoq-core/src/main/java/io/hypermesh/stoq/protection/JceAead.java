package io.hypermesh.stoq.protection;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import java.security.spec.AlgorithmParameterSpec;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import org.jspecify.annotations.Nullable;

/**
 * The AEADs of the platform's providers.
 *
 * <p>Works in place on heap segments. A native segment's packet goes through an array of this
 * object's, because the JDK's ciphers are slower on direct memory than the two copies cost. What a
 * packet allocates is what JCE asks for: a parameter object with the nonce, and the provider's own
 * state, which every {@code init} builds anew.
 *
 * <p>{@link #close()} erases the key held here; a provider's inner copies go with the garbage
 * collector.
 */
final class JceAead implements Aead {
  private static final int TAG_BITS = CipherSuite.TAG_LENGTH * Byte.SIZE;
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private final boolean gcm;
  private final ErasableKey key;
  private final byte[] nonce = new byte[CipherSuite.IV_LENGTH];
  private final MemorySegment nonceSegment = MemorySegment.ofArray(nonce);
  private final Cipher cipher;

  /** Where packets in native memory are worked on; grows to the largest seen. */
  private byte[] scratch = new byte[0];

  JceAead(CipherSuite suite, byte[] key) {
    this.gcm = suite != CipherSuite.CHACHA20_POLY1305_SHA256;
    this.key = new ErasableKey(gcm ? "AES" : "ChaCha20", key.clone());
    try {
      cipher = Cipher.getInstance(gcm ? "AES/GCM/NoPadding" : "ChaCha20-Poly1305");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(
          "couldn't set up packet protection: this JDK lacks the cipher of " + suite, e);
    }
  }

  @Override
  public void encrypt(
      MemorySegment packet,
      long offset,
      int headerLength,
      int payloadLength,
      int nonceFirst,
      long nonceLast) {
    int length = headerLength + payloadLength;
    byte[] heap = heapArray(packet);
    byte[] array = heap == null ? scratch(length + CipherSuite.TAG_LENGTH) : heap;
    int at = heap == null ? 0 : (int) (packet.address() + offset);
    if (heap == null) {
      MemorySegment.copy(packet, ValueLayout.JAVA_BYTE, offset, array, 0, length);
    }
    try {
      cipher.init(Cipher.ENCRYPT_MODE, key, parameters(nonceFirst, nonceLast));
      cipher.updateAAD(array, at, headerLength);
      int start = at + headerLength;
      cipher.doFinal(array, start, payloadLength, array, start);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("couldn't seal a packet", e);
    }
    if (heap == null) {
      MemorySegment.copy(
          array,
          headerLength,
          packet,
          ValueLayout.JAVA_BYTE,
          offset + headerLength,
          payloadLength + CipherSuite.TAG_LENGTH);
    }
  }

  @Override
  public boolean decrypt(
      MemorySegment packet,
      long offset,
      int headerLength,
      int payloadLength,
      int nonceFirst,
      long nonceLast) {
    int length = headerLength + payloadLength + CipherSuite.TAG_LENGTH;
    byte[] heap = heapArray(packet);
    byte[] array = heap == null ? scratch(length) : heap;
    int at = heap == null ? 0 : (int) (packet.address() + offset);
    if (heap == null) {
      MemorySegment.copy(packet, ValueLayout.JAVA_BYTE, offset, array, 0, length);
    }
    try {
      cipher.init(Cipher.DECRYPT_MODE, key, parameters(nonceFirst, nonceLast));
      cipher.updateAAD(array, at, headerLength);
      int start = at + headerLength;
      cipher.doFinal(array, start, payloadLength + CipherSuite.TAG_LENGTH, array, start);
    } catch (AEADBadTagException e) {
      // Anyone can send such a packet: the caller drops and counts it.
      return false;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("couldn't open a packet", e);
    }
    if (heap == null) {
      MemorySegment.copy(
          array, headerLength, packet, ValueLayout.JAVA_BYTE, offset + headerLength, payloadLength);
    }
    return true;
  }

  @Override
  public void close() {
    key.destroy();
    Arrays.fill(nonce, (byte) 0);
    Arrays.fill(scratch, (byte) 0);
  }

  /** The array behind a heap segment of bytes, or null. */
  private static byte @Nullable [] heapArray(MemorySegment segment) {
    return segment.heapBase().orElse(null) instanceof byte[] array ? array : null;
  }

  private byte[] scratch(int length) {
    if (scratch.length < length) {
      Arrays.fill(scratch, (byte) 0);
      scratch = new byte[length];
    }
    return scratch;
  }

  private AlgorithmParameterSpec parameters(int nonceFirst, long nonceLast) {
    nonceSegment.set(INT, 0, nonceFirst);
    nonceSegment.set(LONG, Integer.BYTES, nonceLast);
    return gcm ? new GCMParameterSpec(TAG_BITS, nonce) : new IvParameterSpec(nonce);
  }
}
