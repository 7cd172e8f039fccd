package io.hypermesh.stoq.connection;

import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Datagrams that came together to one socket: one behind the other in memory that may be
 * overwritten, of one length but for the last, which may be shorter, from one source and with the
 * same ECN bits. Filled again and again; owned by the thread of its endpoint.
 */
public final class DatagramTrain {
  private MemorySegment buffer = MemorySegment.NULL;
  private long offset;
  private int segmentLength;
  private long limit;
  private int socket;
  private @Nullable InetSocketAddress source;
  private int ecn;

  /**
   * Says what came.
   *
   * @param segmentLength bytes of each but the last, at least 1
   * @param totalLength bytes of all
   * @param socket the number of our socket that they came to
   * @param ecn the two ECN bits of each one's IP header
   */
  public void set(
      MemorySegment buffer,
      long offset,
      int segmentLength,
      int totalLength,
      int socket,
      InetSocketAddress source,
      int ecn) {
    this.buffer = buffer;
    this.offset = offset;
    this.segmentLength = segmentLength;
    this.limit = offset + totalLength;
    this.socket = socket;
    this.source = source;
    this.ecn = ecn;
  }

  /** The memory that they lie in. */
  public MemorySegment buffer() {
    return buffer;
  }

  /** Bytes of each but the last. */
  public int segmentLength() {
    return segmentLength;
  }

  /** How many they are. */
  public int count() {
    return (int) ((limit - offset + segmentLength - 1) / segmentLength);
  }

  /** Where one starts; 0 is the first. */
  public long start(int index) {
    return offset + (long) index * segmentLength;
  }

  /** Where one ends. */
  public long end(int index) {
    return Math.min(start(index) + segmentLength, limit);
  }

  /** The number of our socket that they came to. */
  public int socket() {
    return socket;
  }

  /** Where they came from. */
  public InetSocketAddress source() {
    InetSocketAddress from = source;
    if (from == null) {
      throw new IllegalStateException("couldn't say where datagrams came from: none did");
    }
    return from;
  }

  /** The two ECN bits of each one's IP header. */
  public int ecn() {
    return ecn;
  }
}
