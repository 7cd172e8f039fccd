/**
 * PBFT-style state machine replication that proves misbehaviour: what a host imports.
 *
 * <p>Start with {@link io.hypermesh.byzantine.Membership} (who votes), {@link
 * io.hypermesh.byzantine.Application} (what is replicated) and {@link
 * io.hypermesh.byzantine.Signer}. A client's proof that an answer is the cluster's is a {@link
 * io.hypermesh.byzantine.ReplyCertificate}.
 *
 * <p>The guarantees hold under these assumptions, which every type here shares: of {@code n = 3f+1}
 * members at most {@code f} misbehave in any way, signatures cannot be forged, SHA-256 does not
 * collide, and what a replica was told to persist survives its crash. Nothing about clocks or
 * message delay is needed for safety; progress needs messages between correct members to arrive
 * within some bound eventually.
 */
package io.hypermesh.byzantine;
