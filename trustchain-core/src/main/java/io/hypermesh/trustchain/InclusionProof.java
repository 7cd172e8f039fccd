package io.hypermesh.trustchain;

import io.hypermesh.trustchain.transparency.MerkleProofs;
import java.util.List;

/**
 * Proves that a leaf is in the tree of a given size (RFC 9162 section 2.1.3).
 *
 * @param leafIndex the leaf, from 0
 * @param treeSize the size of the tree
 * @param hashes the path's hashes, from the leaf's sibling up
 */
public record InclusionProof(long leafIndex, long treeSize, List<MerkleHash> hashes) {
  /** Copies the list. */
  public InclusionProof {
    hashes = List.copyOf(hashes);
  }

  /**
   * Verifies the proof against a checkpoint that the caller has verified.
   *
   * @param leafHash the leaf's hash
   * @param checkpoint the tree's checkpoint
   * @throws TransparencyException where the proof is for another size or does not verify
   */
  public void verify(MerkleHash leafHash, Checkpoint checkpoint) throws TransparencyException {
    if (checkpoint.treeSize() != treeSize
        || !MerkleProofs.verifyInclusion(
            leafHash, leafIndex, treeSize, hashes, checkpoint.rootHash())) {
      throw new TransparencyException(
          "couldn't prove that leaf "
              + leafIndex
              + " is in the tree of size "
              + checkpoint.treeSize()
              + " because the inclusion proof does not lead to its root");
    }
  }
}
