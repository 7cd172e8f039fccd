package io.hypermesh.ledger.state;

import io.hypermesh.byzantine.Digest;
import io.hypermesh.codec.Sha256;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.DigestException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A dense binary Merkle tree over the slots, off the Java heap, about 64 bytes a leaf. With the
 * prefixes of RFC 6962 a leaf is never taken for a node:
 *
 * <pre>
 *   leaf = SHA-256(0x00, record)     node = SHA-256(0x01, left, right)
 * </pre>
 *
 * <p>The tree is as deep as its number of leaves needs, ceil(log2 n). Where leaves are missing on
 * the right, a fixed value stands for the empty subtree of that height: 32 zero bytes for a leaf,
 * and nodes of them above. The number of leaves is part of the state root beside the tree's root.
 *
 * <p>{@link #update} takes all leaves that a block changed and hashes each node above them once, so
 * a block pays for shared paths once. Owned by one thread.
 */
public final class MerkleTree {
  /** The deepest tree: 2^31 slots. */
  public static final int DEPTH_MAX = 31;

  private static final int NODES_PER_SEGMENT = 1 << 13;
  private static final int LEAF_PREFIX = 0;
  private static final int NODE_PREFIX = 1;
  private static final int NODE_MESSAGE_BYTES = 1 + 2 * Digest.BYTES;
  private static final byte[][] EMPTY = emptySubtrees();

  private final MessageDigest sha256 = Sha256.newInstance();
  private final byte[] leafMessage = new byte[1 + AssetLayout.BYTES];
  private final byte[] nodeMessage = new byte[NODE_MESSAGE_BYTES];
  private final byte[] hash = new byte[Digest.BYTES];
  private final List<Level> levels = new ArrayList<>();
  private int leaves;

  /** The nodes of one level from the left, without the empty ones on the right. */
  private static final class Level {
    private final List<MemorySegment> segments = new ArrayList<>();
    private int nodes;

    void get(int index, byte[] target, int at) {
      MemorySegment segment = segments.get(index / NODES_PER_SEGMENT);
      long offset = (long) (index % NODES_PER_SEGMENT) * Digest.BYTES;
      MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, offset, target, at, Digest.BYTES);
    }

    void set(int index, byte[] value) {
      while (index >= segments.size() * NODES_PER_SEGMENT) {
        segments.add(Arena.ofAuto().allocate((long) NODES_PER_SEGMENT * Digest.BYTES));
      }
      nodes = Math.max(nodes, index + 1);
      MemorySegment segment = segments.get(index / NODES_PER_SEGMENT);
      long offset = (long) (index % NODES_PER_SEGMENT) * Digest.BYTES;
      MemorySegment.copy(value, 0, segment, ValueLayout.JAVA_BYTE, offset, Digest.BYTES);
    }
  }

  MerkleTree() {
    levels.add(new Level());
    nodeMessage[0] = NODE_PREFIX;
    leafMessage[0] = LEAF_PREFIX;
  }

  /**
   * How deep the tree over so many leaves is: the length of every path in it.
   *
   * @param leaves 0 or more
   * @return 0 to {@value #DEPTH_MAX}
   */
  public static int depth(int leaves) {
    return leaves <= 1 ? 0 : Integer.SIZE - Integer.numberOfLeadingZeros(leaves - 1);
  }

  /**
   * Computes the root that a record and its path lead to.
   *
   * @param record the leaf's contents
   * @param slot the leaf's place
   * @param path the sibling at each level, from the leaf up
   * @return the only root with this record in this place
   */
  public static Digest rootFrom(byte[] record, int slot, List<Digest> path) {
    Digest node = Digest.sha256(new byte[] {LEAF_PREFIX}, record);
    int index = slot;
    for (Digest sibling : path) {
      byte[] left = (index & 1) == 0 ? node.bytes() : sibling.bytes();
      byte[] right = (index & 1) == 0 ? sibling.bytes() : node.bytes();
      node = Digest.sha256(new byte[] {NODE_PREFIX}, left, right);
      index >>>= 1;
    }
    return node;
  }

  /**
   * Hashes changed leaves and every node above them once.
   *
   * @param table where the records are
   * @param dirty the changed slots, all appended ones among them, in any order and possibly
   *     repeated; overwritten here
   * @param count how many of them are meant
   */
  void update(AssetTable table, int[] dirty, int count) {
    leaves = table.size();
    int depth = depth(leaves);
    while (levels.size() <= depth) {
      // A new top needs no extra work: it is there because leaves were appended, all of them dirty.
      levels.add(new Level());
    }
    Arrays.sort(dirty, 0, count);
    int nodes = 0;
    for (int i = 0; i < count; i++) {
      if (nodes == 0 || dirty[nodes - 1] != dirty[i]) {
        dirty[nodes++] = dirty[i];
      }
    }
    for (int i = 0; i < nodes; i++) {
      table.copyRecord(dirty[i], leafMessage, 1);
      levels.getFirst().set(dirty[i], digest(leafMessage));
    }
    for (int level = 1; level <= depth; level++) {
      int parents = 0;
      for (int i = 0; i < nodes; i++) {
        int parent = dirty[i] >>> 1;
        if (parents == 0 || dirty[parents - 1] != parent) {
          dirty[parents++] = parent;
          hashNode(level, parent);
        }
      }
      nodes = parents;
    }
  }

  /** The root over all leaves. */
  Digest root() {
    return Digest.of(node(depth(leaves), 0));
  }

  /** The siblings on the way from a leaf to the root. */
  List<Digest> path(int slot) {
    int depth = depth(leaves);
    List<Digest> path = new ArrayList<>(depth);
    for (int level = 0; level < depth; level++) {
      path.add(Digest.of(node(level, slot >>> level ^ 1)));
    }
    return path;
  }

  private void hashNode(int level, int index) {
    copyNode(level - 1, 2 * index, 1);
    copyNode(level - 1, 2 * index + 1, 1 + Digest.BYTES);
    levels.get(level).set(index, digest(nodeMessage));
  }

  private void copyNode(int level, int index, int at) {
    Level nodes = levels.get(level);
    if (index < nodes.nodes) {
      nodes.get(index, nodeMessage, at);
    } else {
      System.arraycopy(EMPTY[level], 0, nodeMessage, at, Digest.BYTES);
    }
  }

  private byte[] node(int level, int index) {
    byte[] value = EMPTY[level].clone();
    if (index < levels.get(level).nodes) {
      levels.get(level).get(index, value, 0);
    }
    return value;
  }

  private byte[] digest(byte[] message) {
    try {
      sha256.update(message);
      sha256.digest(hash, 0, hash.length);
      return hash;
    } catch (DigestException e) {
      throw new IllegalStateException("couldn't hash because SHA-256 takes no 32-byte array", e);
    }
  }

  private static byte[][] emptySubtrees() {
    byte[][] empty = new byte[DEPTH_MAX + 1][];
    empty[0] = new byte[Digest.BYTES];
    for (int level = 1; level <= DEPTH_MAX; level++) {
      empty[level] =
          Digest.sha256(new byte[] {NODE_PREFIX}, empty[level - 1], empty[level - 1]).bytes();
    }
    return empty;
  }
}
