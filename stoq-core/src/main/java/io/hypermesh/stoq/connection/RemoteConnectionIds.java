package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.FrameType;
import io.hypermesh.stoq.packet.StatelessResetToken;
import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.packet.TransportException;
import io.hypermesh.stoq.stream.RangeSet;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The connection IDs that this side sends to (RFC 9000, 5.1.1, 5.1.2 and 19.15).
 *
 * <p>Holds at most the number that was promised; an ID is retired when the peer asks for it, or
 * when another path takes a fresh one. Owned by the connection's thread.
 */
final class RemoteConnectionIds {
  /**
   * RETIRE_CONNECTION_ID frames that the peer may leave unacknowledged at once, for each ID that is
   * kept (RFC 9000, 5.1.2: at least twice the limit).
   */
  private static final int OWED_MAX_FOR_EACH = 3;

  /**
   * Gaps between the numbers that the peer has given: they go up by one (5.1.1), and only what was
   * lost on the way leaves one for a while.
   */
  static final int GAPS_MAX = 64;

  /** One ID, with who uses it. */
  static final class Known {
    private final long sequenceNumber;
    private ConnectionId id;
    private @Nullable StatelessResetToken resetToken;
    private boolean used;
    private boolean retired;

    private Known(long sequenceNumber, ConnectionId id, @Nullable StatelessResetToken resetToken) {
      this.sequenceNumber = sequenceNumber;
      this.id = id;
      this.resetToken = resetToken;
    }

    ConnectionId id() {
      return id;
    }

    long sequenceNumber() {
      return sequenceNumber;
    }

    /** Who resets the connection sends this, if it's known. */
    @Nullable StatelessResetToken resetToken() {
      return resetToken;
    }

    /** Whether nothing may be sent to it any more. */
    boolean isRetired() {
      return retired;
    }
  }

  private final int limit;
  private final List<Known> known = new ArrayList<>();
  private final Deque<Long> owed = new ArrayDeque<>();

  /** Retired by us, and the peer hasn't acknowledged that. */
  private final Set<Long> retiring = new HashSet<>();

  /** Every number that was ever given: an ID that was retired isn't taken a second time. */
  private final RangeSet given = new RangeSet(GAPS_MAX);

  private Known active;
  private long retirePriorTo;

  /**
   * @param first what the first packets go to
   * @param limit IDs kept at most
   */
  RemoteConnectionIds(ConnectionId first, int limit) {
    this.limit = limit;
    this.active = new Known(0, first, null);
    active.used = true;
    known.add(active);
    given.add(0, 1);
  }

  /** Goes on where another one was quiet that has been saved. */
  RemoteConnectionIds(int limit, ByteBuffer saved) {
    this.limit = limit;
    this.retirePriorTo = saved.getLong();
    int count = saved.get();
    int activeIndex = saved.get();
    for (int i = 0; i < count; i++) {
      Known id = new Known(saved.getLong(), SavedIds.get(saved), SavedIds.getToken(saved));
      id.used = saved.get() != 0;
      known.add(id);
    }
    this.active = known.get(activeIndex);
    given.restore(saved);
  }

  /** Whether the peer is to be told nothing, and has acknowledged what it was told. */
  boolean isQuiet() {
    return owed.isEmpty() && retiring.isEmpty() && known.contains(active);
  }

  /** Writes what the constructor needs. */
  void save(ByteBuffer out) {
    out.putLong(retirePriorTo).put((byte) known.size()).put((byte) known.indexOf(active));
    for (Known id : known) {
      out.putLong(id.sequenceNumber);
      SavedIds.put(out, id.id);
      SavedIds.putToken(out, id.resetToken);
      out.put((byte) (id.used ? 1 : 0));
    }
    given.save(out);
  }

  /** The ID to send to. */
  ConnectionId active() {
    return active.id;
  }

  /** The same, with its number. */
  Known current() {
    return active;
  }

  /** From now on packets go to this one. */
  void use(Known id) {
    active = id;
  }

  /**
   * An ID that was never used, for another path, so that nobody can link the two (9.5); null where
   * there is none. A peer whose IDs are empty has only that one.
   */
  @Nullable Known takeFresh() {
    if (active.id.length() == 0) {
      return active;
    }
    for (int i = 0; i < known.size(); i++) {
      if (!known.get(i).used) {
        known.get(i).used = true;
        return known.get(i);
      }
    }
    return null;
  }

  /** The ID of the preferred address, which has number 1; null where the peer has retired it. */
  @Nullable Known take(long sequenceNumber) {
    for (Known candidate : known) {
      if (candidate.sequenceNumber == sequenceNumber) {
        candidate.used = true;
        return candidate;
      }
    }
    return null;
  }

