package io.hypermesh.byzantine;

import java.time.Duration;

/**
 * The limits and times of a replica, all with defaults. Limits bound what others can make grow;
 * times affect progress only, never safety. {@code checkpointInterval} and {@code clientsMax}
 * decide what is replicated and must be equal on all replicas. Immutable.
 */
public final class ReplicaSettings {
  private final int checkpointInterval;
  private final int pipelineWindow;
  private final int batchRequestsMax;
  private final int batchBytesMax;
  private final long batchDelayNanos;
  private final long viewTimeoutNanos;
  private final int viewTimeoutDoublingsMax;
  private final long statusIntervalNanos;
  private final long heartbeatIntervalNanos;
  private final int pendingRequestsMax;
  private final long pendingBytesMax;
  private final int requestPayloadBytesMax;
  private final int clientsMax;
  private final long timestampAheadMillisMax;

  private ReplicaSettings(Builder builder) {
    this.checkpointInterval = builder.checkpointInterval;
    this.pipelineWindow = builder.pipelineWindow;
    this.batchRequestsMax = builder.batchRequestsMax;
    this.batchBytesMax = builder.batchBytesMax;
    this.batchDelayNanos = builder.batchDelayNanos;
    this.viewTimeoutNanos = builder.viewTimeoutNanos;
    this.viewTimeoutDoublingsMax = builder.viewTimeoutDoublingsMax;
    this.statusIntervalNanos = builder.statusIntervalNanos;
    this.heartbeatIntervalNanos = builder.heartbeatIntervalNanos;
    this.pendingRequestsMax = builder.pendingRequestsMax;
    this.pendingBytesMax = builder.pendingBytesMax;
    this.requestPayloadBytesMax = builder.requestPayloadBytesMax;
    this.clientsMax = builder.clientsMax;
    this.timestampAheadMillisMax = builder.timestampAheadMillisMax;
  }

  /** The defaults. */
  public static ReplicaSettings defaults() {
    return builder().build();
  }

  /** Starts from the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /** A checkpoint is taken after every so many blocks. Default 128. */
  public int checkpointInterval() {
    return checkpointInterval;
  }

  /** How many blocks the primary proposes beyond the last executed one. Default 32. */
  public int pipelineWindow() {
    return pipelineWindow;
  }

  /** How far beyond the last stable checkpoint sequence numbers are accepted. */
  public long logWindow() {
    return 2L * checkpointInterval + pipelineWindow;
  }

  /** The most requests in a block. Default 1,000. */
  public int batchRequestsMax() {
    return batchRequestsMax;
  }

  /** The most bytes of requests in a block, unless its first one is longer. Default 1 MiB. */
  public int batchBytesMax() {
    return batchBytesMax;
  }

  /** How long a request waits for its batch to fill while others are in flight. Default 2 ms. */
  public long batchDelayNanos() {
    return batchDelayNanos;
  }

  /** How long a view may go without progress while there is work. Default 1 s. */
  public long viewTimeoutNanos() {
    return viewTimeoutNanos;
  }

  /** How often that time is doubled at most while view changes follow each other. Default 4. */
  public int viewTimeoutDoublingsMax() {
    return viewTimeoutDoublingsMax;
  }

  /** How often a replica that waits says how far it is. Default 100 ms. */
  public long statusIntervalNanos() {
    return statusIntervalNanos;
  }

  /** How often an idle replica says how far it is. Default 1 s. */
  public long heartbeatIntervalNanos() {
    return heartbeatIntervalNanos;
  }

  /**
   * How many requests wait for their order; clients are told to slow down above. Default 10,000.
   */
  public int pendingRequestsMax() {
    return pendingRequestsMax;
  }

  /** How many bytes of requests wait for their order. Default 64 MiB. */
  public long pendingBytesMax() {
    return pendingBytesMax;
  }

  /** The longest payload accepted from a client. Default 64 KiB. */
  public int requestPayloadBytesMax() {
    return requestPayloadBytesMax;
  }

  /** How many clients are remembered; requests of others are not executed then. Default 100,000. */
  public int clientsMax() {
    return clientsMax;
  }

  /** How far ahead of this replica's clock a block may be stamped to get its vote. Default 10 s. */
  public long timestampAheadMillisMax() {
    return timestampAheadMillisMax;
  }

