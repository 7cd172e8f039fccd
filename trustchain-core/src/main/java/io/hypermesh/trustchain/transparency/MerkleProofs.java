package io.hypermesh.trustchain.transparency;

import io.hypermesh.trustchain.MerkleHash;
import io.hypermesh.trustchain.StoreException;
import java.util.ArrayList;
import java.util.List;

/**
 * Inclusion and consistency proofs: made by RFC 6962 section 2.1.1 and 2.1.2, verified by RFC 9162
 * section 2.1.3.2 and 2.1.4.2. Making one reads O(log n) nodes; verifying one costs at most 2 * 63
 * hashes, whatever the input.
 */
public final class MerkleProofs {
  /** More hashes than any proof has: trees have at most 2^63 - 1 leaves. */
  public static final int PROOF_HASHES_MAX = 64;

  private MerkleProofs() {}

  /**
   * The root of the tree at a size.
   *
   * @param treeSize the size, at least 0
   * @param nodes the tree's nodes, of this size or larger
   * @return the root
   * @throws StoreException where a node couldn't be read
   */
  public static MerkleHash root(long treeSize, NodeReader nodes) throws StoreException {
    MerkleHasher hasher = new MerkleHasher();
    return treeSize == 0 ? hasher.emptyRoot() : subtree(0, treeSize, nodes, hasher);
  }

  /**
   * Proves that a leaf is in the tree: PATH(m, D[n]).
   *
   * @param leafIndex the leaf, from 0
   * @param treeSize the tree's size, above the leaf's index
   * @param nodes the tree's nodes
   * @return the hashes, from the leaf's sibling up
   * @throws StoreException where a node couldn't be read
   */
  public static List<MerkleHash> inclusion(long leafIndex, long treeSize, NodeReader nodes)
      throws StoreException {
    if (leafIndex < 0 || leafIndex >= treeSize) {
      throw new IllegalArgumentException(
          "leaf " + leafIndex + " is not in a tree of size " + treeSize);
    }
    MerkleHasher hasher = new MerkleHasher();
    List<MerkleHash> proof = new ArrayList<>();
    long start = 0;
    long end = treeSize;
    while (end - start > 1) {
      long split = start + splitPoint(end - start);
      if (leafIndex < split) {
        proof.add(subtree(split, end, nodes, hasher));
        end = split;
      } else {
        proof.add(subtree(start, split, nodes, hasher));
        start = split;
      }
    }
    return proof.reversed();
  }

  /**
   * Proves that one tree is a prefix of another: PROOF(m, D[n]).
   *
   * @param oldSize the smaller size, at least 0
   * @param newSize the larger size
   * @param nodes the larger tree's nodes
   * @return the hashes; none where the old tree is empty or as large as the new one
   * @throws StoreException where a node couldn't be read
   */
  public static List<MerkleHash> consistency(long oldSize, long newSize, NodeReader nodes)
      throws StoreException {
    if (oldSize < 0 || oldSize > newSize) {
      throw new IllegalArgumentException(
          "no tree of size " + oldSize + " precedes one of size " + newSize);
    }
    if (oldSize == 0 || oldSize == newSize) {
      return List.of();
    }
    MerkleHasher hasher = new MerkleHasher();
    List<MerkleHash> proof = new ArrayList<>();
    long start = 0;
    long end = newSize;
    boolean wholeOldTree = true;
    while (oldSize < end) {
      long split = start + splitPoint(end - start);
      if (oldSize <= split) {
        proof.add(subtree(split, end, nodes, hasher));
        end = split;
      } else {
        proof.add(subtree(start, split, nodes, hasher));
        start = split;
        wholeOldTree = false;
      }
    }
    if (!wholeOldTree) {
      proof.add(subtree(start, end, nodes, hasher));
    }
    return proof.reversed();
  }

  /** The largest power of two below the size. */
  private static long splitPoint(long size) {
    return Long.highestOneBit(size - 1);
  }

  /** The hash over leaves [start, end), where start is a multiple of the power of two above. */
  private static MerkleHash subtree(long start, long end, NodeReader nodes, MerkleHasher hasher)
      throws StoreException {
    long size = end - start;
    if (Long.bitCount(size) == 1) {
      int level = Long.numberOfTrailingZeros(size);
      return nodes.node(level, start >> level);
    }
    long split = start + splitPoint(size);
    MerkleHash left = subtree(start, split, nodes, hasher);
    return hasher.node(left, subtree(split, end, nodes, hasher));
  }

  /**
   * Verifies an inclusion proof.
   *
   * @param leafHash the leaf's hash
   * @param leafIndex the leaf, from 0
   * @param treeSize the size of the tree
   * @param proof the hashes
   * @param root the root that was signed
   * @return whether the leaf is in the tree
   */
  public static boolean verifyInclusion(
      MerkleHash leafHash, long leafIndex, long treeSize, List<MerkleHash> proof, MerkleHash root) {
    if (leafIndex < 0 || leafIndex >= treeSize || proof.size() > PROOF_HASHES_MAX) {
      return false;
    }
    MerkleHasher hasher = new MerkleHasher();
    long index = leafIndex;
    long last = treeSize - 1;
    MerkleHash hash = leafHash;
    for (MerkleHash sibling : proof) {
      if (last == 0) {
        return false;
      }
      if ((index & 1) == 1 || index == last) {
        hash = hasher.node(sibling, hash);
        while ((index & 1) == 0 && index != 0) {
          index >>= 1;
          last >>= 1;
        }
      } else {
        hash = hasher.node(hash, sibling);
      }
      index >>= 1;
      last >>= 1;
    }
    return last == 0 && hash.equals(root);
  }

  /**
   * Verifies a consistency proof.
   *
   * @param oldSize the smaller size
   * @param newSize the larger size
   * @param proof the hashes
   * @param oldRoot the root at the smaller size
   * @param newRoot the root at the larger size
   * @return whether the smaller tree is a prefix of the larger one; false where only the smaller
   *     one is empty, since no proof binds an empty tree to a later one
   */
  public static boolean verifyConsistency(
      long oldSize, long newSize, List<MerkleHash> proof, MerkleHash oldRoot, MerkleHash newRoot) {
    if (oldSize < 0 || oldSize > newSize || proof.size() > PROOF_HASHES_MAX) {
      return false;
    }
    MerkleHasher hasher = new MerkleHasher();
    if (oldSize == newSize) {
      boolean possible = oldSize > 0 || oldRoot.equals(hasher.emptyRoot());
      return possible && proof.isEmpty() && oldRoot.equals(newRoot);
    }
    if (oldSize == 0) {
      return false;
    }
    if (proof.isEmpty()) {
      return false;
    }
    boolean complete = Long.bitCount(oldSize) == 1;
    int skipped = Long.numberOfTrailingZeros(oldSize);
    long index = (oldSize - 1) >> skipped;
    long last = (newSize - 1) >> skipped;
    MerkleHash first = complete ? oldRoot : proof.getFirst();
    MerkleHash oldHash = first;
    MerkleHash newHash = first;
    for (MerkleHash sibling : complete ? proof : proof.subList(1, proof.size())) {
      if (last == 0) {
        return false;
      }
      if ((index & 1) == 1 || index == last) {
        oldHash = hasher.node(sibling, oldHash);
        newHash = hasher.node(sibling, newHash);
        while ((index & 1) == 0 && index != 0) {
          index >>= 1;
          last >>= 1;
        }
      } else {
        newHash = hasher.node(newHash, sibling);
      }
      index >>= 1;
      last >>= 1;
    }
    return last == 0 && oldHash.equals(oldRoot) && newHash.equals(newRoot);
  }
}
