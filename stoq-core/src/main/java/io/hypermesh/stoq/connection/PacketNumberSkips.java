package io.hypermesh.stoq.connection;

import java.util.random.RandomGenerator;

/**
 * When to leave out a packet number, so that a peer which acknowledges what it hasn't received is
 * found out (RFC 9000, 21.4): by such acknowledgements it could have this side send as fast as it
 * can, at whoever is at the peer's address. The next one can't be foretold. Owned by the
 * connection's thread.
 */
final class PacketNumberSkips {
  /** Packets from one skip to the next, at least. */
  static final int INTERVAL_PACKETS_MIN = 64;

  /** Packets from one skip to the next, at most. */
  static final int INTERVAL_PACKETS_MAX = 1_024;

  private final RandomGenerator random;
  private int packetsLeft;

  PacketNumberSkips(RandomGenerator random) {
    this.random = random;
    draw();
  }

  private void draw() {
    packetsLeft = random.nextInt(INTERVAL_PACKETS_MIN, INTERVAL_PACKETS_MAX + 1);
  }

  /** A packet was sent; true where the number after it is to be left out. */
  boolean onSent() {
    if (--packetsLeft > 0) {
      return false;
    }
    draw();
    return true;
  }
}
