package io.hypermesh.stoq.protection;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * AES-GCM by {@link IpsecMb}: one call a packet, nothing allocated. The expanded key, and what a
 * packet needs beside it, is one block of {@link SecretMemory}:
 *
 * <pre>
 *   key data │ context │ nonce (12) and 4 unused │ tag that was computed (16)
 * </pre>
 *
 * <p>A call for each packet of a batch, though the library takes bursts of jobs: it does those of
 * GCM one by one, too, and each job has two dozen fields to fill in. Owned by one thread.
 */
final class IpsecMbAead implements Aead {
  private static final int CONTEXT = IpsecMb.KEY_DATA_BYTES;
  private static final int NONCE = CONTEXT + IpsecMb.CONTEXT_BYTES;
  private static final int TAG = NONCE + 16;
  private static final int BYTES = TAG + CipherSuite.TAG_LENGTH;

  private final boolean aes256;

  /** 0 once it's closed. */
  private long memory;

  IpsecMbAead(CipherSuite suite, byte[] key) {
    aes256 = suite == CipherSuite.AES_256_GCM_SHA384;
    memory = SecretMemory.allocate(BYTES);
    long raw = memory + CONTEXT; // Its place until it's expanded.
    MemorySegment.copy(key, 0, SecretMemory.ANYWHERE, JAVA_BYTE, raw, key.length);
    IpsecMb.expand(aes256, raw, memory);
    SecretMemory.erase(raw, key.length);
  }

  @Override
  public void encrypt(
      MemorySegment packet,
      long offset,
      int headerLength,
      int payloadLength,
      int nonceFirst,
      long nonceLast) {
    long block = block(packet, offset, nonceFirst, nonceLast);
    if (packet.isNative()) {
      long header = packet.address() + offset;
      long payload = header + headerLength;
      IpsecMb.encrypt(
          aes256,
          block,
          block + CONTEXT,
          payload,
          payloadLength,
          block + NONCE,
          header,
          headerLength,
          payload + payloadLength);
    } else {
      MemorySegment payload = packet.asSlice(offset + headerLength);
      IpsecMb.encrypt(
          aes256,
          block,
          block + CONTEXT,
          payload,
          payloadLength,
          block + NONCE,
          packet.asSlice(offset),
          headerLength,
          payload.asSlice(payloadLength));
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
    long block = block(packet, offset, nonceFirst, nonceLast);
    if (packet.isNative()) {
      long header = packet.address() + offset;
      IpsecMb.decrypt(
          aes256,
          block,
          block + CONTEXT,
          header + headerLength,
          payloadLength,
          block + NONCE,
          header,
          headerLength,
          block + TAG);
    } else {
      IpsecMb.decrypt(
          aes256,
          block,
          block + CONTEXT,
          packet.asSlice(offset + headerLength),
          payloadLength,
          block + NONCE,
          packet.asSlice(offset),
          headerLength,
          block + TAG);
    }
    // All of it, wherever the first difference is: how long it takes tells nothing of the tag.
    long tag = offset + headerLength + payloadLength;
    long difference =
        (SecretMemory.ANYWHERE.get(JAVA_LONG_UNALIGNED, block + TAG)
                ^ packet.get(JAVA_LONG_UNALIGNED, tag))
            | (SecretMemory.ANYWHERE.get(JAVA_LONG_UNALIGNED, block + TAG + Long.BYTES)
                ^ packet.get(JAVA_LONG_UNALIGNED, tag + Long.BYTES));
    return difference == 0;
  }

  /** The address of this object's memory, with the nonce in it. */
  private long block(MemorySegment packet, long offset, int nonceFirst, long nonceLast) {
    long block = memory;
    if (block == 0) {
      throw new IllegalStateException("couldn't use a key: it has been erased");
    }
    // Its address is all that the library gets: whether the memory is still there, and this
    // thread's, has to be asked here.
    packet.get(JAVA_BYTE, offset);
    SecretMemory.putNonce(block + NONCE, nonceFirst, nonceLast);
    return block;
  }

  @Override
  public void close() {
    long block = memory;
    if (block != 0) {
      memory = 0;
      SecretMemory.free(block, BYTES);
    }
  }
}
