package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.packet.TransportException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The end of a connection (RFC 9000, 10).
 *
 * <pre>
 *      close, error, handshake timeout           3 PTO
 *   OPEN ────────────────► CLOSING ─────────────────────────► DRAINED
 *    │                     (answers packets with its            ▲
 *    │                      CONNECTION_CLOSE, ever more rarely)  │
 *    ├──── peer's CONNECTION_CLOSE, stateless reset ──► DRAINING ┤ 3 PTO
 *    │                                    (sends nothing)        │
 *    └──── idle timeout, version negotiation ────────────────────┘ at once
 * </pre>
 *
 * Owned by the connection's thread.
 */
final class Closing {
  /** Bytes of a reason phrase that are sent; the rest is cut off so that the frame always fits. */
  static final int REASON_BYTES_MAX = 256;

  /** Into how many silences, each worth an answer, the time of closing is divided. */
  private static final int SILENCES = 6;

  /** Where a connection is in its life. */
  enum State {
    OPEN,
    CLOSING,
    DRAINING,
    DRAINED
  }

  private State state = State.OPEN;
  private @Nullable CloseReason reason;
  private byte[] reasonBytes = new byte[0];
  private long deadlineNanos = Long.MAX_VALUE;
  private boolean frameOwed;
  private long packetsReceived;
  private long packetsForNextAnswer = 1;
  private long silenceNanos;
  private long answeredAtNanos;

  State state() {
    return state;
  }

  boolean isOpen() {
    return state == State.OPEN;
  }

  /** Why, once it isn't open any more. */
  CloseReason reason() {
    CloseReason known = reason;
    if (known == null) {
      throw new IllegalStateException("the connection is open");
    }
    return known;
  }

  /**
   * This side ends the connection and says so.
   *
   * @param lingerNanos three probe timeouts
   */
  void close(CloseReason why, long lingerNanos, long nowNanos) {
    enter(State.CLOSING, why, nowNanos + lingerNanos);
    silenceNanos = lingerNanos / SILENCES;
    reasonBytes = truncate(why.reason().getBytes(StandardCharsets.UTF_8));
    frameOwed = true;
  }

  /** The peer has ended the connection, or lost it. */
  void drain(CloseReason why, long deadline) {
    enter(State.DRAINING, why, deadline);
  }

  /** The connection is over without a word. */
  void end(CloseReason why) {
    enter(State.DRAINED, why, Long.MAX_VALUE);
  }

  private void enter(State next, CloseReason why, long deadline) {
    if (state != State.OPEN) {
      throw new IllegalStateException("couldn't close a connection that is " + state);
    }
    state = next;
    reason = why;
    deadlineNanos = deadline;
  }

  private static byte[] truncate(byte[] bytes) {
    int length = Math.min(bytes.length, REASON_BYTES_MAX);
    // Not in the middle of a character.
    while (length < bytes.length && length > 0 && (bytes[length] & 0xc0) == 0x80) {
      length--;
    }
    return Arrays.copyOf(bytes, length);
  }

  /**
   * A packet came while closing: the 1st, 2nd, 4th, 8th, … is answered, and one after a silence, so
   * that a peer which lost all the others still learns of it (10.2.1).
   */
  void onPacket(long nowNanos) {
    if (state != State.CLOSING) {
      return;
    }
    packetsReceived++;
    if (packetsReceived >= packetsForNextAnswer) {
      packetsForNextAnswer *= 2;
      frameOwed = true;
    } else if (nowNanos - answeredAtNanos >= silenceNanos) {
      frameOwed = true;
    }
  }

  /** Whether a CONNECTION_CLOSE is to be sent. */
  boolean isFrameOwed() {
    return state == State.CLOSING && frameOwed;
  }

  void onFrameSent(long nowNanos) {
    frameOwed = false;
    answeredAtNanos = nowNanos;
  }

  /** The reason phrase for the frame. */
  byte[] reasonBytes() {
    return reasonBytes;
  }

  long deadlineNanos() {
    return deadlineNanos;
  }

  /** True where the time is over and the connection is drained now. */
  boolean onTimeout(long nowNanos) {
    if (state == State.OPEN || state == State.DRAINED || nowNanos < deadlineNanos) {
      return false;
    }
    state = State.DRAINED;
    deadlineNanos = Long.MAX_VALUE;
    return true;
  }

  /** The reason that stands for a rule that the peer broke, or a failure of this side. */
  static CloseReason reasonOf(TransportException e) {
    String message = e.getMessage();
    return new CloseReason(
        CloseReason.Origin.LOCAL,
        false,
        e.errorCode(),
        e.frameType(),
        message == null ? "" : message);
  }

  /** The reason that stands for a handshake that took too long. */
  static CloseReason handshakeTimeout() {
    return silent(CloseReason.Origin.HANDSHAKE_TIMEOUT, "the handshake was not complete in time");
  }

  /** The reason that stands for something that this side has noticed on its own. */
  static CloseReason silent(CloseReason.Origin origin, String text) {
    return new CloseReason(origin, false, TransportErrorCode.NO_ERROR, 0, text);
  }
}
