/**
 * A network in virtual time, for tests of what runs over datagrams: deterministic from one seed,
 * with delay, loss in bursts, duplication, reordering and corruption, bottlenecks with a queue,
 * limits of packet size, black holes, NATs that rebind, and ECN.
 *
 * <p>Start with {@link io.hypermesh.stoq.simulation.SimulatedNetwork}; what is attached to it is a
 * {@link io.hypermesh.stoq.simulation.SimulatedNode}. {@link
 * io.hypermesh.stoq.simulation.LinkConditions} say how bad it is, a {@link
 * io.hypermesh.stoq.simulation.LinkSchedule} when, {@link io.hypermesh.stoq.simulation.Nat} stands
 * between a node and the others, and a {@link io.hypermesh.stoq.simulation.NetworkListener} sees
 * what passes.
 *
 * {@snippet file="simulation/SimulationExamplesTest.java" region="network"}
 *
 * <p>A node is a machine without I/O:
 *
 * {@snippet file="simulation/SimulationExamplesTest.java" region="node"}
 */
package io.hypermesh.stoq.simulation;
