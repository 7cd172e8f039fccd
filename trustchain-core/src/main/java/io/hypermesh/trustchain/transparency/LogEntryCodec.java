package io.hypermesh.trustchain.transparency;

import io.hypermesh.trustchain.LogEntry;
import io.hypermesh.trustchain.MerkleHash;
import io.hypermesh.trustchain.TransparencyException;
import java.util.Arrays;

/**
 * The wire forms of an entry: TimestampedEntry and MerkleTreeLeaf (RFC 6962 section 3.4), the
 * TileLeaf of static-ct-api, which is also how entries are stored, and what timestamps sign.
 */
public final class LogEntryCodec {
  /** The largest index that the leaf_index extension of static-ct-api can carry: 40 bits. */
  public static final long LEAF_INDEX_MAX = (1L << 40) - 1;

  private static final int VERSION_1 = 0;
  private static final int TIMESTAMPED_ENTRY = 0;
  private static final int CERTIFICATE_TIMESTAMP = 0;
  private static final int TREE_HASH = 1;
  private static final int X509_ENTRY = 0;
  private static final int PRECERT_ENTRY = 1;
  private static final int LEAF_INDEX_EXTENSION = 0;
  private static final int LEAF_INDEX_BYTES = 5;

  private LogEntryCodec() {}

  /**
   * The extensions of an entry: its index (static-ct-api, "SCT Extension").
   *
   * @param leafIndex the entry's index
   * @return the content of the CtExtensions vector, 8 bytes
   */
  public static byte[] extensions(long leafIndex) {
    return new TlsWriter()
        .unsigned(LEAF_INDEX_EXTENSION, 1)
        .unsigned(LEAF_INDEX_BYTES, 2)
        .unsigned(leafIndex, LEAF_INDEX_BYTES)
        .bytes();
  }

  /**
   * Finds the index in an entry's extensions.
   *
   * @param extensions the content of a CtExtensions vector
   * @return the index, or -1 where there is none
   * @throws TransparencyException where the extensions are malformed or repeat
   */
  public static long leafIndex(byte[] extensions) throws TransparencyException {
    TlsReader reader = new TlsReader(extensions, "CT extensions");
    long index = -1;
    while (!reader.atEnd()) {
      long type = reader.unsigned(1);
      byte[] data = reader.vector(2);
      if (type == LEAF_INDEX_EXTENSION) {
        if (index != -1 || data.length != LEAF_INDEX_BYTES) {
          throw reader.malformed("its leaf index is repeated or malformed");
        }
        index = new TlsReader(data, "a leaf index").unsigned(LEAF_INDEX_BYTES);
      }
    }
    return index;
  }

  /**
   * Encodes a TimestampedEntry.
   *
   * @param entry the entry
   * @param timestampMillis when it was sequenced, in milliseconds since 1970
   * @param extensions the content of its CtExtensions
   * @return the encoding
   */
  public static byte[] timestampedEntry(LogEntry entry, long timestampMillis, byte[] extensions) {
    TlsWriter writer = new TlsWriter();
    writeTimestampedEntry(writer, entry, timestampMillis, extensions);
    return writer.bytes();
  }

  private static void writeTimestampedEntry(
      TlsWriter writer, LogEntry entry, long timestampMillis, byte[] extensions) {
    byte[] keyHash = entry.issuerKeyHash();
    writer.unsigned(timestampMillis, 8);
    if (keyHash == null) {
      writer.unsigned(X509_ENTRY, 2);
    } else {
      writer.unsigned(PRECERT_ENTRY, 2).opaque(keyHash);
    }
    writer.vector(entry.signedPart(), 3).vector(extensions, 2);
  }

  /**
   * Encodes a MerkleTreeLeaf: what is hashed into the tree.
   *
   * @param timestampedEntry the TimestampedEntry
   * @return the encoding
   */
  public static byte[] merkleTreeLeaf(byte[] timestampedEntry) {
    return new TlsWriter()
        .unsigned(VERSION_1, 1)
        .unsigned(TIMESTAMPED_ENTRY, 1)
        .opaque(timestampedEntry)
        .bytes();
  }

