package io.hypermesh.stoq.handshake;

import java.security.SecureRandom;
import java.util.Random;

/** Gives the same bytes for the same seed, so that a handshake can be had twice. */
final class SeededRandom extends SecureRandom {
  private static final long serialVersionUID = 1L;

  private final Random random;

  SeededRandom(long seed) {
    random = new Random(seed);
  }

  @Override
  public void nextBytes(byte[] bytes) {
    random.nextBytes(bytes);
  }
}
