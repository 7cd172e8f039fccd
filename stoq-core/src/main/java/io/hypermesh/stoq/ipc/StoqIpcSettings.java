package io.hypermesh.stoq.ipc;

import io.hypermesh.stoq.StoqChannel;
import io.hypermesh.stoq.ring.RingLayout;
import java.time.Duration;
import java.util.function.Supplier;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;

/**
 * The limits of channels through shared memory. Immutable.
 *
 * {@snippet file="ipc/StoqIpcExamplesTest.java" region="ipcSettings"}
 *
 * @param ringBytes bytes that may wait in each direction, of a channel that this side connects; a
 *     power of two, at least twice the longest message and its 8 bytes of header. What fits the
 *     processors' second-level cache is fastest
 * @param ringBytesMax what a listener allows a connecting side to choose
 * @param messageLengthMax longest message, in bytes; of the two sides' the lesser counts
 * @param peerCheckInterval how often a side that has nothing to poll or no room to send looks
 *     whether the peer's process is still there
 * @param idleStrategies makes what a thread does between attempts of {@link StoqIpcChannel#send}
 *     and {@link StoqIpcChannel#receive}, one for each thread
 */
public record StoqIpcSettings(
    int ringBytes,
    int ringBytesMax,
    int messageLengthMax,
    Duration peerCheckInterval,
    Supplier<IdleStrategy> idleStrategies) {

  /**
   * Checks that they fit together.
   *
   * @throws IllegalArgumentException where they don't
   */
  public StoqIpcSettings {
    if (!RingLayout.isCapacity(ringBytes)) {
      throw new IllegalArgumentException(
          "couldn't set ringBytes because it is no power of two from 1 KiB to 1 GiB: " + ringBytes);
    }
    if (ringBytesMax < RingLayout.CAPACITY_MIN || ringBytesMax > RingLayout.CAPACITY_MAX) {
      throw new IllegalArgumentException(
          "couldn't set ringBytesMax because it is out of 1 KiB to 1 GiB: " + ringBytesMax);
    }
    if (messageLengthMax < 1 || messageLengthMax > RingLayout.messageLengthMax(ringBytes)) {
      throw new IllegalArgumentException(
          "couldn't set messageLengthMax because with a ring of "
              + ringBytes
              + " bytes it is out of 1 to "
              + RingLayout.messageLengthMax(ringBytes)
              + ": "
              + messageLengthMax);
    }
    if (peerCheckInterval.compareTo(Duration.ofMillis(1)) < 0
        || peerCheckInterval.compareTo(Duration.ofMinutes(1)) > 0) {
      throw new IllegalArgumentException(
          "couldn't set peerCheckInterval because it is out of 1 ms to 1 min: "
              + peerCheckInterval);
    }
  }

  /** What channels have that don't say otherwise. */
  public static StoqIpcSettings defaults() {
    return builder().build();
  }

  /** Starts from the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /** Collects settings; not for several threads at once. */
  public static final class Builder {
    private int ringBytes = 1 << 20;
    private int ringBytesMax = 64 << 20;
    private int messageLengthMax = StoqChannel.MESSAGE_LENGTH_MAX_DEFAULT;
    private Duration peerCheckInterval = Duration.ofMillis(100);
    private Supplier<IdleStrategy> idleStrategies =
        () -> new BackoffIdleStrategy(1_000, 20, 1_000, 1_000_000);

    private Builder() {}

    /** Bytes in each direction: a power of two from 1 KiB to 1 GiB, 1 MiB unless set. */
    public Builder ringBytes(int value) {
      ringBytes = value;
      return this;
    }

    /** What a listener allows: 1 KiB to 1 GiB, 64 MiB unless set. */
    public Builder ringBytesMax(int value) {
      ringBytesMax = value;
      return this;
    }

    /**
     * Longest message in bytes: 1 to half of {@code ringBytes}, less the 8 bytes of a header;
     * {@link StoqChannel#MESSAGE_LENGTH_MAX_DEFAULT} unless set.
     */
    public Builder messageLengthMax(int value) {
      messageLengthMax = value;
      return this;
    }

    /** How often to look whether the peer is there: 1 ms to 1 min, 100 ms unless set. */
    public Builder peerCheckInterval(Duration value) {
      peerCheckInterval = value;
      return this;
    }

    /** What a waiting thread does: spins, yields and then parks for up to 1 ms unless set. */
    public Builder idleStrategies(Supplier<IdleStrategy> value) {
      idleStrategies = value;
      return this;
    }

    /**
     * Makes the settings.
     *
     * @throws IllegalArgumentException where a value is out of its range
     */
    public StoqIpcSettings build() {
      return new StoqIpcSettings(
          ringBytes, ringBytesMax, messageLengthMax, peerCheckInterval, idleStrategies);
    }
  }
}