  /** Collects settings; each setter refuses what makes no sense. Not thread-safe. */
  public static final class Builder {
    private int checkpointInterval = 128;
    private int pipelineWindow = 32;
    private int batchRequestsMax = 1_000;
    private int batchBytesMax = 1 << 20;
    private long batchDelayNanos = 2_000_000;
    private long viewTimeoutNanos = 1_000_000_000;
    private int viewTimeoutDoublingsMax = 4;
    private long statusIntervalNanos = 100_000_000;
    private long heartbeatIntervalNanos = 1_000_000_000;
    private int pendingRequestsMax = 10_000;
    private long pendingBytesMax = 64L << 20;
    private int requestPayloadBytesMax = 64 << 10;
    private int clientsMax = 100_000;
    private long timestampAheadMillisMax = 10_000;

    private Builder() {}

    private static int within(String name, int value, int min, int max) {
      return (int) within(name, (long) value, min, max);
    }

    private static long within(String name, long value, long min, long max) {
      if (value < min || value > max) {
        throw new IllegalArgumentException(
            "couldn't set " + name + " because it is from " + min + " to " + max + ": " + value);
      }
      return value;
    }

    private static long nanos(String name, Duration value) {
      return within(name, value.toNanos(), 1, Duration.ofHours(1).toNanos());
    }

    /** Sets {@link ReplicaSettings#checkpointInterval}, 1 to 65,536. */
    public Builder checkpointInterval(int blocks) {
      checkpointInterval = within("checkpointInterval", blocks, 1, 65_536);
      return this;
    }

    /** Sets {@link ReplicaSettings#pipelineWindow}, 1 to 4,096. */
    public Builder pipelineWindow(int blocks) {
      pipelineWindow = within("pipelineWindow", blocks, 1, 4_096);
      return this;
    }

    /** Sets {@link ReplicaSettings#batchRequestsMax}, 1 to {@value Block#REQUESTS_MAX}. */
    public Builder batchRequestsMax(int requests) {
      batchRequestsMax = within("batchRequestsMax", requests, 1, Block.REQUESTS_MAX);
      return this;
    }

    /** Sets {@link ReplicaSettings#batchBytesMax}, 1 KiB to half of the longest block. */
    public Builder batchBytesMax(int bytes) {
      batchBytesMax = within("batchBytesMax", bytes, 1_024, Block.ENCODED_BYTES_MAX / 2);
      return this;
    }

    /** Sets {@link ReplicaSettings#batchDelayNanos}. */
    public Builder batchDelay(Duration delay) {
      batchDelayNanos = nanos("batchDelay", delay);
      return this;
    }

    /** Sets {@link ReplicaSettings#viewTimeoutNanos}. */
    public Builder viewTimeout(Duration timeout) {
      viewTimeoutNanos = nanos("viewTimeout", timeout);
      return this;
    }

    /** Sets {@link ReplicaSettings#viewTimeoutDoublingsMax}, 0 to 16. */
    public Builder viewTimeoutDoublingsMax(int doublings) {
      viewTimeoutDoublingsMax = within("viewTimeoutDoublingsMax", doublings, 0, 16);
      return this;
    }

    /** Sets {@link ReplicaSettings#statusIntervalNanos}. */
    public Builder statusInterval(Duration interval) {
      statusIntervalNanos = nanos("statusInterval", interval);
      return this;
    }

    /** Sets {@link ReplicaSettings#heartbeatIntervalNanos}. */
    public Builder heartbeatInterval(Duration interval) {
      heartbeatIntervalNanos = nanos("heartbeatInterval", interval);
      return this;
    }

    /** Sets {@link ReplicaSettings#pendingRequestsMax}, 1 to 1,000,000. */
    public Builder pendingRequestsMax(int requests) {
      pendingRequestsMax = within("pendingRequestsMax", requests, 1, 1_000_000);
      return this;
    }

    /** Sets {@link ReplicaSettings#pendingBytesMax}, 1 KiB to 16 GiB. */
    public Builder pendingBytesMax(long bytes) {
      pendingBytesMax = within("pendingBytesMax", bytes, 1_024, 16L << 30);
      return this;
    }

    /** Sets {@link ReplicaSettings#requestPayloadBytesMax}. */
    public Builder requestPayloadBytesMax(int bytes) {
      requestPayloadBytesMax =
          within("requestPayloadBytesMax", bytes, 1, Request.PAYLOAD_BYTES_MAX);
      return this;
    }

    /** Sets {@link ReplicaSettings#clientsMax}, 1 to 10,000,000. */
    public Builder clientsMax(int clients) {
      clientsMax = within("clientsMax", clients, 1, 10_000_000);
      return this;
    }

    /** Sets {@link ReplicaSettings#timestampAheadMillisMax}. */
    public Builder timestampAheadMax(Duration ahead) {
      timestampAheadMillisMax = nanos("timestampAheadMax", ahead) / 1_000_000;
      return this;
    }

    /** The settings. */
    public ReplicaSettings build() {
      return new ReplicaSettings(this);
    }
  }
}
