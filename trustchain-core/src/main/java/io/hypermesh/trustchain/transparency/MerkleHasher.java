package io.hypermesh.trustchain.transparency;

import io.hypermesh.trustchain.MerkleHash;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Hashes leaves and nodes (RFC 6962 section 2.1). The prefixes keep a node from passing for a leaf.
 * Owned by one thread.
 */
public final class MerkleHasher {
  private static final byte LEAF_PREFIX = 0x00;
  private static final byte NODE_PREFIX = 0x01;

  private final MessageDigest digest = sha256();

  /** Makes a hasher with a digest of its own. */
  public MerkleHasher() {}

  /**
   * A new SHA-256 digest of the platform's.
   *
   * @return the digest
   */
  public static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /**
   * The hash of a leaf.
   *
   * @param entry the leaf's bytes
   * @return its hash
   */
  public MerkleHash leaf(byte[] entry) {
    digest.update(LEAF_PREFIX);
    return MerkleHash.of(digest.digest(entry));
  }

  /**
   * The hash of a node.
   *
   * @param left its left child
   * @param right its right child
   * @return its hash
   */
  public MerkleHash node(MerkleHash left, MerkleHash right) {
    digest.update(NODE_PREFIX);
    left.updateInto(digest);
    right.updateInto(digest);
    return MerkleHash.of(digest.digest());
  }

  /**
   * The root of the tree without leaves.
   *
   * @return SHA-256 of nothing
   */
  public MerkleHash emptyRoot() {
    return MerkleHash.of(digest.digest());
  }
}