  /**
   * What a signed certificate timestamp signs (RFC 6962 section 3.2).
   *
   * @param entry the entry
   * @param timestampMillis the timestamp
   * @param extensions the content of its CtExtensions
   * @return the digitally-signed input
   */
  public static byte[] certificateTimestampInput(
      LogEntry entry, long timestampMillis, byte[] extensions) {
    TlsWriter writer = new TlsWriter().unsigned(VERSION_1, 1).unsigned(CERTIFICATE_TIMESTAMP, 1);
    writeTimestampedEntry(writer, entry, timestampMillis, extensions);
    return writer.bytes();
  }

  /**
   * What a signed tree head signs (RFC 6962 section 3.5).
   *
   * @param timestampMillis when the head was signed
   * @param treeSize the tree's size
   * @param root the tree's root
   * @return the digitally-signed input
   */
  public static byte[] treeHeadInput(long timestampMillis, long treeSize, MerkleHash root) {
    return new TlsWriter()
        .unsigned(VERSION_1, 1)
        .unsigned(TREE_HASH, 1)
        .unsigned(timestampMillis, 8)
        .unsigned(treeSize, 8)
        .opaque(root.bytes())
        .bytes();
  }

  /**
   * Encodes a TileLeaf: the TimestampedEntry, the precertificate if it is one, and the fingerprints
   * of the issuers.
   *
   * @param timestampedEntry the entry's TimestampedEntry
   * @param entry the entry
   * @return the encoding, as in a data tile
   */
  public static byte[] tileLeaf(byte[] timestampedEntry, LogEntry entry) {
    TlsWriter writer = new TlsWriter().opaque(timestampedEntry);
    byte[] precertificate = entry.precertificate();
    if (precertificate != null) {
      writer.vector(precertificate, 3);
    }
    TlsWriter fingerprints = new TlsWriter();
    entry.issuerFingerprints().forEach(fingerprint -> fingerprints.opaque(fingerprint.bytes()));
    return writer.vector(fingerprints.bytes(), 2).bytes();
  }

  /**
   * Finds the TimestampedEntry at the start of a TileLeaf, and checks all of it.
   *
   * @param tileLeaf exactly one TileLeaf
   * @return the timestamped entry's bytes, its time and its index
   * @throws TransparencyException where it is malformed
   */
  public static DecodedEntry decodeTileLeaf(byte[] tileLeaf) throws TransparencyException {
    TlsReader reader = new TlsReader(tileLeaf, "a log entry");
    long timestampMillis = reader.unsigned(8);
    long type = reader.unsigned(2);
    if (type != X509_ENTRY && type != PRECERT_ENTRY) {
      throw reader.malformed("its type is unknown: " + type);
    }
    if (type == PRECERT_ENTRY) {
      reader.opaque(MerkleHash.LENGTH);
    }
    reader.vector(3);
    long index = leafIndex(reader.vector(2));
    int end = reader.position();
    if (type == PRECERT_ENTRY) {
      reader.vector(3);
    }
    if (reader.vector(2).length % MerkleHash.LENGTH != 0) {
      throw reader.malformed("its list of fingerprints is not made of 32-byte hashes");
    }
    reader.requireEnd();
    return new DecodedEntry(Arrays.copyOf(tileLeaf, end), timestampMillis, index);
  }

  /** An entry as read back. */
  public static final class DecodedEntry {
    private final byte[] timestampedEntry;
    private final long timestampMillis;
    private final long leafIndex;

    DecodedEntry(byte[] timestampedEntry, long timestampMillis, long leafIndex) {
      this.timestampedEntry = timestampedEntry;
      this.timestampMillis = timestampMillis;
      this.leafIndex = leafIndex;
    }

    /**
     * The MerkleTreeLeaf.
     *
     * @return its bytes
     */
    public byte[] merkleTreeLeaf() {
      return LogEntryCodec.merkleTreeLeaf(timestampedEntry);
    }

    /**
     * When the entry was sequenced.
     *
     * @return milliseconds since 1970
     */
    public long timestampMillis() {
      return timestampMillis;
    }

    /**
     * The entry's index.
     *
     * @return the index, or -1 where it carries none
     */
    public long leafIndex() {
      return leafIndex;
    }
  }
}
