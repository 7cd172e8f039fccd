package io.hypermesh.stoq.protection;

import io.hypermesh.stoq.packet.QuicVersion;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.GeneralSecurityException;
import java.security.spec.AlgorithmParameterSpec;
import java.util.Arrays;
import java.util.Objects;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import org.jspecify.annotations.Nullable;

/**
 * {@link PacketProtection} with the ciphers of the platform's providers.
 *
 * <p>Works in place on heap segments. A native segment's packet goes through an array of this
 * object's, because the JDK's ciphers are slower on direct memory than the two copies cost. What a
 * packet allocates is what JCE asks for: a parameter object with the nonce, and the provider's own
 * state, which every {@code init} builds anew.
 *
 * <p>Of a batch, the AEAD does one packet after the other, as it can do no better, and header
 * protection makes all masks in one call.
 *
 * <p>{@link #close()} erases the keys and IVs held here; a provider's inner copies go with the
 * garbage collector.
 */
public final class JcePacketProtection implements PacketProtection {
  private static final int TAG_BITS = CipherSuite.TAG_LENGTH * Byte.SIZE;
  private static final byte[] NO_CONTEXT = new byte[0];

  private final QuicVersion version;
  private final CipherSuite suite;
  private final boolean gcm;
  private final HeaderProtection headerProtection;
  private final ErasableKey key;
  private final byte[] iv;
  private final byte[] nonce = new byte[CipherSuite.IV_LENGTH];
  private final Cipher cipher;

  /** Where packets in native memory are worked on; grows to the largest seen. */
  private byte[] scratch = new byte[0];

  private long sealedCount;
  private long openFailureCount;
  private boolean closed;

  private JcePacketProtection(
      QuicVersion version,
      CipherSuite suite,
      byte[] key,
      byte[] iv,
      HeaderProtection headerProtection) {
    this.version = version;
    this.suite = suite;
    this.gcm = suite != CipherSuite.CHACHA20_POLY1305_SHA256;
    this.key = new ErasableKey(gcm ? "AES" : "ChaCha20", key);
    this.iv = iv;
    this.headerProtection = headerProtection;
    try {
      cipher = Cipher.getInstance(gcm ? "AES/GCM/NoPadding" : "ChaCha20-Poly1305");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(
          "couldn't set up packet protection: this JDK lacks the cipher of " + suite, e);
    }
  }

  /**
   * Derives the keys of a traffic secret (RFC 9001, 5.1; RFC 9369, 3.3.2).
   *
   * @param version whose labels tell its keys from the other's
   * @param secret as long as the suite's hash; the caller keeps and erases it
   */
  public static JcePacketProtection of(QuicVersion version, CipherSuite suite, byte[] secret) {
    String hash = suite.hashAlgorithm();
    byte[] headerKey =
        Hkdf.expandLabel(
            hash, secret, version.headerProtectionLabel(), NO_CONTEXT, suite.keyLength());
    return ofSecret(version, suite, secret, new HeaderProtection(suite, headerKey));
  }

  private static JcePacketProtection ofSecret(
      QuicVersion version, CipherSuite suite, byte[] secret, HeaderProtection headerProtection) {
    String hash = suite.hashAlgorithm();
    return new JcePacketProtection(
        version,
        suite,
        Hkdf.expandLabel(hash, secret, version.keyLabel(), NO_CONTEXT, suite.keyLength()),
        Hkdf.expandLabel(hash, secret, version.ivLabel(), NO_CONTEXT, CipherSuite.IV_LENGTH),
        headerProtection);
  }

  /** The AEAD alone, from a key and an IV; header protection with a key of zeros. For vectors. */
  static JcePacketProtection ofKey(CipherSuite suite, byte[] key, byte[] iv) {
    return new JcePacketProtection(
        QuicVersion.V1,
        suite,
        key.clone(),
        iv.clone(),
        new HeaderProtection(suite, new byte[suite.keyLength()]));
  }

  @Override
  public CipherSuite suite() {
    return suite;
  }

  @Override
  public PacketProtection update(byte[] nextSecret) {
    checkOpen();
    headerProtection.retain();
    return ofSecret(version, suite, nextSecret, headerProtection);
  }

  @Override
  public void seal(
      MemorySegment packet,
      long headerOffset,
      int headerLength,
      int packetNumberLength,
      int payloadLength,
      long packetNumber) {
    checkOpen();
    if (packetNumberLength + payloadLength < SAMPLE_OFFSET) {
      throw new IllegalArgumentException(
          "couldn't seal a packet: " + payloadLength + " bytes of payload are too few to sample");
    }
    sealPayload(packet, headerOffset, headerLength, payloadLength, packetNumber);
    long packetNumberOffset = headerOffset + headerLength - packetNumberLength;
    headerProtection.protect(packet, headerOffset, packetNumberOffset, packetNumberLength);
    sealedCount++;
  }

