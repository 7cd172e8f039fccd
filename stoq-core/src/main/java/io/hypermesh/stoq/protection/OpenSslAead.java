package io.hypermesh.stoq.protection;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;

/**
 * The AEADs of {@link OpenSsl}: a context that keeps the key, and a nonce for each packet; five
 * calls a packet, nothing allocated. What the calls need beside the packet is one block of {@link
 * SecretMemory}:
 *
 * <pre>
 *   nonce (12) and 4 unused │ tag (16) │ length that a call wrote (4) and 28 unused
 * </pre>
 *
 * <p>The tag is compared by the library, in constant time. Owned by one thread.
 */
final class OpenSslAead implements Aead {
  private static final int NONCE = 0;
  private static final int TAG = 16;
  private static final int WRITTEN = 32;
  private static final int BYTES = 64;

  private final long context;

  /** 0 once it's closed. */
  private long memory;

  OpenSslAead(CipherSuite suite, byte[] key) {
    long block = SecretMemory.allocate(BYTES);
    MemorySegment.copy(key, 0, SecretMemory.ANYWHERE, JAVA_BYTE, block, key.length);
    try {
      context = OpenSsl.newContext(suite, block);
    } catch (RuntimeException | Error e) {
      SecretMemory.free(block, BYTES);
      throw e;
    }
    SecretMemory.erase(block, key.length);
    memory = block;
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
    boolean done =
        crypt(true, block, packet, offset, headerLength, payloadLength)
            && OpenSsl.finish(context, true, block + TAG, block + WRITTEN)
            && OpenSsl.getTag(context, block + TAG);
    if (!done) {
      throw new IllegalStateException("couldn't seal a packet: libcrypto refused");
    }
    long tag = offset + headerLength + payloadLength;
    MemorySegment.copy(SecretMemory.ANYWHERE, block + TAG, packet, tag, CipherSuite.TAG_LENGTH);
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
    long tag = offset + headerLength + payloadLength;
    MemorySegment.copy(packet, tag, SecretMemory.ANYWHERE, block + TAG, CipherSuite.TAG_LENGTH);
    boolean done =
        crypt(false, block, packet, offset, headerLength, payloadLength)
            && OpenSsl.setTag(context, block + TAG);
    if (!done) {
      throw new IllegalStateException("couldn't open a packet: libcrypto refused");
    }
    return OpenSsl.finish(context, false, block + TAG, block + WRITTEN);
  }

  private boolean crypt(
      boolean encrypt,
      long block,
      MemorySegment packet,
      long offset,
      int headerLength,
      int payloadLength) {
    long written = block + WRITTEN;
    if (!OpenSsl.start(context, encrypt, block + NONCE)) {
      return false;
    }
    if (packet.isNative()) {
      long header = packet.address() + offset;
      long payload = header + headerLength;
      return OpenSsl.update(context, encrypt, 0, written, header, headerLength)
          && OpenSsl.update(context, encrypt, payload, written, payload, payloadLength);
    }
    MemorySegment payload = packet.asSlice(offset + headerLength);
    return OpenSsl.update(
            context, encrypt, MemorySegment.NULL, written, packet.asSlice(offset), headerLength)
        && OpenSsl.update(context, encrypt, payload, written, payload, payloadLength);
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
      OpenSsl.freeContext(context);
      SecretMemory.free(block, BYTES);
    }
  }
}
