package io.hypermesh.stoq.endpoint;

import io.hypermesh.stoq.connection.Connection;
import io.hypermesh.stoq.connection.DormantConnection;
import io.hypermesh.stoq.connection.Hibernator;
import org.jspecify.annotations.Nullable;

/**
 * When to look at each connection: at its own deadline, or when it may hibernate, because nothing
 * has happened to it for a while. It wakes by itself when it is used (see {@link
 * EndpointConnection#connection}).
 *
 * <p>Hibernation costs no more than a look at a connection once in such a while; one that has
 * reason to stay awake isn't looked at again until something happens to it. However many wake at
 * once, each costs a bounded amount of work for the packet, the call or the deadline that wakes it,
 * and no more until it has hibernated again. Owned by the endpoint's thread.
 */
final class Deadlines {
  /** How long nothing has to happen to a connection until it hibernates, unless told otherwise. */
  static final long HIBERNATE_AFTER_NANOS_DEFAULT = 5_000_000_000L;

  private static final long NEVER = Long.MAX_VALUE;

  private final Hibernator hibernator;
  private final DeadlineHeap heap = new DeadlineHeap();
  private long hibernateAfterNanos = HIBERNATE_AFTER_NANOS_DEFAULT;

  Deadlines(Hibernator hibernator) {
    this.hibernator = hibernator;
  }

  void hibernateAfter(long nanos) {
    hibernateAfterNanos = nanos;
  }

  /** Something happens to a connection. */
  void onActive(EndpointConnection connection, long nowNanos) {
    connection.activeNanos = nowNanos;
    connection.restless = false;
  }

  /** The earliest of all; {@link Long#MAX_VALUE} where there is none. */
  long earliestNanos() {
    return heap.earliestNanos();
  }

  /** A connection's deadline may be another one now. */
  void update(EndpointConnection connection) {
    heap.update(connection, connection.defect == null ? deadlineNanos(connection) : NEVER);
  }

  /** A connection is forgotten. */
  void remove(EndpointConnection connection) {
    heap.remove(connection);
  }

  private long deadlineNanos(EndpointConnection connection) {
    DormantConnection dormant = connection.dormant();
    if (dormant != null) {
      return dormant.deadlineNanos();
    }
    Connection awake = connection.connection();
    long ownNanos = awake.nextDeadlineNanos();
    return connection.restless || !awake.isEstablished()
        ? ownNanos
        : Math.min(ownNanos, hibernationNanos(connection));
  }

  private long hibernationNanos(EndpointConnection connection) {
    long atNanos = connection.activeNanos + hibernateAfterNanos;
    return atNanos < 0 ? NEVER : atNanos;
  }

  /**
   * The next connection whose own deadline has come, or null; on the way those hibernate that may.
   * It has no deadline until {@link #update}, so that one which is still in the past can't keep
   * anybody asking for ever.
   */
  @Nullable EndpointConnection pollDue(long nowNanos) {
    while (heap.earliestNanos() <= nowNanos) {
      EndpointConnection due = heap.earliest();
      if (due == null) {
        break;
      }
      heap.remove(due);
      if (due.dormant() != null
          || due.defect != null
          || due.connection().nextDeadlineNanos() <= nowNanos) {
        return due;
      }
      // One that is about to be polled gets its deadline then.
      if (!due.touched && !due.ready) {
        hibernate(due, nowNanos);
        update(due);
      }
    }
    return null;
  }

  private void hibernate(EndpointConnection connection, long nowNanos) {
    if (hibernationNanos(connection) <= nowNanos) {
      DormantConnection left = hibernator.hibernate(connection.connection());
      if (left == null) {
        connection.restless = true;
      } else {
        connection.hibernate(left);
      }
    }
  }
}
