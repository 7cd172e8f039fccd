package io.hypermesh.trustchain;

import io.hypermesh.trustchain.signature.SigningKey;
import io.hypermesh.trustchain.store.DurableFiles;
import io.hypermesh.trustchain.store.GroupCommit;
import io.hypermesh.trustchain.store.NodeFile;
import io.hypermesh.trustchain.store.RecordLog;
import io.hypermesh.trustchain.store.StoreLock;
import io.hypermesh.trustchain.transparency.LogSequencer;
import io.hypermesh.trustchain.transparency.LogSigner;
import io.hypermesh.trustchain.transparency.MerkleProofs;
import io.hypermesh.trustchain.transparency.NodeReader;
import io.hypermesh.trustchain.transparency.SignedNote;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An append-only log of certificates on disk, with Merkle tree proofs (RFC 6962 hashing), signed
 * certificate timestamps (RFC 6962) and checkpoints (C2SP tlog-checkpoint).
 *
 * <p>Guarantees:
 *
 * <ul>
 *   <li>An entry is forced to the disk before {@link #append} returns and before its timestamp is
 *       signed, so the merge delay is zero. Appends of many threads share one write.
 *   <li>A checkpoint is on disk before it is handed out, and a start compares the tree with it: a
 *       log that lost what it signed does not start.
 *   <li>One process at a time: a second one is refused.
 * </ul>
 *
 * <p>Any number of threads may call any method. Proofs read O(log n) hashes from the disk's cache;
 * the heap holds eight bytes an entry.
 */
public final class TransparencyLog implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(TransparencyLog.class);
  private static final int RECORD_KIND = 0x54524545;
  private static final int CHECKPOINT_BYTES_MAX = SignedNote.BYTES_MAX;

  private final Path directory;
  private final InstantSource clock;
  private final LogIdentity identity;
  private final LogSigner signer;
  private final StoreLock storeLock;
  private final NodeFile nodes;
  private final RecordLog entries;
  private final GroupCommit<Submission> appends;
  private final Set<MerkleHash> knownIssuers = ConcurrentHashMap.newKeySet();
  private final ReentrantLock issuerLock = new ReentrantLock();
  private final ReentrantLock checkpointLock = new ReentrantLock();

  /** Owned by whoever leads the group commit. */
  private final LogSequencer sequencer = new LogSequencer();

  /** Written by the leader before it publishes the head, read by any thread after the head. */
  private long[] positions = new long[1024];

  private volatile Head head;
  private volatile @Nullable Checkpoint lastCheckpoint;

  private record Head(long treeSize, MerkleHash rootHash) {}

  private static final class Submission {
    final LogEntry entry;
    LogSequencer.@Nullable SequencedEntry sequenced;

    Submission(LogEntry entry) {
      this.entry = entry;
    }
  }

  private TransparencyLog(
      Builder builder, Path directory, LogIdentity identity, LogSigner signer, StoreLock storeLock)
      throws StoreException, TransparencyException {
    this.directory = directory;
    this.clock = builder.clock;
    this.identity = identity;
    this.signer = signer;
    this.storeLock = storeLock;
    Path entryFile = directory.resolve("entries.log");
    this.nodes = NodeFile.open(directory.resolve("nodes.bin"));
    boolean recovered = false;
    RecordLog opened = null;
    try {
      opened = RecordLog.open(entryFile, RECORD_KIND, this::replay);
      if (nodes.finishReplay() && sequencer.size() > 0) {
        LOGGER.warn("rebuilt the tree's hashes from the entries in {}", entryFile);
      }
      this.head = new Head(sequencer.size(), sequencer.root());
      this.entries = opened;
      this.appends = new GroupCommit<>(entryFile, builder.pendingMax, this::commit);
      this.lastCheckpoint = recoverCheckpoint();
      recovered = true;
    } finally {
      if (!recovered) {
        nodes.close();
        if (opened != null) {
          opened.close();
        }
      }
    }
  }

  /**
   * Starts to describe a log.
   *
   * @return a builder
   */
  public static Builder builder() {
    return new Builder();
  }

  private void replay(long ordinal, long position, byte[] content) throws TrustChainException {
    nodes.replay(sequencer.replay(content));
    notePosition(ordinal, position);
  }

  private void notePosition(long index, long position) {
    if (index == positions.length) {
      positions = Arrays.copyOf(positions, positions.length + (positions.length >> 1));
    }
    positions[(int) index] = position;
  }

  private @Nullable Checkpoint recoverCheckpoint() throws StoreException {
    Path file = directory.resolve("checkpoint");
    if (!Files.exists(file)) {
      return null;
    }
    byte[] note = DurableFiles.read(file, CHECKPOINT_BYTES_MAX);
    Checkpoint signed;
    try {
      signed = identity.verifyCheckpoint(new String(note, StandardCharsets.UTF_8));
    } catch (TransparencyException e) {
      throw StoreException.damaged(file, 0, String.valueOf(e.getMessage()));
    }
    if (signed.treeSize() > head.treeSize()
        || !MerkleProofs.root(signed.treeSize(), nodes).equals(signed.rootHash())) {
      throw StoreException.damaged(
          directory.resolve("entries.log"),
          0,
          "the log signed a checkpoint of size "
              + signed.treeSize()
              + " that its "
              + head.treeSize()
              + " entries do not lead to");
    }
    return signed;
  }

  /** The group commit's write: nodes, then entries forced to the disk, then the new head. */
  private void commit(List<Submission> batch) throws TrustChainException {
    List<LogEntry> batchEntries = batch.stream().map(submission -> submission.entry).toList();
    LogSequencer.Batch sequenced = sequencer.sequence(batchEntries, clock.millis());
    long oldSize = sequencer.size();
    nodes.write(NodeReader.nodesBefore(oldSize), sequenced.completedNodes());
    List<byte[]> records = new ArrayList<>(batch.size());
    sequenced.entries().forEach(entry -> records.add(entry.tileLeaf()));
    long[] places = entries.append(records);
    sequencer.commit(sequenced);
    for (int i = 0; i < places.length; i++) {
      notePosition(oldSize + i, places[i]);
      batch.get(i).sequenced = sequenced.entries().get(i);
    }
    head = new Head(sequencer.size(), sequencer.root());
  }

  /**
   * Appends an entry and waits until it is on disk and in the tree.
   *
   * @param entry the entry
   * @return its place, with the log's signed timestamp
   * @throws StoreException where it could not be made durable; category {@link
   *     TrustChainException.Category#RETRYABLE} where too many appends wait already
   * @throws TransparencyException where the log is full or its key's provider failed
   */
  public LoggedEntry append(LogEntry entry) throws StoreException, TransparencyException {
    for (int i = 0; i < entry.issuers().size(); i++) {
      keepIssuer(entry.issuers().get(i), entry.issuerFingerprints().get(i));
    }
    Submission submission = new Submission(entry);
    try {
      appends.submit(submission);
    } catch (StoreException | TransparencyException e) {
      throw e;
    } catch (TrustChainException e) {
      throw new IllegalStateException("no other failure comes from a commit", e);
    }
    LogSequencer.SequencedEntry sequenced = submission.sequenced;
    if (sequenced == null) {
      throw new IllegalStateException("an acknowledged entry has no place");
    }
    return new LoggedEntry(
        sequenced.leafIndex(),
        sequenced.leafHash(),
        signer.timestamp(entry, sequenced.timestampMillis(), sequenced.leafIndex()));
  }

  /** Keeps an issuer's certificate under its fingerprint, as static-ct-api serves it. */
  private void keepIssuer(X509Certificate issuer, MerkleHash fingerprint) throws StoreException {
    if (knownIssuers.contains(fingerprint)) {
      return;
    }
    Path file = directory.resolve("issuer").resolve(HexFormat.of().formatHex(fingerprint.bytes()));
    issuerLock.lock();
    try {
      if (!Files.exists(file)) {
        DurableFiles.replace(file, issuer.getEncoded());
      }
    } catch (CertificateEncodingException e) {
      throw StoreException.io("keep the issuer in", file, e);
    } finally {
      issuerLock.unlock();
    }
    knownIssuers.add(fingerprint);
  }

  /**
   * The log's name and public keys, which relying parties need.
   *
   * @return the identity
   */
  public LogIdentity identity() {
    return identity;
  }

  /**
   * How many entries are durable.
   *
   * @return the size of the tree
   */
  public long size() {
    return head.treeSize();
  }

  /**
   * Signs the tree as it is now, and keeps the checkpoint on disk before handing it out. Where the
   * tree has not grown, the last checkpoint is given again.
   *
   * @return a checkpoint over every entry that was acknowledged before the call
   * @throws StoreException where it can't be kept
   * @throws TransparencyException where a key's provider failed
   */
  public Checkpoint checkpoint() throws StoreException, TransparencyException {
    Head current = head;
    Checkpoint last = lastCheckpoint;
    if (last != null && last.treeSize() >= current.treeSize()) {
      return last;
    }
    checkpointLock.lock();
    try {
      current = head;
      last = lastCheckpoint;
      if (last != null && last.treeSize() >= current.treeSize()) {
        return last;
      }
      String note = signer.checkpoint(current.treeSize(), current.rootHash(), clock.millis());
      DurableFiles.replace(directory.resolve("checkpoint"), note.getBytes(StandardCharsets.UTF_8));
      Checkpoint signed =
          new Checkpoint(identity.origin(), current.treeSize(), current.rootHash(), note);
      lastCheckpoint = signed;
      return signed;
    } finally {
      checkpointLock.unlock();
    }
  }

  /**
   * Proves that an entry is in the tree.
   *
   * @param leafIndex the entry's index
   * @param treeSize the size of the tree, usually a checkpoint's; above the index and at most
   *     {@link #size}
   * @return the proof
   * @throws StoreException where a hash can't be read
   */
  public InclusionProof inclusionProof(long leafIndex, long treeSize) throws StoreException {
    requireSize(treeSize);
    return new InclusionProof(
        leafIndex, treeSize, MerkleProofs.inclusion(leafIndex, treeSize, nodes));
  }

  /**
   * Proves that the log only grew between two sizes.
   *
   * @param oldSize the smaller size
   * @param newSize the larger size, at most {@link #size}
   * @return the proof
   * @throws StoreException where a hash can't be read
   */
  public ConsistencyProof consistencyProof(long oldSize, long newSize) throws StoreException {
    requireSize(newSize);
    return new ConsistencyProof(
        oldSize, newSize, MerkleProofs.consistency(oldSize, newSize, nodes));
  }

  private void requireSize(long treeSize) {
    if (treeSize > head.treeSize()) {
      throw new IllegalArgumentException(
          "the tree has " + head.treeSize() + " entries, fewer than " + treeSize);
    }
  }

  /**
   * Reads an entry.
   *
   * @param leafIndex its index, below {@link #size}
   * @return its TileLeaf (static-ct-api)
   * @throws StoreException where it can't be read
   */
  public byte[] entry(long leafIndex) throws StoreException {
    if (leafIndex < 0 || leafIndex >= head.treeSize()) {
      throw new IllegalArgumentException("the log has no entry " + leafIndex);
    }
    return entries.read(positions[(int) leafIndex]);
  }

  /** Closes the files and lets the next owner in. Appends that wait are refused. */
  @Override
  public void close() throws StoreException {
    try (storeLock) {
      entries.close();
      nodes.close();
    }
  }

  /** Describes a log. Setters may be called in any order, each at most meaningfully once. */
  public static final class Builder {
    private @Nullable Path directory;
    private @Nullable String origin;
    private @Nullable KeyStorage keys;
    private InstantSource clock = InstantSource.system();
    private SecureRandom random = new SecureRandom();
    private int pendingMax = GroupCommit.PENDING_MAX;

    private Builder() {}

    /**
     * Where the log lives. Required.
     *
     * @param value a directory, created where it is missing
     * @return this
     */
    public Builder directory(Path value) {
      directory = value;
      return this;
    }

    /**
     * The log's name. Required.
     *
     * @param value a URL without its scheme, for example {@code log.example.com/2026}
     * @return this
     */
    public Builder origin(String value) {
      if (!SignedNote.isKeyName(value)) {
        throw new IllegalArgumentException("an origin has no spaces and no plus: " + value);
      }
      origin = value;
      return this;
    }

    /**
     * Where the log's keys are kept. By default in files in its directory.
     *
     * @param value the storage; keys are generated where they are missing
     * @return this
     */
    public Builder keys(KeyStorage value) {
      keys = value;
      return this;
    }

    /**
     * What tells the time of entries. By default the system's clock.
     *
     * @param value the clock
     * @return this
     */
    public Builder clock(InstantSource value) {
      clock = value;
      return this;
    }

    /**
     * Where new keys come from. By default the platform's.
     *
     * @param value the random source
     * @return this
     */
    public Builder random(SecureRandom value) {
      random = value;
      return this;
    }

    /**
     * The most appends that may wait at once; one more is refused as retryable.
     *
     * @param value at least 1, by default 65,536
     * @return this
     */
    public Builder pendingMax(int value) {
      if (value < 1) {
        throw new IllegalArgumentException("at least one append has to be allowed: " + value);
      }
      pendingMax = value;
      return this;
    }

    /**
     * Opens the log, creating it where it is missing.
     *
     * @return the open log
     * @throws StoreException where it is locked, damaged or can't be read
     * @throws TransparencyException where a key is of the wrong kind
     */
    public TransparencyLog open() throws StoreException, TransparencyException {
      Path where = directory;
      String name = origin;
      if (where == null || name == null) {
        throw new IllegalStateException("a log needs a directory and an origin");
      }
      StoreLock lock = StoreLock.acquire(where);
      boolean opened = false;
      try {
        KeyStorage storage = keys != null ? keys : KeyStorage.pkcs8Files(where.resolve("keys"));
        SigningKey noteKey =
            SigningKey.of(storage.loadOrGenerate("log-note", KeyAlgorithm.ED25519, random));
        SigningKey timestampKey =
            SigningKey.of(storage.loadOrGenerate("log-timestamp", KeyAlgorithm.EC_P256, random));
        LogIdentity identity = new LogIdentity(name, noteKey.publicKey(), timestampKey.publicKey());
        LogSigner signer =
            new LogSigner(
                name, noteKey, timestampKey, identity.noteKeyId(), identity.treeHeadKeyId());
        TransparencyLog log = new TransparencyLog(this, where, identity, signer, lock);
        opened = true;
        return log;
      } catch (GeneralSecurityException | IllegalArgumentException e) {
        throw TransparencyException.fatal("couldn't use the log's keys: " + e.getMessage(), e);
      } finally {
        if (!opened) {
          lock.close();
        }
      }
    }
  }
}
