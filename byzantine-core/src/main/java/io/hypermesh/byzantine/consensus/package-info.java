/**
 * The ordering of requests. Start with {@link io.hypermesh.byzantine.consensus.ReplicaCore}, which
 * hands each message to the part that it concerns; {@code Ordering} has the three phases.
 */
package io.hypermesh.byzantine.consensus;
