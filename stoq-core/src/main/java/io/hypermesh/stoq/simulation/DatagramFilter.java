package io.hypermesh.stoq.simulation;

/** Decides which datagrams a {@link SimulatedNetwork} loses on purpose. */
@FunctionalInterface
public interface DatagramFilter {
  /**
   * Whether a datagram may pass.
   *
   * @param datagram as its sender made it
   * @param number how many were sent in its direction, this one included
   */
  boolean passes(SimulatedDatagram datagram, long number);
}
