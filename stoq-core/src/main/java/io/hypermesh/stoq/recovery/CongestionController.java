package io.hypermesh.stoq.recovery;

/**
 * Decides how many bytes may be in flight on a path (RFC 9002, 7). Hears of everything that {@link
 * Recovery} finds out; keeps no packets itself. Owned by the connection's thread.
 */
public interface CongestionController {
  /** Bytes that may be in flight; never less than two datagrams. */
  long windowBytes();

  /**
   * A packet in flight was acknowledged.
   *
   * @param sizeBytes the packet's size
   * @param timeSentNanos when it was sent
   * @param bytesInFlightBefore what was in flight before the ACK frame arrived: an application that
   *     does not use its window must not make it grow
   */
  void onPacketAcked(long sizeBytes, long timeSentNanos, long bytesInFlightBefore);

  /**
   * Packets were lost, or the peer reports congestion marks.
   *
   * @param timeSentNanos when the latest of the packets concerned was sent: one reaction a round
   *     trip is enough
   */
  void onCongestionEvent(long timeSentNanos, long nowNanos);

  /** Nothing got through for a long time: starts over with the smallest window. */
  void onPersistentCongestion();

  /** The path turned out to carry datagrams of this size. */
  void onMaxDatagramSize(int bytes);
}
