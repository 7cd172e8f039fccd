/**
 * A network in virtual time, for tests of what runs over datagrams: deterministic from one seed,
 * with delay, loss in bursts, duplication, reordering and corruption.
 *
 * <p>Start with {@link io.hypermesh.stoq.simulation.SimulatedNetwork}; what is attached to it is a
 * {@link io.hypermesh.stoq.simulation.SimulatedNode}, and {@link
 * io.hypermesh.stoq.simulation.LinkConditions} say how bad it is.
 */
package io.hypermesh.stoq.simulation;
