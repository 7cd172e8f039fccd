package io.hypermesh.trustchain;

/**
 * A signed tree head as a C2SP checkpoint (tlog-checkpoint): what the log says its tree is at one
 * size. Only {@link LogIdentity#verifyCheckpoint} and the log itself make one, so holding one means
 * that its signature was verified.
 */
public final class Checkpoint {
  private final String origin;
  private final long treeSize;
  private final MerkleHash rootHash;
  private final String note;

  Checkpoint(String origin, long treeSize, MerkleHash rootHash, String note) {
    this.origin = origin;
    this.treeSize = treeSize;
    this.rootHash = rootHash;
    this.note = note;
  }

  /**
   * The log's name.
   *
   * @return the origin line
   */
  public String origin() {
    return origin;
  }

  /**
   * The number of leaves.
   *
   * @return the tree size
   */
  public long treeSize() {
    return treeSize;
  }

  /**
   * The root of the tree.
   *
   * @return the Merkle tree hash
   */
  public MerkleHash rootHash() {
    return rootHash;
  }

  /**
   * The signed note itself, to publish, store or send.
   *
   * @return the text with its signature lines
   */
  public String note() {
    return note;
  }

  @Override
  public String toString() {
    return "Checkpoint[" + origin + " " + treeSize + " " + rootHash + "]";
  }
}
