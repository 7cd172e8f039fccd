package io.hypermesh.stoq.endpoint;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.security.SecureRandom;

/**
 * Which of an endpoint's shards a datagram is for: a keyed function of the first eight bytes of its
 * destination connection ID, so that the way there doesn't depend on addresses, which change (RFC
 * 9000, 9).
 *
 * <p>The function is HalfSipHash-1-3 (Aumasson and Bernstein, "SipHash: a fast short-input PRF"),
 * modulo the number of shards: the kernel's classic BPF, which has no multiplication of longs and
 * no AES, can compute it, too. A shard's own connection IDs are random ones that lead to it: an ID
 * has no part that tells the shard, as draft-ietf-quic-load-balancers, 3 and 9, wants it. Whoever
 * doesn't know the key can't tell which IDs are of one shard, but by watching how the endpoint
 * behaves: how long it takes to answer, say. Whoever finds out the key, which has 64 bits and is
 * made anew at each start, learns of an ID in which of the shards its connection is, and no more;
 * and can have its own connections come to one shard.
 *
 * <p>Immutable.
 */
public final class Steering {
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  /** RFC 9000, 17.2. */
  private static final int LONG_HEADER_BIT = 0x80;

  /** Where the destination connection ID begins (17.2 and 17.3). */
  private static final int LONG_HEADER_ID_OFFSET = 6;

  private static final int SHORT_HEADER_ID_OFFSET = 1;

  /** What HalfSipHash takes the place of the length with: eight bytes. */
  private static final int LENGTH_WORD = Long.BYTES << 24;

  private final int key0;
  private final int key1;
  private final int shards;

  /**
   * @param shards 1 or more
   */
  Steering(int key0, int key1, int shards) {
    this.key0 = key0;
    this.key1 = key1;
    this.shards = shards;
  }

  static Steering random(SecureRandom random, int shards) {
    return new Steering(random.nextInt(), random.nextInt(), shards);
  }

  /** The first half of the key; a secret. */
  public int key0() {
    return key0;
  }

  /** The second half of the key; a secret. */
  public int key1() {
    return key1;
  }

  /** Between how many it chooses. */
  public int shards() {
    return shards;
  }

  /** Which shard a datagram is for; 0 where it is too short to tell. */
  public int shardOf(MemorySegment datagram, long offset, int length) {
    if (length == 0) {
      return 0;
    }
    boolean isLong = (datagram.get(ValueLayout.JAVA_BYTE, offset) & LONG_HEADER_BIT) != 0;
    int at = isLong ? LONG_HEADER_ID_OFFSET : SHORT_HEADER_ID_OFFSET;
    if (length < at + Long.BYTES) {
      return 0;
    }
    return shardOf(datagram.get(INT, offset + at), datagram.get(INT, offset + at + Integer.BYTES));
  }

  /** Which shard a connection ID of eight bytes leads to, as a number in network order. */
  int shardOf(long id) {
    return shardOf((int) (id >>> Integer.SIZE), (int) id);
  }

  private int shardOf(int first, int second) {
    return Integer.remainderUnsigned(hash(key0, key1, first, second), shards);
  }

  /** HalfSipHash-1-3 of two words. */
  static int hash(int key0, int key1, int first, int second) {
    int v0 = key0;
    int v1 = key1;
    int v2 = 0x6c796765 ^ key0;
    int v3 = 0x74656462 ^ key1;
    for (int round = 0; round < 6; round++) {
      // Three words are taken in, one before each of the first three rounds; the others finish.
      int before =
          switch (round) {
            case 0 -> first;
            case 1 -> second;
            case 2 -> LENGTH_WORD;
            default -> 0;
          };
      v3 ^= before;
      v0 += v1;
      v1 = Integer.rotateLeft(v1, 5) ^ v0;
      v0 = Integer.rotateLeft(v0, 16);
      v2 += v3;
      v3 = Integer.rotateLeft(v3, 8) ^ v2;
      v0 += v3;
      v3 = Integer.rotateLeft(v3, 7) ^ v0;
      v2 += v1;
      v1 = Integer.rotateLeft(v1, 13) ^ v2;
      v2 = Integer.rotateLeft(v2, 16);
      v0 ^= before;
      v2 ^= round == 2 ? 0xff : 0;
    }
    return v1 ^ v3;
  }

  /** Says what it is, not by which key. */
  @Override
  public String toString() {
    return "Steering[" + shards + " shards]";
  }
}
