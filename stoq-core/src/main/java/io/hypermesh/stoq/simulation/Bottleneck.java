package io.hypermesh.stoq.simulation;

/**
 * The narrowest place of a link, with the queue before it. A datagram that finds the queue full is
 * lost (drop tail); one that finds it long is marked, if its sender said by its ECN bits that it
 * would understand (RFC 3168, 5). Counted are whole IPv6 packets, headers included.
 *
 * @param bytesPerSecond how fast it is, at least 1; {@link Long#MAX_VALUE} for no bottleneck
 * @param queueBytes bytes that wait at most, at least one packet of 1,500 bytes
 * @param markingBytes bytes in the queue from which on packets are marked; {@link Long#MAX_VALUE}
 *     for never
 */
public record Bottleneck(long bytesPerSecond, long queueBytes, long markingBytes) {
  /** As fast as anybody sends. */
  public static final Bottleneck NONE =
      new Bottleneck(Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE);

  private static final int PACKET_BYTES = 1_500;
  private static final long MEGABIT_BYTES = 125_000;

  /** Checks the ranges. */
  public Bottleneck {
    if (bytesPerSecond < 1 || queueBytes < PACKET_BYTES || markingBytes < 0) {
      throw new IllegalArgumentException(
          "couldn't make a bottleneck of "
              + bytesPerSecond
              + " bytes a second, a queue of "
              + queueBytes
              + " and marks from "
              + markingBytes);
    }
  }

  /**
   * A bottleneck in the units that network people use, without marks.
   *
   * @param megabitsPerSecond how fast it is, at least 1
   * @param queuePackets packets of 1,500 bytes that wait at most, at least 1
   */
  public static Bottleneck ofMegabits(int megabitsPerSecond, int queuePackets) {
    return new Bottleneck(
        megabitsPerSecond * MEGABIT_BYTES, (long) queuePackets * PACKET_BYTES, Long.MAX_VALUE);
  }

  /** With marks from so many bytes in the queue on. */
  public Bottleneck withMarking(long newMarkingBytes) {
    return new Bottleneck(bytesPerSecond, queueBytes, newMarkingBytes);
  }

  /** Whether there is one. */
  boolean isNarrow() {
    return bytesPerSecond != Long.MAX_VALUE;
  }
}
