package io.hypermesh.trustchain.transparency;

import io.hypermesh.trustchain.LogEntry;
import io.hypermesh.trustchain.MerkleHash;
import io.hypermesh.trustchain.TransparencyException;
import java.util.ArrayList;
import java.util.List;

/**
 * The log's state machine: gives entries their index and time and grows the tree.
 *
 * <p>It guarantees that the tree only grows, that no two entries get one index, and that time never
 * goes back from one entry to the next. A batch changes nothing until it is committed, so a write
 * that fails leaves the machine as it was:
 *
 * <pre>
 *   entries, time ── sequence ──► Batch ── (the shell makes it durable) ── commit ──► larger tree
 *                                   └───── (the shell failed) ── dropped ──► the same tree
 * </pre>
 *
 * <p>It knows no thread, file or clock. One thread at a time owns it: whoever leads the group
 * commit. RFC 6962 section 3; static-ct-api for the index in the extensions.
 */
public final class LogSequencer {
  private final MerkleHasher hasher = new MerkleHasher();
  private MerkleTree tree = new MerkleTree(hasher);
  private long lastTimestampMillis;

  /** The machine of an empty log. */
  public LogSequencer() {}

  /** An entry with its place in the log. */
  public static final class SequencedEntry {
    private final long leafIndex;
    private final long timestampMillis;
    private final byte[] tileLeaf;
    private final MerkleHash leafHash;

    SequencedEntry(long leafIndex, long timestampMillis, byte[] tileLeaf, MerkleHash leafHash) {
      this.leafIndex = leafIndex;
      this.timestampMillis = timestampMillis;
      this.tileLeaf = tileLeaf;
      this.leafHash = leafHash;
    }

    /**
     * The entry's index.
     *
     * @return its index, from 0
     */
    public long leafIndex() {
      return leafIndex;
    }

    /**
     * The entry's time.
     *
     * @return milliseconds since 1970
     */
    public long timestampMillis() {
      return timestampMillis;
    }

    /**
     * The entry as it is stored and served.
     *
     * @return the TileLeaf, not copied
     */
    public byte[] tileLeaf() {
      return tileLeaf;
    }

    /**
     * The entry's hash in the tree.
     *
     * @return the leaf hash
     */
    public MerkleHash leafHash() {
      return leafHash;
    }
  }

  /**
   * Entries that would be appended together.
   *
   * @param entries the entries with their places
   * @param completedNodes the tree's nodes that become complete, in sequence order
   * @param grown the tree with them
   */
  public record Batch(
      List<SequencedEntry> entries, List<MerkleHash> completedNodes, MerkleTree grown) {}

  /**
   * Gives entries their places, without changing anything.
   *
   * @param entries the entries, in order
   * @param nowMillis the time, in milliseconds since 1970
   * @return the batch
   * @throws TransparencyException where the log is full: 2^40 entries
   */
  public Batch sequence(List<LogEntry> entries, long nowMillis) throws TransparencyException {
    if (tree.size() + entries.size() - 1 > LogEntryCodec.LEAF_INDEX_MAX) {
      throw TransparencyException.fatal(
          "couldn't append because the log is full: " + tree.size(), null);
    }
    long timestampMillis = Math.max(nowMillis, lastTimestampMillis);
    MerkleTree grown = tree.copy();
    List<SequencedEntry> sequenced = new ArrayList<>(entries.size());
    List<MerkleHash> nodes = new ArrayList<>(2 * entries.size());
    for (LogEntry entry : entries) {
      long index = grown.size();
      byte[] timestamped =
          LogEntryCodec.timestampedEntry(entry, timestampMillis, LogEntryCodec.extensions(index));
      MerkleHash leafHash = hasher.leaf(LogEntryCodec.merkleTreeLeaf(timestamped));
      grown.append(leafHash, nodes::add);
      sequenced.add(
          new SequencedEntry(
              index, timestampMillis, LogEntryCodec.tileLeaf(timestamped, entry), leafHash));
    }
    return new Batch(sequenced, nodes, grown);
  }

  /**
   * Makes a batch part of the log. Only the last batch sequenced may be committed, and only once.
   *
   * @param batch a batch that is durable now
   */
  public void commit(Batch batch) {
    if (batch.grown().size() != tree.size() + batch.entries().size()) {
      throw new IllegalStateException("the batch was sequenced for another state of the log");
    }
    tree = batch.grown();
    if (!batch.entries().isEmpty()) {
      lastTimestampMillis = batch.entries().getLast().timestampMillis();
    }
  }

  /**
   * Takes back an entry that was durable when the log was last open.
   *
   * @param tileLeaf the entry as stored
   * @return the nodes that it completes, in sequence order
   * @throws TransparencyException where it is malformed or belongs elsewhere in the log
   */
  public List<MerkleHash> replay(byte[] tileLeaf) throws TransparencyException {
    LogEntryCodec.DecodedEntry entry = LogEntryCodec.decodeTileLeaf(tileLeaf);
    if (entry.leafIndex() != tree.size() || entry.timestampMillis() < lastTimestampMillis) {
      throw new TransparencyException(
          "couldn't replay the entry at "
              + tree.size()
              + " because its index or time is another's");
    }
    List<MerkleHash> nodes = new ArrayList<>();
    tree.append(hasher.leaf(entry.merkleTreeLeaf()), nodes::add);
    lastTimestampMillis = entry.timestampMillis();
    return nodes;
  }

  /**
   * The number of entries.
   *
   * @return the tree's size
   */
  public long size() {
    return tree.size();
  }

  /**
   * The root of the tree.
   *
   * @return the Merkle tree hash
   */
  public MerkleHash root() {
    return tree.root();
  }
}
