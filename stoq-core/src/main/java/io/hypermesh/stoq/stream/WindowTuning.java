package io.hypermesh.stoq.stream;

/**
 * Receive windows that grow with what the path carries (RFC 9000, 4.2): a window whose half is used
 * up in less than two round trips may limit the peer, and is doubled.
 *
 * <pre>
 *   half of the window read ──► less than 2 round trips since the last half? ──► double it,
 *             │                                                                  up to its maximum
 *             └──────────────── otherwise leave it ───────────────► extend the limit
 * </pre>
 *
 * <p>So a window comes to hold between four and eight times what the path delivers in a round trip,
 * in as many round trips as doublings, and a reader that is slower than the path never makes it
 * grow: unread bytes stay few. The connection's window is held at one and a half times the largest
 * stream's, so that one stream at full speed leaves room for others. All growth comes out of the
 * {@link ReceiveBudget} that connections share, and goes back when the connection ends. Owned by
 * the connection's thread.
 */
final class WindowTuning {
  /**
   * A window whose half is used up in less than so many round trips is grown. It has to be more
   * than one: a peer that is held up by the window uses a half in just a round trip.
   */
  static final int ROUND_TRIPS = 2;

  /** The shortest round trip that is believed: threads take turns more slowly than light. */
  static final long ROUND_TRIP_NANOS_MIN = 1_000_000;

  private final ReceiveCredit connection;
  private final ReceiveBudget budget;
  private long held;
  private long nowNanos;
  private long roundTripNanos;

  WindowTuning(ReceiveCredit connection, ReceiveBudget budget) {
    this.connection = connection;
    this.budget = budget;
  }

  /**
   * Tells the time.
   *
   * @param roundTrip nanoseconds; 0 while it isn't known, and then no window grows
   */
  void onTime(long now, long roundTrip) {
    nowNanos = now;
    roundTripNanos = roundTrip == 0 ? 0 : Math.max(ROUND_TRIP_NANOS_MIN, roundTrip);
  }

  /** Extends the connection's limit where that is due; true where it did. */
  boolean extendConnection() {
    if (!connection.isExtensionDue()) {
      return false;
    }
    if (isFast(connection)) {
      growConnection(2 * connection.windowBytes());
    }
    connection.extend(nowNanos);
    return true;
  }

  /** Extends a stream's limit where that is due; true where it did. */
  boolean extendStream(ReceiveCredit stream, ReceiveBuffer buffer) {
    if (!stream.isExtensionDue()) {
      return false;
    }
    if (isFast(stream)) {
      long target = Math.min(2 * stream.windowBytes(), stream.windowBytesMax());
      // The stream is of no use beyond what the connection lets through.
      growConnection(target + target / 2);
      target = Math.min(target, connection.windowBytes() * 2 / 3);
      if (target > stream.windowBytes() && buffer.growWindow(target)) {
        stream.grow(target);
      }
    }
    stream.extend(nowNanos);
    return true;
  }

  private boolean isFast(ReceiveCredit credit) {
    return roundTripNanos > 0 && credit.wasExtendedWithin(ROUND_TRIPS * roundTripNanos, nowNanos);
  }

  private void growConnection(long wanted) {
    long more = Math.min(wanted, connection.windowBytesMax()) - connection.windowBytes();
    if (more > 0 && budget.tryReserve(held, more)) {
      held += more;
      connection.grow(connection.windowBytes() + more);
    }
  }

  /** The connection is over. */
  void close() {
    budget.release(held);
    held = 0;
  }
}
