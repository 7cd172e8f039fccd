package io.hypermesh.trustchain.transparency;

import io.hypermesh.trustchain.MerkleHash;
import io.hypermesh.trustchain.StoreException;

/** Where proofs find the hashes of complete subtrees. */
@FunctionalInterface
public interface NodeReader {
  /**
   * Reads one node.
   *
   * @param level 0 for leaves; a node at level L covers 2^L leaves
   * @param index its place in the level, from 0
   * @return its hash
   * @throws StoreException where it couldn't be read
   */
  MerkleHash node(int level, long index) throws StoreException;

  /**
   * Where a node lies in the one sequence of all complete nodes, in the order in which they become
   * complete: each leaf, then the parents that it completes. Level tiles can be cut from the same
   * sequence, so it serves both shapes.
   *
   * @param level the node's level
   * @param index its place in the level
   * @return its place in the sequence, from 0
   */
  static long sequenceIndex(int level, long index) {
    // The node is complete together with its last leaf, and after that leaf's lower parents.
    long lastLeaf = ((index + 1) << level) - 1;
    return nodesBefore(lastLeaf) + level;
  }

  /**
   * How many complete nodes a tree has.
   *
   * @param treeSize its number of leaves
   * @return the number of complete nodes at all levels
   */
  static long nodesBefore(long treeSize) {
    long nodes = 0;
    for (long remaining = treeSize; remaining > 0; remaining >>= 1) {
      nodes += remaining;
    }
    return nodes;
  }
}
