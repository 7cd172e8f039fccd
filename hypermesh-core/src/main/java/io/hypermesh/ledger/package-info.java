/**
 * The ledger: who owns and leases which asset, as a deterministic state machine that every replica
 * runs, with proofs that anyone can check. Start with {@link io.hypermesh.ledger.Ledger}; what goes
 * in is {@link io.hypermesh.ledger.SignedOperations}, what comes out {@link
 * io.hypermesh.ledger.BatchResult}, and what a third party believes {@link
 * io.hypermesh.ledger.OwnershipProof}.
 *
 * <p>{@code ledger.state} holds the machine without any input or output; {@code ledger.journal}
 * keeps it on disk.
 */
package io.hypermesh.ledger;
