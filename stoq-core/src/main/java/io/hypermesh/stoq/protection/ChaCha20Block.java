package io.hypermesh.stoq.protection;

/**
 * The block function of ChaCha20 (RFC 8439, 2.3), as far as header protection needs it: the first
 * eight bytes of one block (RFC 9001, 5.4.4).
 *
 * <p>Written here because a cipher of the platform's has to be set up anew for each nonce, which
 * takes several times as long as the block and allocates. Only additions, exclusive ors and
 * rotations by fixed distances, so its time tells nothing of key or sample. Stateless; safe for use
 * by any thread.
 */
final class ChaCha20Block {
  /** Integers of a key. */
  static final int KEY_LENGTH = 8;

  private static final int DOUBLE_ROUNDS = 10;

  // "expand 32-byte k" in little-endian words.
  private static final int CONSTANT_0 = 0x61707865;
  private static final int CONSTANT_1 = 0x3320646e;
  private static final int CONSTANT_2 = 0x79622d32;
  private static final int CONSTANT_3 = 0x6b206574;

  private ChaCha20Block() {}

  /** The key's words, from its 32 bytes. */
  static int[] key(byte[] bytes) {
    int[] key = new int[KEY_LENGTH];
    for (int i = 0; i < KEY_LENGTH; i++) {
      key[i] = littleEndian(bytes, i * Integer.BYTES);
    }
    return key;
  }

  static int littleEndian(byte[] bytes, int at) {
    return (bytes[at] & 0xff)
        | (bytes[at + 1] & 0xff) << 8
        | (bytes[at + 2] & 0xff) << 16
        | (bytes[at + 3] & 0xff) << 24;
  }

  /**
   * The block's first eight bytes, the first of them the lowest.
   *
   * @param key from {@link #key(byte[])}
   * @param counter of the block
   */
  static long firstBytes(int[] key, int counter, int nonce0, int nonce1, int nonce2) {
    int x0 = CONSTANT_0;
    int x1 = CONSTANT_1;
    int x2 = CONSTANT_2;
    int x3 = CONSTANT_3;
    int x4 = key[0];
    int x5 = key[1];
    int x6 = key[2];
    int x7 = key[3];
    int x8 = key[4];
    int x9 = key[5];
    int x10 = key[6];
    int x11 = key[7];
    int x12 = counter;
    int x13 = nonce0;
    int x14 = nonce1;
    int x15 = nonce2;
    // Quarter rounds over the columns, then over the diagonals; each line does the same step of
    // all four (RFC 8439, 2.1).
    for (int i = 0; i < DOUBLE_ROUNDS; i++) {
      x0 += x4;
      x12 = Integer.rotateLeft(x12 ^ x0, 16);
      x8 += x12;
      x4 = Integer.rotateLeft(x4 ^ x8, 12);
      x0 += x4;
      x12 = Integer.rotateLeft(x12 ^ x0, 8);
      x8 += x12;
      x4 = Integer.rotateLeft(x4 ^ x8, 7);
      x1 += x5;
      x13 = Integer.rotateLeft(x13 ^ x1, 16);
      x9 += x13;
      x5 = Integer.rotateLeft(x5 ^ x9, 12);
      x1 += x5;
      x13 = Integer.rotateLeft(x13 ^ x1, 8);
      x9 += x13;
      x5 = Integer.rotateLeft(x5 ^ x9, 7);
      x2 += x6;
      x14 = Integer.rotateLeft(x14 ^ x2, 16);
      x10 += x14;
      x6 = Integer.rotateLeft(x6 ^ x10, 12);
      x2 += x6;
      x14 = Integer.rotateLeft(x14 ^ x2, 8);
      x10 += x14;
      x6 = Integer.rotateLeft(x6 ^ x10, 7);
      x3 += x7;
      x15 = Integer.rotateLeft(x15 ^ x3, 16);
      x11 += x15;
      x7 = Integer.rotateLeft(x7 ^ x11, 12);
      x3 += x7;
      x15 = Integer.rotateLeft(x15 ^ x3, 8);
      x11 += x15;
      x7 = Integer.rotateLeft(x7 ^ x11, 7);
      x0 += x5;
      x15 = Integer.rotateLeft(x15 ^ x0, 16);
      x10 += x15;
      x5 = Integer.rotateLeft(x5 ^ x10, 12);
      x0 += x5;
      x15 = Integer.rotateLeft(x15 ^ x0, 8);
      x10 += x15;
      x5 = Integer.rotateLeft(x5 ^ x10, 7);
      x1 += x6;
      x12 = Integer.rotateLeft(x12 ^ x1, 16);
      x11 += x12;
      x6 = Integer.rotateLeft(x6 ^ x11, 12);
      x1 += x6;
      x12 = Integer.rotateLeft(x12 ^ x1, 8);
      x11 += x12;
      x6 = Integer.rotateLeft(x6 ^ x11, 7);
      x2 += x7;
      x13 = Integer.rotateLeft(x13 ^ x2, 16);
      x8 += x13;
      x7 = Integer.rotateLeft(x7 ^ x8, 12);
      x2 += x7;
      x13 = Integer.rotateLeft(x13 ^ x2, 8);
      x8 += x13;
      x7 = Integer.rotateLeft(x7 ^ x8, 7);
      x3 += x4;
      x14 = Integer.rotateLeft(x14 ^ x3, 16);
      x9 += x14;
      x4 = Integer.rotateLeft(x4 ^ x9, 12);
      x3 += x4;
      x14 = Integer.rotateLeft(x14 ^ x3, 8);
      x9 += x14;
      x4 = Integer.rotateLeft(x4 ^ x9, 7);
    }
    return ((x0 + CONSTANT_0) & 0xffff_ffffL) | ((long) (x1 + CONSTANT_1) << Integer.SIZE);
  }
}
