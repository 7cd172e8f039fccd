package io.hypermesh.stoq.recovery;

import java.util.random.RandomGenerator;

/** The congestion controllers there are to choose from. */
public enum CongestionAlgorithm {
  /** {@link NewReno}. */
  NEW_RENO,
  /** {@link Cubic}. */
  CUBIC,
  /** {@link Bbr}. */
  BBR;

  /**
   * Makes a controller for one path.
   *
   * @param maxDatagramSize bytes of UDP payload
   * @param random for what must not happen to all flows at once; needn't be secure
   */
  public CongestionController create(int maxDatagramSize, RandomGenerator random) {
    return switch (this) {
      case NEW_RENO -> new NewReno(maxDatagramSize);
      case CUBIC -> new Cubic(maxDatagramSize);
      case BBR -> new Bbr(maxDatagramSize, random);
    };
  }
}
