package io.hypermesh.stoq.simulation;

/**
 * Sees what passes on a {@link SimulatedNetwork}, to capture or to count it. Called on the
 * network's thread, before the receiving node; must not change anything.
 */
public interface NetworkListener {
  /** Why a datagram was lost. */
  enum LossCause {
    /** By the chance that the link's conditions say. */
    CHANCE,
    /** The {@link DatagramFilter} said so. */
    FILTERED,
    /** The queue before the bottleneck was full. */
    QUEUE_FULL,
    /** It is larger than the link's MTU. */
    TOO_LARGE,
    /** Nobody is at its destination when it gets there. */
    NOBODY_THERE
  }

  /** A node has sent a datagram; it is as its sender made it. */
  default void onSent(SimulatedDatagram datagram) {}

  /** A datagram was lost. */
  default void onLost(SimulatedDatagram datagram, LossCause cause) {}

  /** A datagram arrives; it is as its receiver gets it. */
  default void onDelivered(SimulatedDatagram datagram) {}
}
