package io.hypermesh.trustchain;

/**
 * An entry that is in the log, durably.
 *
 * @param leafIndex its index
 * @param leafHash the hash of its leaf
 * @param timestamp the log's signed timestamp for it
 */
public record LoggedEntry(
    long leafIndex, MerkleHash leafHash, SignedCertificateTimestamp timestamp) {}
