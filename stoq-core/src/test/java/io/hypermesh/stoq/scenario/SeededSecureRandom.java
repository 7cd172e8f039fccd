package io.hypermesh.stoq.scenario;

import java.security.SecureRandom;
import java.util.SplittableRandom;

/** Gives the same bytes for the same seed, and costs next to nothing. */
final class SeededSecureRandom extends SecureRandom {
  private static final long serialVersionUID = 1L;

  private final transient SplittableRandom random;

  SeededSecureRandom(long seed) {
    random = new SplittableRandom(seed);
  }

  @Override
  public void nextBytes(byte[] bytes) {
    random.nextBytes(bytes);
  }

  @Override
  public long nextLong() {
    return random.nextLong();
  }

  @Override
  public int nextInt() {
    return random.nextInt();
  }
}
