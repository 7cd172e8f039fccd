package io.hypermesh.stoq.connection;

/**
 * Proof that the peer is at the other end of a path (RFC 9000, 8.2).
 *
 * <p>It guarantees: only the answer to a challenge that was sent on this path proves it; as long as
 * none comes another challenge is sent, each with other data and each later than the one before, so
 * that losing some does no harm; it ends after a time. An answer to a challenge in a datagram of
 * less than 1,200 bytes proves where the peer is, but not that the path carries QUIC: a second
 * round does that (8.2.1).
 *
 * <pre>
 *   IDLE ── start ──► RUNNING ── answer to a full datagram ──► IDLE (validated)
 *                      │  ▲ └─── no answer in time ──────────► IDLE (failed)
 *                      └──┘ answer to a short datagram: the address is valid, once more
 * </pre>
 *
 * Owned by the connection's thread.
 */
final class PathValidation {
  /** Challenges whose answers are still known; more are sent in the place of the oldest. */
  static final int CHALLENGES_MAX = 8;

  private static final long NEVER = Long.MAX_VALUE;

  /** What an answer proves. */
  enum Proof {
    /** Nothing: it answers no challenge of this path. */
    NONE,
    /** Where the peer is. */
    ADDRESS,
    /** That, and that the path carries datagrams of 1,200 bytes. */
    PATH
  }

  private final long[] challenges = new long[CHALLENGES_MAX];
  private final boolean[] full = new boolean[CHALLENGES_MAX];
  private int sent;
  private boolean running;
  private boolean owed;
  private long intervalNanos;
  private long timeoutNanos;
  private long nextNanos = NEVER;
  private long deadlineNanos = NEVER;

  /**
   * Starts, or goes on where it's running.
   *
   * @param interval until the second challenge; it doubles each time
   * @param timeout until it's given up
   */
  void start(long interval, long timeout, long nowNanos) {
    if (!running) {
      sent = 0;
      restart(interval, timeout, nowNanos);
    }
  }

  private void restart(long interval, long timeout, long nowNanos) {
    running = true;
    owed = true;
    intervalNanos = interval;
    timeoutNanos = timeout;
    nextNanos = NEVER;
    deadlineNanos = nowNanos + timeout;
  }

  void stop() {
    running = false;
    owed = false;
    nextNanos = NEVER;
    deadlineNanos = NEVER;
  }

  boolean isRunning() {
    return running;
  }

  /** Whether a PATH_CHALLENGE is to be sent. */
  boolean isOwed() {
    return owed;
  }

  /**
   * A PATH_CHALLENGE is in a packet.
   *
   * @param isFull whether its datagram has at least 1,200 bytes
   */
  void onSent(long data, boolean isFull, long nowNanos) {
    challenges[sent % CHALLENGES_MAX] = data;
    full[sent % CHALLENGES_MAX] = isFull;
    sent++;
    owed = false;
    nextNanos = nowNanos + intervalNanos;
    intervalNanos *= 2;
  }

  /** A PATH_RESPONSE came, from whatever address (8.2.3). */
  Proof onResponse(long data, long nowNanos) {
    for (int i = 0; running && i < Math.min(sent, CHALLENGES_MAX); i++) {
      if (challenges[i] == data) {
        if (full[i]) {
          stop();
          return Proof.PATH;
        }
        sent = 0;
        restart(intervalNanos, timeoutNanos, nowNanos);
        return Proof.ADDRESS;
      }
    }
    return Proof.NONE;
  }

  /** When {@link #onTimeout} is to be called; the largest long for never. */
  long nextDeadlineNanos() {
    return Math.min(nextNanos, deadlineNanos);
  }

  /** True where it's over, and nothing was proven. */
  boolean onTimeout(long nowNanos) {
    if (nowNanos >= deadlineNanos) {
      stop();
      return true;
    }
    if (nowNanos >= nextNanos) {
      nextNanos = NEVER;
      owed = true;
    }
    return false;
  }
}
