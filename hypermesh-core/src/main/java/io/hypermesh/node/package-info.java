/**
 * The assembly of a node: a certified identity, STOQ connections to the other members, a replica of
 * the consensus, and the asset ledger behind it.
 *
 * <p>Start at {@link io.hypermesh.node.HyperMeshNode} for a member of a cluster and at {@link
 * io.hypermesh.node.HyperMeshClient} for who asks it. This package holds no protocol: the state
 * machines are elsewhere, here are the threads and sockets that drive them.
 */
package io.hypermesh.node;
