package io.hypermesh.stoq.connection;

import java.nio.ByteBuffer;

/**
 * How long a connection lives on without news (RFC 9000, 10.1): the idle timeout, the PINGs that
 * keep it from running out, and the time that the handshake has. Owned by the connection's thread.
 */
final class Lifetime {
  private static final long NEVER = Long.MAX_VALUE;

  private final ConnectionState state;
  private final long handshakeDeadlineNanos;
  private long idleDeadlineNanos;
  private long keepAliveDeadlineNanos = NEVER;

  /** Something that has to be acknowledged was sent since the last packet came. */
  private boolean elicitedSinceReceived;

  private boolean received;

  Lifetime(ConnectionState state, long nowNanos) {
    this.state = state;
    this.handshakeDeadlineNanos = nowNanos + state.settings.handshakeTimeoutNanos();
    restartIdle(nowNanos);
  }

  /** An authentic packet came. */
  void onReceived(long nowNanos) {
    received = true;
    elicitedSinceReceived = false;
    restartIdle(nowNanos);
    restartKeepAlive(nowNanos);
  }

  /** A Retry came: processed, so it restarts the timer (RFC 9000, 10.1), though not authentic. */
  void onRetry(long nowNanos) {
    elicitedSinceReceived = false;
    restartIdle(nowNanos);
  }

  /** Whether an authentic packet has come at all. */
  boolean hasReceived() {
    return received;
  }

  /** A packet was sent that has to be acknowledged. */
  void onElicitingSent(long nowNanos) {
    if (!elicitedSinceReceived) {
      // The first such packet after one that came restarts the timer, later ones don't.
      elicitedSinceReceived = true;
      restartIdle(nowNanos);
    }
    restartKeepAlive(nowNanos);
  }

  private void restartIdle(long nowNanos) {
    long timeoutNanos = state.idleTimeoutNanos();
    idleDeadlineNanos = timeoutNanos == 0 ? NEVER : nowNanos + timeoutNanos;
  }

  private void restartKeepAlive(long nowNanos) {
    long afterNanos = state.settings.keepAliveNanos();
    keepAliveDeadlineNanos = afterNanos == 0 || !state.established ? NEVER : nowNanos + afterNanos;
  }

  boolean isIdleOver(long nowNanos) {
    return nowNanos >= idleDeadlineNanos;
  }

  boolean isHandshakeOver(long nowNanos) {
    return !state.established && nowNanos >= handshakeDeadlineNanos;
  }

  /** Owes a PING where it's time for one. */
  void keepAlive(long nowNanos) {
    if (nowNanos >= keepAliveDeadlineNanos) {
      state.pingOwed = true;
      keepAliveDeadlineNanos = NEVER;
    }
  }

  /** The first of its deadlines. */
  long nextDeadlineNanos() {
    long deadline = Math.min(idleDeadlineNanos, keepAliveDeadlineNanos);
    return state.established ? deadline : Math.min(deadline, handshakeDeadlineNanos);
  }

  // ---- Hibernation ----

  /** Writes what {@link #restore} needs, once the handshake is complete. */
  void save(ByteBuffer out) {
    out.putLong(idleDeadlineNanos).putLong(keepAliveDeadlineNanos);
    out.put((byte) (elicitedSinceReceived ? 1 : 0));
  }

  /** Takes over what another one knew. */
  void restore(ByteBuffer in) {
    idleDeadlineNanos = in.getLong();
    keepAliveDeadlineNanos = in.getLong();
    elicitedSinceReceived = in.get() != 0;
    received = true;
  }
}
