/**
 * A deterministic cluster for tests, the library's own and its hosts': replicas, clients, network,
 * crashes and misbehaviour in one thread on virtual time, all of it decided by one seed. Start with
 * {@link io.hypermesh.byzantine.simulation.SimulatedCluster}; {@link
 * io.hypermesh.byzantine.simulation.Schedule} draws whole runs from a seed.
 */
package io.hypermesh.byzantine.simulation;
