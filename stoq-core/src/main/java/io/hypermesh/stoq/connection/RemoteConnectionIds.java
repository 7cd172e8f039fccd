package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.FrameType;
import io.hypermesh.stoq.packet.StatelessResetToken;
import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.packet.TransportException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The connection IDs that this side sends to (RFC 9000, 5.1.1, 5.1.2 and 19.15).
 *
 * <p>Holds at most the number that was promised; an ID is retired when the peer asks for it, or
 * when another path takes a fresh one. Owned by the connection's thread.
 */
final class RemoteConnectionIds {
  /**
   * RETIRE_CONNECTION_ID frames that may be owed at once, for each ID that is kept (RFC 9000,
   * 5.1.2: at least twice the limit).
   */
  private static final int OWED_MAX_FOR_EACH = 3;

  private record Known(
      long sequenceNumber, ConnectionId id, @Nullable StatelessResetToken resetToken) {}

  private final int limit;
  private final List<Known> known = new ArrayList<>();
  private final Deque<Long> owed = new ArrayDeque<>();
  private Known active;
  private long retirePriorTo;

  /**
   * @param first what the first packets go to
   * @param limit IDs kept at most
   */
  RemoteConnectionIds(ConnectionId first, int limit) {
    this.limit = limit;
    this.active = new Known(0, first, null);
    known.add(active);
  }

  /** The ID to send to. */
  ConnectionId active() {
    return active.id();
  }

  /** The peer told the ID of the handshake, in its first packet or a Retry (RFC 9000, 7.2). */
  void replaceFirst(ConnectionId id) {
    known.remove(active);
    active = new Known(0, id, active.resetToken());
    known.add(active);
  }

  /** The stateless reset token of the handshake's ID, from the transport parameters. */
  void firstResetToken(StatelessResetToken token) {
    known.remove(active);
    active = new Known(active.sequenceNumber(), active.id(), token);
    known.add(active);
  }

  /** A NEW_CONNECTION_ID frame. */
  void add(
      long sequenceNumber, long newRetirePriorTo, ConnectionId id, StatelessResetToken resetToken)
      throws TransportException {
    if (active.id().length() == 0) {
      // RFC 9000, 19.15.
      throw violation("a peer without connection IDs can't issue one");
    }
    for (Known other : known) {
      boolean sameNumber = other.sequenceNumber() == sequenceNumber;
      if (sameNumber && other.id().equals(id)) {
        return;
      }
      if (sameNumber || other.id().equals(id)) {
        throw violation("connection ID " + sequenceNumber + " was issued with other bytes before");
      }
    }
    if (sequenceNumber < retirePriorTo) {
      // Retired before it came (19.15); told once more, for the peer can't know.
      oweRetirement(sequenceNumber);
      return;
    }
    known.add(new Known(sequenceNumber, id, resetToken));
    if (newRetirePriorTo > retirePriorTo) {
      retirePriorTo = newRetirePriorTo;
      retireOld();
    }
    if (known.size() > limit) {
      throw new TransportException(
          TransportErrorCode.CONNECTION_ID_LIMIT_ERROR,
          FrameType.NEW_CONNECTION_ID,
          "more than " + limit + " connection IDs are active");
    }
  }

  private void retireOld() throws TransportException {
    for (int i = known.size() - 1; i >= 0; i--) {
      Known old = known.get(i);
      if (old.sequenceNumber() < retirePriorTo) {
        known.remove(i);
        oweRetirement(old.sequenceNumber());
      }
    }
    if (active.sequenceNumber() < retirePriorTo) {
      active = known.getFirst();
    }
  }

  private void oweRetirement(long sequenceNumber) throws TransportException {
    if (owed.contains(sequenceNumber)) {
      return;
    }
    if (owed.size() >= limit * OWED_MAX_FOR_EACH) {
      throw new TransportException(
          TransportErrorCode.CONNECTION_ID_LIMIT_ERROR,
          FrameType.NEW_CONNECTION_ID,
          "more than " + owed.size() + " connection IDs wait to be retired");
    }
    owed.add(sequenceNumber);
  }

  private static TransportException violation(String reason) {
    return new TransportException(
        TransportErrorCode.PROTOCOL_VIOLATION, FrameType.NEW_CONNECTION_ID, reason);
  }

  /** The next sequence number that RETIRE_CONNECTION_ID is owed for, or null. It stays owed. */
  @Nullable Long peekOwed() {
    return owed.peek();
  }

  /** The frame for {@link #peekOwed()} is in a packet. */
  void onSent() {
    owed.poll();
  }

  /** A RETIRE_CONNECTION_ID frame was lost. */
  void onLost(long sequenceNumber) {
    if (!owed.contains(sequenceNumber)) {
      owed.add(sequenceNumber);
    }
  }

  boolean hasOwed() {
    return !owed.isEmpty();
  }

  /** Whether 16 bytes are the stateless reset token of an ID that is in use (RFC 9000, 10.3.1). */
  boolean isResetToken(MemorySegment buffer, long offset) {
    boolean matches = false;
    for (int i = 0; i < known.size(); i++) {
      StatelessResetToken token = known.get(i).resetToken();
      // No early exit: the time doesn't tell which one matched.
      matches |= token != null && token.matches(buffer, offset);
    }
    return matches;
  }
}
