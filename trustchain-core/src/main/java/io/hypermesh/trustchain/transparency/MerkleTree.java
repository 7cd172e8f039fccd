package io.hypermesh.trustchain.transparency;

import io.hypermesh.trustchain.MerkleHash;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The growing edge of an append-only Merkle tree (RFC 6962 section 2.1): for each bit set in the
 * size, the root of a complete subtree. It holds O(log n) hashes however many leaves there are;
 * every node that becomes complete is handed out once and is never needed here again.
 *
 * <p>Owned by one thread.
 */
public final class MerkleTree {
  private final MerkleHasher hasher;
  private final List<MerkleHash> edge;
  private long size;

  /**
   * The tree without leaves.
   *
   * @param hasher what hashes
   */
  public MerkleTree(MerkleHasher hasher) {
    this(hasher, new ArrayList<>(), 0);
  }

  private MerkleTree(MerkleHasher hasher, List<MerkleHash> edge, long size) {
    this.hasher = hasher;
    this.edge = edge;
    this.size = size;
  }

  /**
   * A copy that grows on its own, so that a batch can be tried before it is durable.
   *
   * @return the copy
   */
  public MerkleTree copy() {
    return new MerkleTree(hasher, new ArrayList<>(edge), size);
  }

  /**
   * Appends a leaf.
   *
   * @param leafHash the leaf's hash
   * @param completed gets the leaf's hash, then each parent's that became complete, in the order of
   *     {@link NodeReader#sequenceIndex}
   */
  public void append(MerkleHash leafHash, Consumer<MerkleHash> completed) {
    MerkleHash node = leafHash;
    completed.accept(node);
    for (long bits = size; (bits & 1) == 1; bits >>= 1) {
      node = hasher.node(edge.removeLast(), node);
      completed.accept(node);
    }
    edge.add(node);
    size++;
  }

  /**
   * The number of leaves.
   *
   * @return the size
   */
  public long size() {
    return size;
  }

  /**
   * The root of the tree.
   *
   * @return the Merkle tree hash
   */
  public MerkleHash root() {
    if (edge.isEmpty()) {
      return hasher.emptyRoot();
    }
    MerkleHash root = edge.getLast();
    for (int i = edge.size() - 2; i >= 0; i--) {
      root = hasher.node(edge.get(i), root);
    }
    return root;
  }
}
