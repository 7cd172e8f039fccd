package io.hypermesh.ledger;

import io.hypermesh.asset.AssetId;
import io.hypermesh.asset.DecodingException;
import io.hypermesh.byzantine.Digest;
import io.hypermesh.byzantine.Snapshot;
import io.hypermesh.byzantine.Verifier;
import io.hypermesh.codec.WireReader;
import io.hypermesh.codec.WireWriter;
import io.hypermesh.ledger.LedgerException.Reason;
import io.hypermesh.ledger.journal.DirectoryLock;
import io.hypermesh.ledger.journal.Journal;
import io.hypermesh.ledger.journal.JournalException;
import io.hypermesh.ledger.journal.OtherContextException;
import io.hypermesh.ledger.journal.SnapshotFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A ledger in a directory: every block is in the log, forced to the disk, before it is executed and
 * answered. A record of the log is
 *
 * <pre>
 *   height 64 | time 64 | state root before the block 256 | payloads, their number 32 before them
 * </pre>
 *
 * <p>The root is what a replay is compared with: a ledger that does not come to the state it was in
 * stops instead of answering from another. When the log's file has grown to {@link
 * #SNAPSHOT_EVERY_BYTES}, a snapshot takes its place.
 */
final class DurableLedger implements Ledger {
  /** How long a file of the log may grow. */
  static final long SNAPSHOT_EVERY_BYTES = 64L << 20;

  /** The most payloads in a block: what a replay reads. */
  static final int PAYLOADS_MAX = 1 << 20;

  private final Path directory;
  private final DirectoryLock lock;
  private final long snapshotEveryBytes;
  private MemoryLedger state;
  private @Nullable Journal journal;
  private @Nullable IOException stopped;

  private DurableLedger(
      Path directory, DirectoryLock lock, MemoryLedger state, long snapshotEveryBytes) {
    this.directory = directory;
    this.lock = lock;
    this.state = state;
    this.snapshotEveryBytes = snapshotEveryBytes;
  }

  static DurableLedger open(
      Path directory, LedgerSettings settings, Verifier verifier, RandomGenerator random) {
    return open(directory, settings, verifier, random, SNAPSHOT_EVERY_BYTES);
  }

  static DurableLedger open(
      Path directory,
      LedgerSettings settings,
      Verifier verifier,
      RandomGenerator random,
      long snapshotEveryBytes) {
    MemoryLedger state = new MemoryLedger(settings, verifier, random.nextLong());
    DirectoryLock lock = lock(directory);
    DurableLedger ledger = new DurableLedger(directory, lock, state, snapshotEveryBytes);
    try {
      ledger.recover(random);
      return ledger;
    } catch (IOException e) {
      ledger.giveUp(e);
      throw failure("open the ledger", e);
    } catch (RuntimeException e) {
      ledger.giveUp(e);
      throw e;
    }
  }

  private static DirectoryLock lock(Path directory) {
    DirectoryLock lock;
    try {
      Files.createDirectories(directory);
      lock = DirectoryLock.tryAcquire(directory);
    } catch (IOException e) {
      throw failure("open the ledger in " + directory, e);
    }
    if (lock == null) {
      throw new LedgerException(
          Reason.IN_USE, "couldn't open the ledger because it is open already: " + directory, null);
    }
    return lock;
  }

  private void recover(RandomGenerator random) throws IOException {
    Optional<SnapshotFile> latest = SnapshotFile.openLatest(directory);
    if (latest.isPresent()) {
      try (SnapshotFile snapshot = latest.get()) {
        state.restore(snapshot);
      } catch (DecodingException e) {
        throw new LedgerException(
            Reason.DAMAGED,
            "couldn't open the ledger because "
                + latest.get().file()
                + " is damaged: "
                + e.getMessage(),
            e);
      } catch (UncheckedIOException e) {
        throw e.getCause();
      }
    }
    if (latest.isPresent() && !Journal.isIn(directory)) {
      throw new LedgerException(
          Reason.DAMAGED,
          "couldn't open the ledger because its log is missing beside " + latest.get().file(),
          null);
    }
    journal = Journal.open(directory, settings().digest().bytes(), random, this::replay);
  }

  private void replay(long index, byte[] body, Path file, long offset) {
    try {
      WireReader reader = new WireReader(body);
      long height = reader.readNonNegative("height");
      long timestampMillis = reader.readI64("timestamp");
      Digest rootBefore = reader.readDigest("state root");
      List<byte[]> payloads = new ArrayList<>();
      for (int left = reader.readCount(PAYLOADS_MAX, "payloads"); left > 0; left--) {
        payloads.add(reader.readBlob(body.length, "payload"));
      }
      reader.expectEnd("block");
      if (height <= state.height()) {
        return; // The snapshot has it: the crash came before the log was shortened.
      }
      if (!rootBefore.equals(state.stateRoot())) {
        throw new DecodingException(
            "block " + height + " follows state " + rootBefore + ", not " + state.stateRoot());
      }
      state.execute(height, timestampMillis, payloads);
    } catch (DecodingException e) {
      throw new LedgerException(
          Reason.DAMAGED,
          "couldn't open the ledger because record "
              + index
              + " in "
              + file
              + " at offset "
              + offset
              + " cannot be replayed: "
              + e.getMessage(),
          e);
    }
  }

