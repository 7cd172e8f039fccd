package io.hypermesh.stoq.endpoint;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * How many connections an endpoint has, all its shards together, within their limit. It changes
 * when a connection comes or goes, which is rare beside what else happens to them. Safe for use by
 * any thread.
 */
final class ConnectionCount {
  private final int connectionsMax;
  private final AtomicInteger connections = new AtomicInteger();

  ConnectionCount(int connectionsMax) {
    this.connectionsMax = connectionsMax;
  }

  /** Whether there are as many as there may be. */
  boolean isFull() {
    return connections.get() >= connectionsMax;
  }

  /** Counts one more, where the limit allows it. */
  boolean tryAdd() {
    for (int now = connections.get(); now < connectionsMax; now = connections.get()) {
      if (connections.compareAndSet(now, now + 1)) {
        return true;
      }
    }
    return false;
  }

  /** Makes a connection that was counted; it isn't any more where that fails. */
  <T> T keepIfMade(Supplier<T> maker) {
    try {
      return maker.get();
    } catch (RuntimeException e) {
      remove();
      throw e;
    }
  }

  /** One is gone that was counted. */
  void remove() {
    connections.decrementAndGet();
  }

  int get() {
    return connections.get();
  }
}
