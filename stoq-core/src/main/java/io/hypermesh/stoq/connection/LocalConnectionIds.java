package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.FrameType;
import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.packet.TransportException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The connection IDs that the peer sends to (RFC 9000, 5.1.1 and 5.1.2).
 *
 * <p>The peer always has as many as it is willing to keep, up to {@link #ACTIVE_MAX}: one that it
 * retires is replaced. Owned by the connection's thread.
 */
final class LocalConnectionIds {
  /** IDs that are in the peer's hands at once, however many it would take. */
  static final int ACTIVE_MAX = 4;

  /** One ID with its number. */
  record Issued(long sequenceNumber, ConnectionId id) {}

  private final ConnectionIdSource source;
  private final Consumer<ConnectionEvent> events;
  private final List<Issued> active = new ArrayList<>(ACTIVE_MAX);
  private final Deque<Long> owed = new ArrayDeque<>();
  private final ConnectionId first;
  private long retirePriorTo;
  private @Nullable ConnectionId alias;
  private @Nullable ConnectionId preferred;
  private long nextSequenceNumber;

  /** The peer was told the IDs with lower numbers than this. */
  private long toldEnd = 1;

  private int peerLimit = 1;

  LocalConnectionIds(ConnectionIdSource source, Consumer<ConnectionEvent> events) {
    this.source = source;
    this.events = events;
    this.first = issue();
  }

  /** Goes on where another one was quiet that has been saved. */
  LocalConnectionIds(
      ConnectionIdSource source, Consumer<ConnectionEvent> events, ByteBuffer saved) {
    this.source = source;
    this.events = events;
    this.nextSequenceNumber = saved.getLong();
    this.retirePriorTo = saved.getLong();
    this.toldEnd = saved.getLong();
    this.peerLimit = saved.get();
    for (int i = saved.get(); i > 0; i--) {
      active.add(new Issued(saved.getLong(), SavedIds.get(saved)));
    }
    this.first = active.getFirst().id();
  }

  /** Whether the peer is to be told nothing, and the ID that a client made up is done with. */
  boolean isQuiet() {
    return owed.isEmpty() && alias == null && !active.isEmpty();
  }

  /** Writes what the constructor needs. */
  void save(ByteBuffer out) {
    out.putLong(nextSequenceNumber).putLong(retirePriorTo).putLong(toldEnd);
    out.put((byte) peerLimit).put((byte) active.size());
    for (Issued issued : active) {
      out.putLong(issued.sequenceNumber());
      SavedIds.put(out, issued.id());
    }
  }

  /** The ID of the handshake, with sequence number 0; after it any. */
  ConnectionId first() {
    return first;
  }

  /** Takes packets to an ID that the client made up, too, until it learns a real one. */
  void alias(ConnectionId id) {
    alias = id;
  }

  /** No packet to the client's made-up ID is expected any more. */
  void retireAlias() {
    if (alias != null) {
      events.accept(new ConnectionEvent.ConnectionIdRetired(alias));
      alias = null;
    }
  }

  int length() {
    return source.length();
  }

  byte[] statelessResetToken(ConnectionId id) {
    return source.statelessResetToken(id);
  }

  /** The ID of this connection that these bytes are, or null; allocates nothing. */
  @Nullable ConnectionId match(MemorySegment buffer, long offset, int length) {
    for (int i = 0; i < active.size(); i++) {
      ConnectionId id = active.get(i).id();
      if (id.matches(buffer, offset, length)) {
        return id;
      }
    }
    return alias != null && alias.matches(buffer, offset, length) ? alias : null;
  }

  /**
   * The ID for a preferred address, which the transport parameters tell; its number is 1. The same
   * one again where they are made anew because the version has changed.
   */
  ConnectionId preferred() {
    if (preferred == null) {
      if (nextSequenceNumber != 1) {
        throw new IllegalStateException("couldn't give number 1 to an ID: it was given already");
      }
      preferred = issue();
      toldEnd = 2;
    }
    return preferred;
  }

  /** The peer keeps that many IDs: issues as many. */
  void peerLimit(long activeConnectionIdLimit) {
    peerLimit = (int) Math.min(ACTIVE_MAX, activeConnectionIdLimit);
    replenish();
  }

  /**
   * Replaces every ID that the peer has, for example because an observer may know them (5.1.2): it
   * gets as many others, and is asked to retire those before.
   *
   * @return false where it hasn't retired all of those that it was asked to before
   */
  boolean rotate() {
    int count = active.size();
    for (Issued issued : active) {
      if (issued.sequenceNumber() < retirePriorTo) {
        return false;
      }
    }
    retirePriorTo = nextSequenceNumber;
    for (int i = 0; i < count; i++) {
      issue();
      owed.add(nextSequenceNumber - 1);
    }
    return true;
  }

  /** The Retire Prior To field of the frame for an ID (19.15). */
  long retirePriorTo(Issued issued) {
    return Math.min(retirePriorTo, issued.sequenceNumber());
  }

  private void replenish() {
    while (active.size() < peerLimit) {
      issue();
      owed.add(nextSequenceNumber - 1);
    }
  }

  private ConnectionId issue() {
    ConnectionId id = source.next();
    active.add(new Issued(nextSequenceNumber++, id));
    events.accept(new ConnectionEvent.ConnectionIdIssued(id, source.statelessResetToken(id)));
    return id;
  }

  /**
   * A RETIRE_CONNECTION_ID frame came in a packet to {@code packetId} (RFC 9000, 19.16). Only what
   * was sent can be retired: else one packet of such frames would have hundreds of IDs made.
   */
  void retire(long sequenceNumber, @Nullable ConnectionId packetId) throws TransportException {
    if (sequenceNumber >= toldEnd) {
      throw new TransportException(
          TransportErrorCode.PROTOCOL_VIOLATION,
          FrameType.RETIRE_CONNECTION_ID,
          "connection ID " + sequenceNumber + " was never issued");
    }
    Issued found = find(sequenceNumber);
    if (found == null) {
      return;
    }
    if (packetId != null && found.id().equals(packetId)) {
      throw new TransportException(
          TransportErrorCode.PROTOCOL_VIOLATION,
          FrameType.RETIRE_CONNECTION_ID,
          "connection ID " + sequenceNumber + " is retired by a packet that was sent to it");
    }
    active.remove(found);
    owed.remove(sequenceNumber);
    events.accept(new ConnectionEvent.ConnectionIdRetired(found.id()));
    replenish();
  }

  private @Nullable Issued find(long sequenceNumber) {
    for (Issued issued : active) {
      if (issued.sequenceNumber() == sequenceNumber) {
        return issued;
      }
    }
    return null;
  }

  /** The next ID that a NEW_CONNECTION_ID frame is owed for, or null. It stays owed. */
  @Nullable Issued peekOwed() {
    Long sequenceNumber = owed.peek();
    return sequenceNumber == null ? null : find(sequenceNumber);
  }

  /** The frame for {@link #peekOwed()} is in a packet. */
  void onSent() {
    Long sequenceNumber = owed.poll();
    if (sequenceNumber != null) {
      toldEnd = Math.max(toldEnd, sequenceNumber + 1);
    }
  }

  /** A NEW_CONNECTION_ID frame was lost. */
  void onLost(long sequenceNumber) {
    if (find(sequenceNumber) != null && !owed.contains(sequenceNumber)) {
      owed.add(sequenceNumber);
    }
  }

  boolean hasOwed() {
    return !owed.isEmpty();
  }

  /** The connection is gone, and its IDs with it. */
  void retireAll() {
    retireAlias();
    for (Issued issued : active) {
      events.accept(new ConnectionEvent.ConnectionIdRetired(issued.id()));
    }
    active.clear();
    owed.clear();
  }
}
