package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.packet.PacketHeader;
import io.hypermesh.stoq.packet.PacketNumbers;
import io.hypermesh.stoq.packet.TransportException;
import io.hypermesh.stoq.protection.PacketBatch;
import io.hypermesh.stoq.protection.PacketProtection;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * The short way in for the bulk of a transfer: datagrams that came together, each one 1-RTT packet
 * for one ID of this connection, opened in one call (RFC 9001, 5).
 *
 * <pre>
 *   prepare ──► how many are of this kind ──► receive: headers' protection off, all at once
 *                                                 │
 *        packets of the present key phase ◄───────┴───────► the first of another phase, and all
 *        opened in one call, then taken one by one          behind it: opened one by one
 * </pre>
 *
 * <p>What a packet's number is follows from the largest before the train: its sender made it long
 * enough for every packet that isn't acknowledged yet (RFC 9000, 17.1). Packets are taken in their
 * order, and each counts by itself, so that what one of them does wrong, or is forged, means for
 * the others what it would mean had each come alone. What is behind a packet that ends the
 * connection is dropped. Owned by the connection's thread.
 */
final class PacketTrain {
  /** Packets opened in one call; more come the next time. */
  static final int PACKETS_MAX = 64;

  /** What a packet has behind its ID, for its header's protection to be removed. */
  private static final int SAMPLED_BYTES =
      PacketProtection.SAMPLE_OFFSET + PacketProtection.SAMPLE_LENGTH;

  private final ConnectionState state;
  private final PacketReceiver receiver;
  private final PacketBatch batch = new PacketBatch(PACKETS_MAX);
  private @Nullable ConnectionId destination;

  PacketTrain(ConnectionState state, PacketReceiver receiver) {
    this.state = state;
    this.receiver = receiver;
  }

  /**
   * Looks at datagrams, changing none.
   *
   * @return how many at the front go this way; 0 where that isn't worth it, or not possible now
   */
  int prepare(DatagramTrain train) {
    boolean plain =
        state.closing.isOpen()
            && state.confirmed
            && state.tracing.isOff()
            && !state.oneRtt.mayBeMisnumbered();
    int idLength = state.localIds.length();
    ConnectionId id =
        plain && train.segmentLength() > idLength
            ? state.localIds.match(train.buffer(), train.start(0) + 1, idLength)
            : null;
    destination = id;
    if (id == null) {
      return 0;
    }
    batch.clear();
    int count = Math.min(train.count(), PACKETS_MAX);
    for (int i = 0; i < count && isPlain(train, i, id); i++) {
      long start = train.start(i);
      batch.addProtected(train.buffer(), start, start + 1 + idLength, train.end(i));
    }
    return batch.size() > 1 ? batch.size() : 0;
  }

  private boolean isPlain(DatagramTrain train, int index, ConnectionId id) {
    long start = train.start(index);
    if (train.end(index) - start < 1 + id.length() + SAMPLED_BYTES) {
      return false;
    }
    byte first = train.buffer().get(ValueLayout.JAVA_BYTE, start);
    return !PacketHeader.isLong(first)
        && state.quicBit.accepts(PacketHeader.fixedBit(first))
        && id.matches(train.buffer(), start + 1, id.length());
  }

  /** Takes the datagrams that were counted; they are decrypted in place. */
  PacketReceiver.Outcome receive(DatagramTrain train) throws TransportException {
    PacketProtection keys = state.oneRtt.reader();
    ConnectionId id = destination;
    if (keys == null || id == null) {
      throw new IllegalStateException("couldn't receive a train: it wasn't prepared");
    }
    int count = batch.size();
    keys.unprotectHeaders(batch);
    int together = number(train);
    batch.truncate(together);
    keys.open(batch);
    boolean any = false;
    for (int i = 0; i < count && !receiver.isOver(); i++) {
      long start = train.start(i);
      long end = train.end(i);
      boolean taken =
          i < together
              ? take(i, keys, id)
              : receiver.receiveUnprotected(train.buffer(), start, end, id);
      any |= taken;
      if (!taken && receiver.isStatelessReset(train.buffer(), start, end - start)) {
        return PacketReceiver.Outcome.STATELESS_RESET;
      }
    }
    batch.clear();
    return any ? PacketReceiver.Outcome.AUTHENTIC : PacketReceiver.Outcome.NOTHING;
  }

  /** Finds the packets' numbers, up to the first of another key phase; returns how many. */
  private int number(DatagramTrain train) {
    long largest = state.application.received().largestReceived();
    for (int i = 0; i < batch.size(); i++) {
      int numberLength = batch.packetNumberLength(i);
      byte first = train.buffer().get(ValueLayout.JAVA_BYTE, train.start(i));
      if (PacketHeader.keyPhase(first) != state.oneRtt.phase()) {
        return i;
      }
      long truncated =
          PacketNumbers.read(train.buffer(), batch.packetNumberOffset(i), numberLength);
      batch.packetNumber(i, PacketNumbers.decode(truncated, numberLength * Byte.SIZE, largest));
    }
    return batch.size();
  }

  private boolean take(int index, PacketProtection keys, ConnectionId id)
      throws TransportException {
    int length = batch.openedLength(index);
    if (length < 0) {
      state.aeadLimits.onOpenFailure(keys.suite());
      return false;
    }
    MemorySegment buffer = batch.buffer(index);
    long start = batch.headerOffset(index);
    receiver.take(
        buffer,
        start + batch.headerLength(index),
        length,
        EncryptionLevel.ONE_RTT,
        id,
        OneRttKeys.Generation.CURRENT,
        buffer.get(ValueLayout.JAVA_BYTE, start),
        batch.packetNumber(index));
    return true;
  }
}
