package io.hypermesh.stoq.conformance;

/**
 * A rule that a connection is closed for.
 *
 * @param section the RFC and its section
 * @param offence what the peer does, in a few words
 * @param offenders who can do it
 * @param errorCode the code that it is closed with
 * @param frameType the frame type that the close names, or {@link #ANY_FRAME}
 * @param act does it
 */
record Rule(
    String section, String offence, Offenders offenders, long errorCode, long frameType, Act act) {
  /** Where the RFC leaves open which frame is to be named. */
  static final long ANY_FRAME = -1;

  /** Who breaks the rule. */
  enum Offenders {
    CLIENT("client"),
    SERVER("server"),
    BOTH("both");

    final String label;

    Offenders(String label) {
      this.label = label;
    }

    boolean include(boolean client) {
      return this == BOTH || this == (client ? CLIENT : SERVER);
    }
  }

  /** Breaks a rule. */
  interface Act {
    void commit(RoguePeer rogue);
  }

  @Override
  public String toString() {
    return section + ": " + offence;
  }
}
