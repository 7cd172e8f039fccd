package io.hypermesh.trustchain;

import io.hypermesh.trustchain.transparency.MerkleHasher;
import io.hypermesh.trustchain.transparency.MerkleProofs;
import java.util.List;

/**
 * Proves that one tree is a prefix of another, so that nothing was removed or changed between them
 * (RFC 9162 section 2.1.4).
 *
 * @param oldSize the smaller size
 * @param newSize the larger size
 * @param hashes the proof's hashes
 */
public record ConsistencyProof(long oldSize, long newSize, List<MerkleHash> hashes) {
  /** Copies the list. */
  public ConsistencyProof {
    hashes = List.copyOf(hashes);
  }

  /**
   * Verifies the proof between two checkpoints that the caller has verified.
   *
   * @param older the checkpoint at the smaller size
   * @param newer the checkpoint at the larger size
   * @throws TransparencyException where the proof is for other sizes or does not verify
   */
  public void verify(Checkpoint older, Checkpoint newer) throws TransparencyException {
    boolean sizesMatch = older.treeSize() == oldSize && newer.treeSize() == newSize;
    if (sizesMatch && oldSize == 0 && hashes.isEmpty()) {
      // Every tree grows from the empty one; there is nothing to prove but that it was empty.
      if (older.rootHash().equals(new MerkleHasher().emptyRoot())) {
        return;
      }
    }
    if (!sizesMatch
        || !MerkleProofs.verifyConsistency(
            oldSize, newSize, hashes, older.rootHash(), newer.rootHash())) {
      throw new TransparencyException(
          "couldn't prove that the tree of size "
              + older.treeSize()
              + " is a prefix of the tree of size "
              + newer.treeSize()
              + " because the consistency proof does not lead to both roots");
    }
  }
}
