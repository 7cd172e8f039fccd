package io.hypermesh.stoq.protection;

import io.hypermesh.stoq.packet.QuicVersion;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * {@link PacketProtection} over any provider's {@link Aead}: keys from a secret, checks before
 * anything is changed, header protection, counts.
 *
 * <p>The key is expanded from the start, so that no packet takes longer for being the first (RFC
 * 9001, 9.5). {@link #shrink()} drops what is expanded, and the next packet has it made again:
 *
 * <pre>
 *   expanded ──shrink──► raw key and IV alone ──next packet──► expanded
 *      └──────────────────────┴──close──► erased
 * </pre>
 *
 * <p>Of a batch, the AEAD does one packet after the other, and header protection makes all masks in
 * one call. Owned by one thread.
 */
final class KeyedPacketProtection implements PacketProtection {
  private static final byte[] NO_CONTEXT = new byte[0];

  private final QuicVersion version;
  private final CipherSuite suite;
  private final Aead.Factory provider;
  private final HeaderProtection headerProtection;
  private final byte[] key;

  /** The IV as two numbers: of a hundred thousand idle connections, each array counts. */
  private int ivFirst;

  private long ivLast;
  private @Nullable Aead aead;
  private long sealedCount;
  private long openFailureCount;
  private long lastSealed = -1;
  private boolean closed;

  /** Takes over the key's bytes, and erases the IV's. */
  private KeyedPacketProtection(
      QuicVersion version,
      CipherSuite suite,
      Aead.Factory provider,
      byte[] key,
      byte[] iv,
      HeaderProtection headerProtection) {
    this.version = version;
    this.suite = suite;
    this.provider = provider;
    this.key = key;
    this.headerProtection = headerProtection;
    for (int i = 0; i < CipherSuite.IV_LENGTH; i++) {
      if (i < Integer.BYTES) {
        ivFirst = (ivFirst << Byte.SIZE) | (iv[i] & 0xff);
      } else {
        ivLast = (ivLast << Byte.SIZE) | (iv[i] & 0xff);
      }
    }
    Arrays.fill(iv, (byte) 0);
    aead = provider.expand(suite, key);
  }

  /**
   * Derives the keys of a traffic secret (RFC 9001, 5.1; RFC 9369, 3.3.2).
   *
   * @param version whose labels tell its keys from the other's
   * @param secret as long as the suite's hash; the caller keeps and erases it
   */
  static KeyedPacketProtection of(
      QuicVersion version, CipherSuite suite, Aead.Factory provider, byte[] secret) {
    byte[] headerKey =
        Hkdf.expandLabel(
            suite.hashAlgorithm(),
            secret,
            version.headerProtectionLabel(),
            NO_CONTEXT,
            suite.keyLength());
    return ofSecret(version, suite, provider, secret, new HeaderProtection(suite, headerKey));
  }

  private static KeyedPacketProtection ofSecret(
      QuicVersion version,
      CipherSuite suite,
      Aead.Factory provider,
      byte[] secret,
      HeaderProtection headerProtection) {
    String hash = suite.hashAlgorithm();
    return new KeyedPacketProtection(
        version,
        suite,
        provider,
        Hkdf.expandLabel(hash, secret, version.keyLabel(), NO_CONTEXT, suite.keyLength()),
        Hkdf.expandLabel(hash, secret, version.ivLabel(), NO_CONTEXT, CipherSuite.IV_LENGTH),
        headerProtection);
  }

  /** The AEAD alone, from a key and an IV; header protection with a key of zeros. For vectors. */
  static KeyedPacketProtection ofKey(
      CipherSuite suite, Aead.Factory provider, byte[] key, byte[] iv) {
    return new KeyedPacketProtection(
        QuicVersion.V1,
        suite,
        provider,
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
    KeyedPacketProtection next = ofSecret(version, suite, provider, nextSecret, headerProtection);
    headerProtection.retain();
    return next;
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
  }

  @Override
  public void seal(PacketBatch batch) {
    Aead expanded = expanded();
    for (int i = 0; i < batch.size(); i++) {
      encrypt(
          expanded,
          batch.buffer(i),
          batch.headerOffset(i),
          batch.headerLength(i),
          batch.payloadLength(i),
          batch.packetNumber(i));
    }
    headerProtection.protect(batch);
  }

  /** The AEAD without header protection. */
  void sealPayload(
      MemorySegment packet,
      long headerOffset,
      int headerLength,
      int payloadLength,
      long packetNumber) {
    encrypt(expanded(), packet, headerOffset, headerLength, payloadLength, packetNumber);
  }

  private void encrypt(
      Aead expanded,
      MemorySegment packet,
      long headerOffset,
      int headerLength,
      int payloadLength,
      long packetNumber) {
    // Before the cipher runs: what is wrong must not be found out half-way.
    Objects.checkFromIndexSize(
        headerOffset,
        (long) headerLength + payloadLength + CipherSuite.TAG_LENGTH,
        packet.byteSize());
    if (packetNumber == lastSealed) {
      throw new IllegalStateException(
          "couldn't seal packet " + packetNumber + ": its nonce has just been used");
    }
    expanded.encrypt(
        packet, headerOffset, headerLength, payloadLength, ivFirst, ivLast ^ packetNumber);
    lastSealed = packetNumber;
    sealedCount++;
  }

  @Override
  public int unprotectHeader(
      MemorySegment packet, long headerOffset, long packetNumberOffset, long packetEnd) {
    checkOpen();
    return headerProtection.unprotect(packet, headerOffset, packetNumberOffset, packetEnd);
  }

  @Override
  public void unprotectHeaders(PacketBatch batch) {
    checkOpen();
    headerProtection.unprotect(batch);
  }

  @Override
  public int open(
      MemorySegment packet,
      long headerOffset,
      int headerLength,
      int payloadLength,
      long packetNumber) {
    return decrypt(expanded(), packet, headerOffset, headerLength, payloadLength, packetNumber);
  }

  @Override
  public void open(PacketBatch batch) {
    Aead expanded = expanded();
    for (int i = 0; i < batch.size(); i++) {
      if (batch.packetNumberLength(i) > 0) {
        int opened =
            decrypt(
                expanded,
                batch.buffer(i),
                batch.headerOffset(i),
                batch.headerLength(i),
                batch.payloadLength(i),
                batch.packetNumber(i));
        batch.openedLength(i, opened);
      }
    }
  }

  private int decrypt(
      Aead expanded,
      MemorySegment packet,
      long headerOffset,
      int headerLength,
      int payloadLength,
      long packetNumber) {
    int length = payloadLength - CipherSuite.TAG_LENGTH;
    if (length < 0) {
      return PacketBatch.DROPPED;
    }
    Objects.checkFromIndexSize(
        headerOffset, (long) headerLength + payloadLength, packet.byteSize());
    if (expanded.decrypt(
        packet, headerOffset, headerLength, length, ivFirst, ivLast ^ packetNumber)) {
      return length;
    }
    // Anyone can send such a packet: it is dropped, and counted against the integrity limit.
    openFailureCount++;
    return PacketBatch.DROPPED;
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
  public void shrink() {
    if (!closed) {
      dropExpanded();
      headerProtection.shrink();
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      dropExpanded();
      Arrays.fill(key, (byte) 0);
      ivFirst = 0;
      ivLast = 0;
      headerProtection.release();
    }
  }

  private void dropExpanded() {
    Aead dropped = aead;
    if (dropped != null) {
      aead = null;
      dropped.close();
    }
  }

  private Aead expanded() {
    Aead expanded = aead;
    if (expanded == null) {
      checkOpen();
      expanded = provider.expand(suite, key);
      aead = expanded;
    }
    return expanded;
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("couldn't protect a packet: the keys have been erased");
    }
  }
}
