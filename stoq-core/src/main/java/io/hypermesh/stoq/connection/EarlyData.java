package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.packet.TransportParameters;
import io.hypermesh.stoq.protection.PacketProtection;
import org.jspecify.annotations.Nullable;

/**
 * The 0-RTT packets of one connection: whether there are any, and their keys (RFC 9001, 4.6 and
 * 4.9.3; RFC 9000, 17.2.3).
 *
 * <pre>
 *   client:  NONE ── ClientHello announces it ──▶ OPEN ──┬─ server accepts ──▶ ACCEPTED
 *                                                        └─ rejects, HelloRetryRequest ──▶ REJECTED
 *   server:  UNDECIDED ──┬─ accepts ──▶ ACCEPTED
 *            (or NONE)   └─ rejects, or the client announces none ──▶ REJECTED
 * </pre>
 *
 * <p>0-RTT packets share the packet numbers of 1-RTT packets. A client sends them until it has
 * 1-RTT keys, and then never again. What was rejected is sent again from the beginning of each
 * stream, in 1-RTT packets and under the server's fresh limits. A server opens them until shortly
 * after the first 1-RTT packet, for they may come out of order.
 *
 * <p>Owned by the connection's thread.
 */
final class EarlyData {
  private static final long NEVER = Long.MAX_VALUE;

  /** Where it stands. */
  enum State {
    /** There is none. */
    NONE,
    /** A server that takes early data has not decided yet; 0-RTT packets wait. */
    UNDECIDED,
    /** A client sends it and doesn't know yet whether the server takes it. */
    OPEN,
    /** The server takes it. */
    ACCEPTED,
    /** The server doesn't take it; whatever was sent has not been received. */
    REJECTED
  }

  private State state;
  private @Nullable PacketProtection write;
  private @Nullable PacketProtection read;
  private @Nullable TransportParameters remembered;
  private boolean packetIsEarly;
  private long deadlineNanos = NEVER;

  /**
   * @param expected whether a server takes early data if it is announced
   */
  EarlyData(boolean expected) {
    state = expected ? State.UNDECIDED : State.NONE;
  }

  State state() {
    return state;
  }

  /** Whether no packet with early data is sent, nor opened, any more; nor ever will be. */
  boolean isOver() {
    return write == null && read == null && !mayStillBeAccepted();
  }

  /** Whether streams may be used before the handshake is complete. */
  boolean isUsable() {
    return state == State.OPEN || state == State.ACCEPTED;
  }

  // ---- A client's ----

  /**
   * The ClientHello announces early data; it's sent from now on.
   *
   * @param limits the server's, as an earlier connection had them
   */
  void open(PacketProtection keys, TransportParameters limits) {
    state = State.OPEN;
    write = keys;
    remembered = limits;
  }

  /** The limits that hold for early data; null where there is none. */
  @Nullable TransportParameters remembered() {
    return remembered;
  }

  /** Keys that seal 0-RTT packets; null where none may be sent, or no more. */
  @Nullable PacketProtection writer() {
    return write;
  }

  /** A client has 1-RTT keys, or nobody would open its 0-RTT packets. */
  void stopSending() {
    if (write != null) {
      write.close();
      write = null;
    }
  }

  // ---- A server's ----

  /** Keys for 0-RTT packets are there. */
  void installRead(PacketProtection keys) {
    read = keys;
  }

  /** Keys that open 0-RTT packets; null where there are none, yet or any more. */
  @Nullable PacketProtection reader() {
    return read;
  }

  /** Whether a 0-RTT packet that can't be opened now may be later. */
  boolean mayStillBeAccepted() {
    return state == State.UNDECIDED;
  }

  /** The frames that come next are from a packet of this kind. */
  void packetIsEarly(boolean value) {
    packetIsEarly = value;
  }

  /** Whether the frame that is being taken came in a 0-RTT packet. */
  boolean isPacketEarly() {
    return packetIsEarly;
  }

  /** A 1-RTT packet was opened: 0-RTT packets that come later than so have no more claim. */
  void onOneRttOpened(long retainNanos, long nowNanos) {
    if (read != null && deadlineNanos == NEVER) {
      deadlineNanos = nowNanos + retainNanos;
    }
  }

  // ---- Both ----

  void accept() {
    state = State.ACCEPTED;
  }

  void reject() {
    state = State.REJECTED;
    stopSending();
  }

  /** When {@link #onTimeout} is to be called, or the largest long. */
  long deadlineNanos() {
    return deadlineNanos;
  }

  void onTimeout(long nowNanos) {
    if (nowNanos >= deadlineNanos) {
      deadlineNanos = NEVER;
      stopReceiving();
    }
  }

  private void stopReceiving() {
    if (read != null) {
      read.close();
      read = null;
    }
  }

  /** Erases the keys. */
  void close() {
    deadlineNanos = NEVER;
    stopSending();
    stopReceiving();
  }
}
