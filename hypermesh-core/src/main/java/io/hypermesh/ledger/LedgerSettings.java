package io.hypermesh.ledger;

import io.hypermesh.byzantine.Digest;
import io.hypermesh.byzantine.Snapshot;
import io.hypermesh.codec.Sha256;
import io.hypermesh.codec.WireWriter;
import io.hypermesh.ledger.state.SnapshotFormat;
import java.nio.charset.StandardCharsets;

/**
 * The rules that all replicas of a ledger share: its id and its limits. They are part of every
 * state root, so replicas with different settings notice at once. Immutable.
 */
public final class LedgerSettings {
  private static final String DOMAIN = "hypermesh ledger-settings v1";
  private static final String ID_DOMAIN = "hypermesh ledger-id v1";
  private static final int PROOFS_PER_BATCH_CEILING = 256;
  private static final int SIZE_CEILING = 1 << 30;

  private final Digest ledgerId;
  private final int assetsMax;
  private final int operationsPerBatchMax;
  private final int proofsPerBatchMax;
  private final int rememberedOperationsMax;
  private final int expiryBlocksMax;
  private final long leaseBlocksMax;

  private LedgerSettings(Builder builder) {
    ledgerId = builder.ledgerId;
    assetsMax = builder.assetsMax;
    operationsPerBatchMax = builder.operationsPerBatchMax;
    proofsPerBatchMax = builder.proofsPerBatchMax;
    rememberedOperationsMax = builder.rememberedOperationsMax;
    expiryBlocksMax = builder.expiryBlocksMax;
    leaseBlocksMax = builder.leaseBlocksMax;
  }

  /**
   * Starts with a ledger's name and the default limits.
   *
   * @param name the same on all replicas, and of no other ledger that the same owners use
   * @return a builder
   */
  public static Builder named(String name) {
    return new Builder(Sha256.of(ID_DOMAIN, name.getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * Starts with a ledger's id and the default limits.
   *
   * @param ledgerId the same on all replicas, and of no other ledger that the same owners use
   * @return a builder
   */
  public static Builder withId(Digest ledgerId) {
    return new Builder(ledgerId);
  }

  /**
   * What owners sign for.
   *
   * @return the id
   */
  public Digest ledgerId() {
    return ledgerId;
  }

  /**
   * The most assets.
   *
   * @return default 10,000,000
   */
  public int assetsMax() {
    return assetsMax;
  }

  /**
   * The most operations in one batch.
   *
   * @return default 8,192
   */
  public int operationsPerBatchMax() {
    return operationsPerBatchMax;
  }

  /**
   * The most proofs that one batch may ask for, since a proof is about 20 times its question.
   *
   * @return default 64
   */
  public int proofsPerBatchMax() {
    return proofsPerBatchMax;
  }

  /**
   * The most operations remembered for idempotency.
   *
   * @return default 1,048,576
   */
  public int rememberedOperationsMax() {
    return rememberedOperationsMax;
  }

  /**
   * How many blocks ahead a batch's expiry may be; so long are its operations remembered.
   *
   * @return blocks, default 1,024
   */
  public int expiryBlocksMax() {
    return expiryBlocksMax;
  }

  /**
   * How many blocks a lease may last.
   *
   * @return blocks, default 1,000,000,000
   */
  public long leaseBlocksMax() {
    return leaseBlocksMax;
  }

  /**
   * Covers the id and every limit.
   *
   * @return equal for equal settings
   */
  public Digest digest() {
    return Sha256.of(
        DOMAIN,
        new WireWriter()
            .digest(ledgerId)
            .count(assetsMax)
            .count(operationsPerBatchMax)
            .count(proofsPerBatchMax)
            .count(rememberedOperationsMax)
            .count(expiryBlocksMax)
            .i64(leaseBlocksMax)
            .toByteArray());
  }

  /** Collects settings; each setter refuses what is out of range. Not thread-safe. */
  public static final class Builder {
    private final Digest ledgerId;
    private int assetsMax = 10_000_000;
    private int operationsPerBatchMax = 8_192;
    private int proofsPerBatchMax = 64;
    private int rememberedOperationsMax = 1 << 20;
    private int expiryBlocksMax = 1_024;
    private long leaseBlocksMax = 1_000_000_000L;

    private Builder(Digest ledgerId) {
      this.ledgerId = ledgerId;
    }

    /**
     * Sets {@link LedgerSettings#assetsMax}.
     *
     * @param value 1 to 2^30
     * @return this builder
     */
    public Builder assetsMax(int value) {
      assetsMax = (int) inRange("assetsMax", value, SIZE_CEILING);
      return this;
    }

    /**
     * Sets {@link LedgerSettings#operationsPerBatchMax}.
     *
     * @param value 1 to 8,192
     * @return this builder
     */
    public Builder operationsPerBatchMax(int value) {
      operationsPerBatchMax =
          (int) inRange("operationsPerBatchMax", value, SignedOperations.OPERATIONS_MAX);
      return this;
    }

    /**
     * Sets {@link LedgerSettings#proofsPerBatchMax}.
     *
     * @param value 1 to 256
     * @return this builder
     */
    public Builder proofsPerBatchMax(int value) {
      proofsPerBatchMax = (int) inRange("proofsPerBatchMax", value, PROOFS_PER_BATCH_CEILING);
      return this;
    }

    /**
     * Sets {@link LedgerSettings#rememberedOperationsMax}.
     *
     * @param value 1 to 2^30
     * @return this builder
     */
    public Builder rememberedOperationsMax(int value) {
      rememberedOperationsMax = (int) inRange("rememberedOperationsMax", value, SIZE_CEILING);
      return this;
    }

    /**
     * Sets {@link LedgerSettings#expiryBlocksMax}.
     *
     * @param value 1 to 4,096
     * @return this builder
     */
    public Builder expiryBlocksMax(int value) {
      expiryBlocksMax = (int) inRange("expiryBlocksMax", value, 4_096);
      return this;
    }

    /**
     * Sets {@link LedgerSettings#leaseBlocksMax}.
     *
     * @param value 1 to 2^62
     * @return this builder
     */
    public Builder leaseBlocksMax(long value) {
      leaseBlocksMax = inRange("leaseBlocksMax", value, 1L << 62);
      return this;
    }

    /**
     * Makes the settings.
     *
     * @return immutable settings
     * @throws IllegalArgumentException if a full ledger would not fit into one snapshot
     */
    public LedgerSettings build() {
      long chunks =
          1L
              + assetsMax / SnapshotFormat.RECORDS_PER_CHUNK
              + rememberedOperationsMax / SnapshotFormat.REMEMBERED_PER_CHUNK
              + 2;
      if (chunks > Snapshot.CHUNKS_MAX) {
        throw new IllegalArgumentException(
            assetsMax
                + " assets and "
                + rememberedOperationsMax
                + " remembered operations need "
                + chunks
                + " snapshot chunks, limit "
                + Snapshot.CHUNKS_MAX);
      }
      return new LedgerSettings(this);
    }

    private static long inRange(String name, long value, long max) {
      if (value < 1 || value > max) {
        throw new IllegalArgumentException(name + " must be 1 to " + max + ", not " + value);
      }
      return value;
    }
  }
}
