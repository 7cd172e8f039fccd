package io.hypermesh.stoq.protection;

import java.lang.foreign.MemorySegment;

/**
 * An AEAD with its key expanded, as one library does it: what a provider brings to {@link
 * KeyedPacketProtection}, which has checked what it passes on.
 *
 * <p>A packet lies in place, on the heap or in native memory: {@code headerLength} bytes from
 * {@code offset} on are authenticated, {@code payloadLength} bytes behind them are encrypted, and
 * the tag of {@link CipherSuite#TAG_LENGTH} bytes follows. The nonce is twelve bytes in network
 * order: {@code nonceFirst}, then {@code nonceLast}.
 *
 * <p>Owned by one thread.
 */
interface Aead extends AutoCloseable {
  /** Makes one from a key, which stays the caller's. */
  @FunctionalInterface
  interface Factory {
    /** Expands a key as long as the suite says. */
    Aead expand(CipherSuite suite, byte[] key);
  }

  /** Encrypts the payload and writes the tag. */
  void encrypt(
      MemorySegment packet,
      long offset,
      int headerLength,
      int payloadLength,
      int nonceFirst,
      long nonceLast);

  /**
   * Decrypts the payload.
   *
   * @param payloadLength without the tag
   * @return whether the packet is authentic; if not, the payload is undefined, and the tag is as it
   *     was
   */
  boolean decrypt(
      MemorySegment packet,
      long offset,
      int headerLength,
      int payloadLength,
      int nonceFirst,
      long nonceLast);

  /** Erases the expanded key, and frees what isn't the garbage collector's. Called once. */
  @Override
  void close();
}
