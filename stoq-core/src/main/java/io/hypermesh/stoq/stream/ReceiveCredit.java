package io.hypermesh.stoq.stream;

/**
 * The credit that we give the peer, for one stream or for all of them together (RFC 9000, 4.1 and
 * 4.2).
 *
 * <p>The limit moves with what the host has read: it is extended to a whole window above that as
 * soon as half of the window is used up, so that a peer with a full window of data never waits for
 * a reader that keeps up, and updates stay rare: two a window. How large the window is, {@link
 * WindowTuning} decides. Owned by the connection's thread.
 */
final class ReceiveCredit {
  private static final long NEVER = Long.MIN_VALUE;

  private final long windowBytesMax;
  private long windowBytes;
  private long limit;
  private long used;
  private long consumed;
  private long extendedAtNanos = NEVER;

  /**
   * @param windowBytes the window to start with, which the peer knows already
   * @param windowBytesMax what it may grow to
   */
  ReceiveCredit(long windowBytes, long windowBytesMax) {
    this.windowBytes = windowBytes;
    this.windowBytesMax = Math.max(windowBytes, windowBytesMax);
    this.limit = windowBytes;
  }

  /** The peer may use bytes below this. */
  long limit() {
    return limit;
  }

  long windowBytes() {
    return windowBytes;
  }

  long windowBytesMax() {
    return windowBytesMax;
  }

  /** Whether that many more bytes stay within the limit. */
  boolean allows(long bytes) {
    return bytes <= limit - used;
  }

  /** The peer has used that many more bytes. */
  void use(long bytes) {
    used += bytes;
  }

  /** The host has read, or given up, that many more bytes. */
  void consume(long bytes) {
    consumed += bytes;
  }

  /** Whether extending the limit is worth a frame. */
  boolean isExtensionDue() {
    return consumed + windowBytes - limit >= (windowBytes + 1) / 2;
  }

  /** Whether the limit was last extended less than so long ago. */
  boolean wasExtendedWithin(long nanos, long nowNanos) {
    return extendedAtNanos != NEVER && nowNanos - extendedAtNanos < nanos;
  }

  /** Extends the limit to a whole window above what was read. */
  void extend(long nowNanos) {
    limit = Math.max(limit, consumed + windowBytes);
    extendedAtNanos = nowNanos;
  }

  /** Makes the window larger; the limit follows when it's extended. */
  void grow(long bytes) {
    windowBytes = bytes;
  }
}
