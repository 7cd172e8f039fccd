package io.hypermesh.stoq.protection;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * Tries a native library before it is trusted: what it makes of a few packets has to be what the
 * platform's ciphers make of them, in native memory and on the heap, and it has to refuse a forged
 * one. A library whose functions aren't what this code takes them for is found out here.
 */
final class AeadSelfTest {
  /** Nothing, less than a block, a few blocks, what a datagram holds, and more. */
  private static final int[] PAYLOADS = {0, 5, 40, 255, 1_436, 16_384};

  private static final int OFFSET = 3;
  private static final int HEADER = 13;
  private static final int NONCE_FIRST = 0x0102_0304;

  private AeadSelfTest() {}

  /** What is wrong with a library's AEAD, or null. */
  static @Nullable String findFault(CipherSuite suite, Aead.Factory factory) {
    byte[] key = bytes(suite.keyLength(), 7);
    try (Arena arena = Arena.ofConfined();
        Aead expected = new JceAead(suite, key);
        Aead tried = factory.expand(suite, key)) {
      for (int payload : PAYLOADS) {
        MemorySegment sealed = packet(payload);
        expected.encrypt(sealed, OFFSET, HEADER, payload, NONCE_FIRST, payload);
        MemorySegment heap = packet(payload);
        MemorySegment outside = arena.allocate(heap.byteSize()).copyFrom(heap);
        for (MemorySegment packet : new MemorySegment[] {heap, outside}) {
          String fault = findFault(tried, packet, payload, sealed);
          if (fault != null) {
            return fault
                + " of "
                + payload
                + (packet.isNative() ? " bytes in native memory" : " bytes on the heap");
          }
        }
      }
      return null;
    }
  }

  private static byte[] bytes(int length, int step) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (i * step + 1);
    }
    return bytes;
  }

  private static MemorySegment packet(int payload) {
    return MemorySegment.ofArray(
        bytes(OFFSET + HEADER + payload + CipherSuite.TAG_LENGTH + OFFSET, 31));
  }

  private static @Nullable String findFault(
      Aead tried, MemorySegment packet, int payload, MemorySegment sealed) {
    tried.encrypt(packet, OFFSET, HEADER, payload, NONCE_FIRST, payload);
    if (packet.mismatch(sealed) >= 0) {
      return "another ciphertext or tag";
    }
    if (!tried.decrypt(packet, OFFSET, HEADER, payload, NONCE_FIRST, payload)) {
      return "an authentic packet refused";
    }
    long plain = (long) OFFSET + HEADER + payload;
    if (MemorySegment.mismatch(packet, 0, plain, packet(payload), 0, plain) >= 0) {
      return "another plaintext";
    }
    packet.copyFrom(sealed);
    int last = OFFSET + HEADER + payload + CipherSuite.TAG_LENGTH - 1;
    packet.set(ValueLayout.JAVA_BYTE, last, (byte) ~packet.get(ValueLayout.JAVA_BYTE, last));
    return tried.decrypt(packet, OFFSET, HEADER, payload, NONCE_FIRST, payload)
        ? "a forged packet taken"
        : null;
  }
}
