package io.hypermesh.stoq.protection;

import java.lang.foreign.MemorySegment;

/**
 * One direction's packet protection at one encryption level (RFC 9001, 5): the AEAD over the
 * payload and the mask over the header. {@link PacketProtectionProviders} makes them.
 *
 * <p>A packet lies in one {@link MemorySegment}, on the heap or native (heap arrays are fastest
 * with the JDK's ciphers), and is changed in place. A sender writes header and payload and calls
 * {@code seal}. A receiver calls {@link #unprotectHeader}, finds the full packet number with what
 * it has seen before, and calls {@code open}.
 *
 * <p>Each of the three does one packet or a {@link PacketBatch}, with the same outcome for each
 * packet. What is done by batches unless a provider does better is one packet after the other.
 * Senders give runs of datagrams, receivers the datagrams that came together.
 *
 * <p>Not thread-safe: owned by the connection's thread.
 */
public interface PacketProtection extends AutoCloseable {
  /** Length in bytes of the ciphertext sample that header protection takes (RFC 9001, 5.4.2). */
  int SAMPLE_LENGTH = 16;

  /**
   * Where the sample starts, counted from the packet number: as if the packet number always took
   * four bytes.
   */
  int SAMPLE_OFFSET = 4;

  /** The cipher suite. */
  CipherSuite suite();

  /**
   * Encrypts the payload in place, appends the tag of {@link CipherSuite#TAG_LENGTH} bytes, and
   * protects the header.
   *
   * @param packet has room for the tag behind the payload
   * @param headerOffset where the packet starts
   * @param headerLength bytes of header, the packet number included
   * @param packetNumberLength bytes of the packet number in the header, 1 to 4
   * @param payloadLength bytes of payload; with the packet number at least 4, so that there is
   *     enough to sample
   * @param packetNumber the full packet number; never the same twice
   */
  void seal(
      MemorySegment packet,
      long headerOffset,
      int headerLength,
      int packetNumberLength,
      int payloadLength,
      long packetNumber);

  /**
   * Seals every packet of a batch, as the method for one does; the batch keeps them. They count
   * each by itself (RFC 9001, 6.6).
   */
  default void seal(PacketBatch batch) {
    for (int i = 0; i < batch.size(); i++) {
      seal(
          batch.buffer(i),
          batch.headerOffset(i),
          batch.headerLength(i),
          batch.packetNumberLength(i),
          batch.payloadLength(i),
          batch.packetNumber(i));
    }
  }

  /**
   * Removes header protection in place: of the first byte and of the packet number.
   *
   * <p>Nothing is authentic yet. What the first byte says may only be acted on once {@link #open}
   * has succeeded.
   *
   * @param headerOffset where the packet starts
   * @param packetNumberOffset where the packet number starts
   * @param packetEnd where the packet ends
   * @return bytes of packet number, 1 to 4; or -1 where the packet is too short to be sampled and
   *     has to be dropped, unchanged
   */
  int unprotectHeader(
      MemorySegment packet, long headerOffset, long packetNumberOffset, long packetEnd);

  /**
   * Removes the headers' protection from every packet of a batch, as the method for one does;
   * {@link PacketBatch#packetNumberLength(int)} says what came of it.
   */
  default void unprotectHeaders(PacketBatch batch) {
    for (int i = 0; i < batch.size(); i++) {
      long packetNumberOffset = batch.packetNumberOffset(i);
      batch.packetNumberLength(
          i,
          unprotectHeader(
              batch.buffer(i),
              batch.headerOffset(i),
              packetNumberOffset,
              packetNumberOffset + batch.payloadLength(i)));
    }
  }

  /**
   * Checks the packet's tag and decrypts the payload in place.
   *
   * @param headerOffset where the packet starts
   * @param headerLength bytes of header without protection, the packet number included
   * @param payloadLength bytes from the header to the packet's end, the tag included
   * @param packetNumber the full packet number
   * @return bytes of decrypted payload; or -1 where the packet is not authentic and has to be
   *     dropped. Then the payload's bytes are undefined, but for the last 16, which are as they
   *     came (they may be a stateless reset token).
   */
  int open(
      MemorySegment packet,
      long headerOffset,
      int headerLength,
      int payloadLength,
      long packetNumber);

  /**
   * Opens every packet of a batch whose header's protection was removed, as the method for one
   * does; {@link PacketBatch#openedLength(int)} says what came of it. A packet that isn't authentic
   * counts by itself (RFC 9001, 6.6) and changes nothing for the others, nor do they for it: each
   * costs what it costs alone, whatever the others turn out to be.
   */
  default void open(PacketBatch batch) {
    for (int i = 0; i < batch.size(); i++) {
      if (batch.packetNumberLength(i) > 0) {
        batch.openedLength(
            i,
            open(
                batch.buffer(i),
                batch.headerOffset(i),
                batch.headerLength(i),
                batch.payloadLength(i),
                batch.packetNumber(i)));
      }
    }
  }

  /**
   * The protection of the next key phase: the AEAD's keys from the next secret, header protection
   * as before (RFC 9001, 6). This object goes on working, for packets that were on the way.
   *
   * @param nextSecret from {@link KeyUpdate#nextSecret}; the caller keeps and erases it
   */
  PacketProtection update(byte[] nextSecret);

  /** Packets sealed so far; compare with {@link CipherSuite#confidentialityLimitPackets()}. */
  long sealedCount();

  /** Packets that failed to open; compare with {@link CipherSuite#integrityLimitPackets()}. */
  long openFailureCount();

  /**
   * Keeps the raw keys alone, and frees what is made of them: expanded keys, native contexts, work
   * memory. For a connection that idles. The next packet finds it made again, which takes well
   * under a microsecond with a native provider and a few with the platform's. Nothing else changes.
   */
  default void shrink() {}

  /** Erases the keys. No method may be called afterwards, but this one again. */
  @Override
  void close();
}