  @Override
  public void seal(PacketBatch batch) {
    checkOpen();
    for (int i = 0; i < batch.size(); i++) {
      sealPayload(
          batch.buffer(i),
          batch.headerOffset(i),
          batch.headerLength(i),
          batch.payloadLength(i),
          batch.packetNumber(i));
    }
    headerProtection.protect(batch);
    sealedCount += batch.size();
  }

  /** The AEAD without header protection. */
  void sealPayload(
      MemorySegment packet,
      long headerOffset,
      int headerLength,
      int payloadLength,
      long packetNumber) {
    int length = headerLength + payloadLength;
    long payloadOffset = headerOffset + headerLength;
    // Before the cipher runs: a segment that is too small must not be found out half-way.
    Objects.checkFromIndexSize(headerOffset, length + CipherSuite.TAG_LENGTH, packet.byteSize());
    byte[] heap = heapArray(packet);
    byte[] array = heap == null ? scratch(length + CipherSuite.TAG_LENGTH) : heap;
    int at = heap == null ? 0 : (int) (packet.address() + headerOffset);
    if (heap == null) {
      MemorySegment.copy(packet, ValueLayout.JAVA_BYTE, headerOffset, array, 0, length);
    }
    try {
      cipher.init(Cipher.ENCRYPT_MODE, key, parameters(packetNumber));
      cipher.updateAAD(array, at, headerLength);
      int start = at + headerLength;
      cipher.doFinal(array, start, payloadLength, array, start);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("couldn't seal packet " + packetNumber, e);
    }
    if (heap == null) {
      MemorySegment.copy(
          array,
          headerLength,
          packet,
          ValueLayout.JAVA_BYTE,
          payloadOffset,
          payloadLength + CipherSuite.TAG_LENGTH);
    }
  }

  @Override
  public int unprotectHeader(
      MemorySegment packet, long headerOffset, long packetNumberOffset, long packetEnd) {
    checkOpen();
    if (packetEnd - packetNumberOffset < SAMPLE_OFFSET + SAMPLE_LENGTH) {
      return -1;
    }
    return headerProtection.unprotect(packet, headerOffset, packetNumberOffset);
  }

  @Override
  public int open(
      MemorySegment packet,
      long headerOffset,
      int headerLength,
      int payloadLength,
      long packetNumber) {
    checkOpen();
    if (payloadLength < CipherSuite.TAG_LENGTH) {
      return -1;
    }
    int length = headerLength + payloadLength;
    Objects.checkFromIndexSize(headerOffset, length, packet.byteSize());
    byte[] heap = heapArray(packet);
    byte[] array = heap == null ? scratch(length) : heap;
    int at = heap == null ? 0 : (int) (packet.address() + headerOffset);
    if (heap == null) {
      MemorySegment.copy(packet, ValueLayout.JAVA_BYTE, headerOffset, array, 0, length);
    }
    int opened;
    try {
      cipher.init(Cipher.DECRYPT_MODE, key, parameters(packetNumber));
      cipher.updateAAD(array, at, headerLength);
      int start = at + headerLength;
      opened = cipher.doFinal(array, start, payloadLength, array, start);
    } catch (AEADBadTagException e) {
      // Anyone can send such a packet: it is dropped, and counted against the integrity limit.
      openFailureCount++;
      return -1;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("couldn't open packet " + packetNumber, e);
    }
    if (heap == null) {
      MemorySegment.copy(
          array, headerLength, packet, ValueLayout.JAVA_BYTE, headerOffset + headerLength, opened);
    }
    return opened;
  }

  @Override
  public long sealedCount() {
    return sealedCount;
  }

  @Override
  public long openFailureCount() {
    return openFailureCount;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      key.destroy();
      Arrays.fill(iv, (byte) 0);
      Arrays.fill(nonce, (byte) 0);
      Arrays.fill(scratch, (byte) 0);
      headerProtection.release();
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("couldn't protect a packet: the keys have been erased");
    }
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

  /** The nonce: the IV with the packet number laid over its last eight bytes (RFC 9001, 5.3). */
  private AlgorithmParameterSpec parameters(long packetNumber) {
    System.arraycopy(iv, 0, nonce, 0, nonce.length);
    for (int i = 0; i < Long.BYTES; i++) {
      nonce[nonce.length - 1 - i] ^= (byte) (packetNumber >>> (Byte.SIZE * i));
    }
    return gcm ? new GCMParameterSpec(TAG_BITS, nonce) : new IvParameterSpec(nonce);
  }
}
