package io.hypermesh.stoq.simulation;

/** How a link loses datagrams. Immutable; what it remembers of a direction is kept by the link. */
public sealed interface LossModel {
  /** Nothing is lost. */
  LossModel NONE = new Bursts(0, 1);

  /**
   * Losses that start independently of each other and take several datagrams in a row.
   *
   * @param rate share of datagrams, 0 to 1, at which a loss starts
   * @param burst datagrams of one direction that it takes in a row, at least 1
   */
  record Bursts(double rate, int burst) implements LossModel {
    /** Checks the ranges. */
    public Bursts {
      Rates.check(rate);
      if (burst < 1) {
        throw new IllegalArgumentException("couldn't make a loss model: a burst of " + burst);
      }
    }
  }

  /**
   * Losses that are independent of each other, but never more than a number of them in a row, so
   * that even a link that loses most of what is sent lets something pass.
   *
   * @param rate share of datagrams, 0 to 1, that are lost while the number isn't reached
   * @param inARowMax datagrams of one direction that are lost in a row at most, at least 1
   */
  record Independent(double rate, int inARowMax) implements LossModel {
    /** Checks the ranges. */
    public Independent {
      Rates.check(rate);
      if (inARowMax < 1) {
        throw new IllegalArgumentException(
            "couldn't make a loss model: at most " + inARowMax + " in a row");
      }
    }
  }

  /**
   * A link that is good for a while and then bad for a while (E. N. Gilbert, "Capacity of a
   * burst-noise channel", 1960; with E. O. Elliott's losses in the good state). Each direction
   * starts good, and may change with each datagram.
   *
   * @param toBadRate chance, 0 to 1, that a good link turns bad
   * @param toGoodRate chance, 0 to 1, that a bad link turns good
   * @param goodLossRate share of datagrams, 0 to 1, that a good link loses
   * @param badLossRate share of datagrams, 0 to 1, that a bad link loses
   */
  record Gilbert(double toBadRate, double toGoodRate, double goodLossRate, double badLossRate)
      implements LossModel {
    /** Checks the ranges. */
    public Gilbert {
      Rates.check(toBadRate);
      Rates.check(toGoodRate);
      Rates.check(goodLossRate);
      Rates.check(badLossRate);
    }
  }
}