  @Override
  public List<BatchResult> execute(long height, long timestampMillis, List<byte[]> payloads) {
    Journal open = openJournal();
    if (height <= state.height()) {
      throw new IllegalArgumentException(
          "couldn't execute block " + height + " because the ledger is at " + state.height());
    }
    if (payloads.size() > PAYLOADS_MAX) {
      throw new IllegalArgumentException(
          "couldn't execute block "
              + height
              + " because it has "
              + payloads.size()
              + " payloads, limit "
              + PAYLOADS_MAX);
    }
    WireWriter record =
        new WireWriter()
            .i64(height)
            .i64(timestampMillis)
            .digest(state.stateRoot())
            .count(payloads.size());
    payloads.forEach(record::blob);
    try {
      open.append(record.toByteArray());
    } catch (IOException e) {
      stop(e);
      throw failure("write block " + height + " to the log in " + directory, e);
    }
    List<BatchResult> results = executeLogged(height, timestampMillis, payloads);
    shortenLog(open);
    return results;
  }

  /**
   * The log has the block now, so a block after it must not be taken unless this one was executed.
   */
  private List<BatchResult> executeLogged(
      long height, long timestampMillis, List<byte[]> payloads) {
    boolean executed = false;
    try {
      List<BatchResult> results = state.execute(height, timestampMillis, payloads);
      executed = true;
      return results;
    } finally {
      if (!executed) {
        stop(new IOException("it could not execute block " + height));
      }
    }
  }

  private void shortenLog(Journal open) {
    try {
      if (open.segmentBytes() >= snapshotEveryBytes) {
        writeSnapshot(open, state.snapshot(), state.height());
      }
    } catch (IOException e) {
      // The block itself is durable and executed, and is answered; the next one is told.
      stop(e);
    }
  }

  private void writeSnapshot(Journal open, Snapshot snapshot, long height) throws IOException {
    SnapshotFile.write(directory, height, snapshot);
    open.deleteBefore(open.roll());
  }

  @Override
  public void restore(Snapshot snapshot) throws DecodingException {
    Journal open = openJournal();
    MemoryLedger restored = state.restored(snapshot);
    if (restored.height() < state.height()) {
      throw new DecodingException(
          "couldn't go back from height " + state.height() + " to " + restored.height());
    }
    try {
      writeSnapshot(open, snapshot, restored.height());
    } catch (IOException e) {
      stop(e);
      throw failure("write a snapshot into " + directory, e);
    }
    state = restored;
  }

  @Override
  public LedgerSettings settings() {
    return state.settings();
  }

  @Override
  public StateHeader header() {
    return state.header();
  }

  @Override
  public Digest stateRoot() {
    return state.stateRoot();
  }

  @Override
  public Optional<AssetRecord> find(AssetId asset) {
    return state.find(asset);
  }

  @Override
  public AssetRecord record(int slot) {
    return state.record(slot);
  }

  @Override
  public Optional<OwnershipProof> prove(AssetId asset) {
    return state.prove(asset);
  }

  @Override
  public Snapshot snapshot() {
    return state.snapshot();
  }

  @Override
  public void close() {
    Journal open = journal;
    journal = null;
    try {
      if (open != null) {
        open.close();
      }
    } catch (IOException e) {
      throw failure("close the ledger in " + directory, e);
    } finally {
      release();
    }
  }

  private void release() {
    try {
      lock.close();
    } catch (IOException e) {
      throw failure("unlock the ledger in " + directory, e);
    }
  }

  private Journal openJournal() {
    Journal open = journal;
    if (open == null) {
      String why = stopped == null ? "it is closed" : "it stopped: " + describe(stopped);
      throw new LedgerException(
          Reason.CLOSED, "couldn't use the ledger in " + directory + " because " + why, stopped);
    }
    return open;
  }

  /** Takes no more blocks: what is on the disk is not certain until it is opened again. */
  private void stop(IOException failure) {
    stopped = failure;
    Journal open = journal;
    journal = null;
    try {
      if (open != null) {
        open.close();
      }
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  /** Lets go of the directory after a failure that is being reported. */
  private void giveUp(Exception failure) {
    try {
      lock.close();
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  private static LedgerException failure(String what, IOException cause) {
    Reason reason =
        switch (cause) {
          case JournalException _ -> Reason.DAMAGED;
          case OtherContextException _ -> Reason.OTHER_SETTINGS;
          default -> Reason.IO;
        };
    return new LedgerException(reason, "couldn't " + what + " because " + describe(cause), cause);
  }

  private static String describe(IOException cause) {
    return switch (cause) {
      case AccessDeniedException e -> "access is denied: " + e.getFile();
      case FileAlreadyExistsException e -> "it is not a directory: " + e.getFile();
      case FileSystemException e ->
          e.getFile()
              + ": "
              + (e.getReason() == null ? e.getClass().getSimpleName() : e.getReason());
      default -> String.valueOf(cause.getMessage());
    };
  }
}
