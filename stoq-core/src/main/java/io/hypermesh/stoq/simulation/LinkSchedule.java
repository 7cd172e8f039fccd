package io.hypermesh.stoq.simulation;

/**
 * What the conditions of a link are at each virtual time. A pure function of the time: asked for
 * every datagram when it is sent.
 */
@FunctionalInterface
public interface LinkSchedule {
  /** The conditions for a datagram that is sent now. */
  LinkConditions conditionsAt(long nowNanos);

  /** The same conditions for ever. */
  static LinkSchedule always(LinkConditions conditions) {
    return nowNanos -> conditions;
  }

  /**
   * This schedule until a time, and other conditions from then on.
   *
   * @param fromNanos virtual time of the change
   */
  default LinkSchedule then(long fromNanos, LinkConditions conditions) {
    return nowNanos -> nowNanos < fromNanos ? conditionsAt(nowNanos) : conditions;
  }

  /**
   * This schedule with a time in which everything is lost.
   *
   * @param fromNanos virtual time at which it starts
   * @param toNanos virtual time at which it's over
   */
  default LinkSchedule blackhole(long fromNanos, long toNanos) {
    return nowNanos ->
        nowNanos >= fromNanos && nowNanos < toNanos
            ? LinkConditions.BLACKHOLE
            : conditionsAt(nowNanos);
  }

  /**
   * This schedule with a black hole again and again: first the link works, then it doesn't.
   *
   * @param onNanos how long it works, at least 1
   * @param offNanos how long it doesn't
   */
  default LinkSchedule interrupted(long onNanos, long offNanos) {
    if (onNanos < 1 || offNanos < 0) {
      throw new IllegalArgumentException(
          "couldn't interrupt a link: " + onNanos + " ns on, " + offNanos + " ns off");
    }
    return nowNanos ->
        nowNanos % (onNanos + offNanos) < onNanos
            ? conditionsAt(nowNanos)
            : LinkConditions.BLACKHOLE;
  }
}
