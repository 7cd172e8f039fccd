package io.hypermesh.stoq.connection;

import java.nio.ByteBuffer;
import java.util.random.RandomGenerator;

/**
 * Chooses packet numbers that are left out, so that a peer that acknowledges what it has not
 * received, to be sent more, acknowledges one of them and is found out (RFC 9000, 21.4). The first
 * comes early, since that is when such a peer gains most; the distances grow, since each gap costs
 * the peer an acknowledgement at once. Owned by the connection's thread.
 */
final class PacketNumberGaps {
  /** The first gap comes after fewer than twice so many packets. */
  static final int DISTANCE_MIN = 64;

  /** In the long run gaps are at least so many packets apart. */
  static final int DISTANCE_MAX = 16_384;

  private final RandomGenerator random;
  private int distance = DISTANCE_MIN / 2;
  private long next;

  /**
   * @param random must be unpredictable for the peer
   */
  PacketNumberGaps(RandomGenerator random) {
    this.random = random;
    next = choose(0);
  }

  /** Whether the number after this one, which was just used, is to be left out. */
  boolean isDue(long packetNumber) {
    if (packetNumber + 1 < next) {
      return false;
    }
    next = choose(packetNumber + 1);
    return true;
  }

  private long choose(long after) {
    distance = Math.min(distance * 2, DISTANCE_MAX);
    return after + distance + random.nextInt(distance);
  }

  // ---- Hibernation ----

  /** Goes on where another one was that has been saved. */
  PacketNumberGaps(RandomGenerator random, ByteBuffer in) {
    this.random = random;
    distance = in.getInt();
    next = in.getLong();
  }

  /** Writes what the constructor needs. */
  void save(ByteBuffer out) {
    out.putInt(distance).putLong(next);
  }
}
