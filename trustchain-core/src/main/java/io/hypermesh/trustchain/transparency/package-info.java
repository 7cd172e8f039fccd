/**
 * The transparency log's rules, apart from any file: hashing and proofs ({@link
 * io.hypermesh.trustchain.transparency.MerkleTree}, {@link
 * io.hypermesh.trustchain.transparency.MerkleProofs}), the sequencer ({@link
 * io.hypermesh.trustchain.transparency.LogSequencer}) and the wire formats of RFC 6962 and C2SP
 * (entries, signed certificate timestamps, signed notes).
 */
package io.hypermesh.trustchain.transparency;
