package io.hypermesh.stoq.stream;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Bytes that the receive windows of all connections of an endpoint may grow beyond their initial
 * sizes, and who has how much of it.
 *
 * <p>Nobody gets more than what remains for the others: with so many connections that want all they
 * can get, each ends with an equal part, and one part is always left for the next. So connections
 * that once were fast and now are idle don't keep a new one from growing. Safe for use by any
 * thread; no locks.
 */
public final class ReceiveBudget {
  private final long bytesMax;
  private final AtomicLong reserved = new AtomicLong();

  ReceiveBudget(long bytesMax) {
    this.bytesMax = bytesMax;
  }

  /**
   * Takes a part.
   *
   * @param held bytes that the caller has already
   * @param more bytes that it wants in addition
   * @return false, and nothing taken, where the others would be left with less than the caller
   */
  boolean tryReserve(long held, long more) {
    long before = reserved.get();
    while (held + more <= bytesMax - before - more) {
      if (reserved.compareAndSet(before, before + more)) {
        return true;
      }
      before = reserved.get();
    }
    return false;
  }

  /** Gives a part back. */
  void release(long bytes) {
    reserved.addAndGet(-bytes);
  }

  /** Bytes that are taken now. */
  public long reserved() {
    return reserved.get();
  }
}
