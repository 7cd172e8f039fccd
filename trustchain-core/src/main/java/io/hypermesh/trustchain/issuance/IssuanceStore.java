package io.hypermesh.trustchain.issuance;

import io.hypermesh.trustchain.StoreException;
import io.hypermesh.trustchain.TrustChainException;
import io.hypermesh.trustchain.asn1.MalformedException;
import io.hypermesh.trustchain.store.FingerprintIndex;
import io.hypermesh.trustchain.store.GroupCommit;
import io.hypermesh.trustchain.store.RecordLog;
import io.hypermesh.trustchain.transparency.MerkleHasher;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What was issued, on disk: an issuance is found again by its request's id after any crash that
 * follows {@link #add}. The heap holds about thirty bytes an issuance, and no certificate.
 *
 * <p>Safe for any number of threads; additions of many share one write.
 */
public final class IssuanceStore implements AutoCloseable {
  private static final int RECORD_KIND = 0x49535355;

  private final Path file;
  private final RecordLog records;
  private final GroupCommit<IssuanceRecord> additions;
  private final ReentrantLock indexLock = new ReentrantLock();
  private final FingerprintIndex index = new FingerprintIndex();
  private long[] positions = new long[64];

  /**
   * Opens the store, creating it where it is missing.
   *
   * @param file its file
   * @param pendingMax the most additions that may wait at once
   * @throws StoreException where it is damaged or can't be read
   */
  public IssuanceStore(Path file, int pendingMax) throws StoreException {
    this.file = file;
    this.records =
        RecordLog.open(
            file,
            RECORD_KIND,
            (ordinal, position, content) ->
                note((int) ordinal, position, decode(content, position).requestId()));
    this.additions = new GroupCommit<>(file, pendingMax, this::commit);
  }

  private IssuanceRecord decode(byte[] content, long position) throws StoreException {
    try {
      return IssuanceRecord.decode(content);
    } catch (MalformedException e) {
      throw StoreException.damaged(file, position, String.valueOf(e.getMessage()));
    }
  }

  private void note(int ordinal, long position, String requestId) {
    if (ordinal == positions.length) {
      positions = Arrays.copyOf(positions, positions.length + (positions.length >> 1));
    }
    positions[ordinal] = position;
    index.add(fingerprint(requestId), ordinal);
  }

  private static long fingerprint(String requestId) {
    byte[] hash = MerkleHasher.sha256().digest(requestId.getBytes(StandardCharsets.UTF_8));
    return ByteBuffer.wrap(hash).getLong();
  }

  private void commit(List<IssuanceRecord> batch) throws StoreException {
    int first = (int) records.recordCount();
    long[] places = records.append(batch.stream().map(IssuanceRecord::encode).toList());
    indexLock.lock();
    try {
      for (int i = 0; i < places.length; i++) {
        note(first + i, places[i], batch.get(i).requestId());
      }
    } finally {
      indexLock.unlock();
    }
  }

  /**
   * Adds an issuance and waits until it is on disk.
   *
   * @param issuance the issuance
   * @throws StoreException where it could not be made durable
   */
  public void add(IssuanceRecord issuance) throws StoreException {
    try {
      additions.submit(issuance);
    } catch (StoreException e) {
      throw e;
    } catch (TrustChainException e) {
      throw new IllegalStateException("no other failure comes from a commit", e);
    }
  }

  /**
   * Finds an issuance.
   *
   * @param requestId the request's id
   * @return the issuance, or null where there is none
   * @throws StoreException where it can't be read
   */
  public @Nullable IssuanceRecord find(String requestId) throws StoreException {
    for (long position : candidatePositions(requestId)) {
      IssuanceRecord found = decode(records.read(position), position);
      if (found.requestId().equals(requestId)) {
        return found;
      }
    }
    return null;
  }

  private long[] candidatePositions(String requestId) {
    long fingerprint = fingerprint(requestId);
    indexLock.lock();
    try {
      return Arrays.stream(index.candidates(fingerprint))
          .mapToLong(ordinal -> positions[ordinal])
          .toArray();
    } finally {
      indexLock.unlock();
    }
  }

  /**
   * How many issuances there are.
   *
   * @return the number
   */
  public int size() {
    indexLock.lock();
    try {
      return index.size();
    } finally {
      indexLock.unlock();
    }
  }

  /**
   * Where the store is.
   *
   * @return its file
   */
  public Path file() {
    return file;
  }

  @Override
  public void close() throws StoreException {
    records.close();
  }
}
