package io.hypermesh.stoq.stream;

/**
 * The credit that we give the peer, for one stream or for all of them together (RFC 9000, 4.1 and
 * 4.2).
 *
 * <p>The limit moves with what the host has read: it is extended to a whole window above that as
 * soon as half of the window is used up, so that a peer with a full window of data never waits for
 * a reader that keeps up, and updates stay rare. Owned by the connection's thread.
 */
final class ReceiveCredit {
  private final long windowBytes;
  private long limit;
  private long used;
  private long consumed;

  ReceiveCredit(long windowBytes) {
    this.windowBytes = windowBytes;
    this.limit = windowBytes;
  }

  /** The peer may use bytes below this. */
  long limit() {
    return limit;
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

  /** Extends the limit where that is worth a frame; true where it did. */
  boolean extend() {
    if (consumed + windowBytes - limit < (windowBytes + 1) / 2) {
      return false;
    }
    limit = consumed + windowBytes;
    return true;
  }
}