  /**
   * No path uses this one any more: the peer may give another for it. It's kept, unused, where the
   * peer has left too many of these wishes unacknowledged.
   */
  void retire(Known id) {
    if (id.id.length() > 0 && retiring.size() < retiringMax() && known.remove(id)) {
      id.retired = true;
      retiring.add(id.sequenceNumber);
      owed.add(id.sequenceNumber);
    }
  }

  private int retiringMax() {
    return limit * OWED_MAX_FOR_EACH;
  }

  /** The peer told the ID of the handshake, in its first packet or a Retry (RFC 9000, 7.2). */
  void replaceFirst(ConnectionId id) {
    active.id = id;
  }

  /** The stateless reset token of the handshake's ID, from the transport parameters. */
  void firstResetToken(StatelessResetToken token) {
    active.resetToken = token;
  }

  /** The ID of the preferred address, from the transport parameters (5.1.1: its number is 1). */
  void addPreferred(ConnectionId id, StatelessResetToken resetToken) {
    known.add(new Known(1, id, resetToken));
    given.add(1, 2);
  }

  /** A NEW_CONNECTION_ID frame. */
  void add(
      long sequenceNumber, long newRetirePriorTo, ConnectionId id, StatelessResetToken resetToken)
      throws TransportException {
    if (active.id.length() == 0) {
      // RFC 9000, 19.15.
      throw violation("a peer without connection IDs can't issue one");
    }
    for (Known other : known) {
      boolean sameNumber = other.sequenceNumber == sequenceNumber;
      if (sameNumber && other.id.equals(id)) {
        return;
      }
      if (sameNumber || other.id.equals(id)) {
        throw violation("connection ID " + sequenceNumber + " was issued with other bytes before");
      }
    }
    if (sequenceNumber < retirePriorTo) {
      // Retired before it came (19.15); told once more, for the peer can't know.
      oweRetirement(sequenceNumber);
      return;
    }
    if (given.contains(sequenceNumber, sequenceNumber + 1)) {
      // Retired by us: the frame was sent again before the peer knew that (19.15).
      return;
    }
    if (!given.add(sequenceNumber, sequenceNumber + 1)) {
      throw new TransportException(
          TransportErrorCode.CONNECTION_ID_LIMIT_ERROR,
          FrameType.NEW_CONNECTION_ID,
          "the numbers of connection IDs have more than " + GAPS_MAX + " gaps");
    }
    known.add(new Known(sequenceNumber, id, resetToken));
    if (newRetirePriorTo > retirePriorTo) {
      retirePriorTo = newRetirePriorTo;
      given.add(0, retirePriorTo);
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
      if (old.sequenceNumber < retirePriorTo) {
        known.remove(i);
        old.retired = true;
        oweRetirement(old.sequenceNumber);
      }
    }
    if (active.retired) {
      Known fresh = takeFresh();
      active = fresh == null ? known.getFirst() : fresh;
    }
  }

  private void oweRetirement(long sequenceNumber) throws TransportException {
    if (!retiring.add(sequenceNumber)) {
      return;
    }
    if (retiring.size() > retiringMax()) {
      throw new TransportException(
          TransportErrorCode.CONNECTION_ID_LIMIT_ERROR,
          FrameType.NEW_CONNECTION_ID,
          "more than " + retiringMax() + " connection IDs wait to be retired");
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

  /** The peer has received a RETIRE_CONNECTION_ID frame. */
  void onAcknowledged(long sequenceNumber) {
    retiring.remove(sequenceNumber);
    owed.remove(sequenceNumber);
  }

  /** A RETIRE_CONNECTION_ID frame was lost. */
  void onLost(long sequenceNumber) {
    if (retiring.contains(sequenceNumber) && !owed.contains(sequenceNumber)) {
      owed.add(sequenceNumber);
    }
  }

  boolean hasOwed() {
    return !owed.isEmpty();
  }

  /**
   * Whether 16 bytes are the stateless reset token of an ID that is in use (RFC 9000, 10.3.1): one
   * that was never sent to isn't, for the peer can't have lost what came for it.
   */
  boolean isResetToken(MemorySegment buffer, long offset) {
    boolean matches = false;
    for (int i = 0; i < known.size(); i++) {
      Known id = known.get(i);
      StatelessResetToken token = id.used ? id.resetToken : null;
      // No early exit: the time doesn't tell which one matched.
      matches |= token != null && token.matches(buffer, offset);
    }
    return matches;
  }
}
