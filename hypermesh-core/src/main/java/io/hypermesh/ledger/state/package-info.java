/**
 * The ledger's state machine: no thread, file, clock or random source is inside, so the same blocks
 * give the same state and the same results everywhere. Start with {@link
 * io.hypermesh.ledger.state.LedgerState}; it owns the {@linkplain
 * io.hypermesh.ledger.state.AssetTable table of assets}, the {@linkplain
 * io.hypermesh.ledger.state.MerkleTree tree} over it, and the {@linkplain
 * io.hypermesh.ledger.state.RememberedOperations operations remembered}.
 */
package io.hypermesh.ledger.state;
