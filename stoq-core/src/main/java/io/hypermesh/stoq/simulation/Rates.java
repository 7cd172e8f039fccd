package io.hypermesh.stoq.simulation;

/** Shares of datagrams. */
final class Rates {
  private Rates() {}

  static void check(double rate) {
    if (!(rate >= 0 && rate <= 1)) {
      throw new IllegalArgumentException(
          "couldn't make link conditions: " + rate + " is no rate from 0 to 1");
    }
  }
}
