package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.packet.FrameEncoder;
import io.hypermesh.stoq.packet.PacketHeaders;
import io.hypermesh.stoq.packet.PacketNumbers;
import io.hypermesh.stoq.protection.CipherSuite;
import io.hypermesh.stoq.protection.PacketProtection;
import io.hypermesh.stoq.recovery.ReceivedPackets;
import io.hypermesh.stoq.recovery.SentPacket;
import io.hypermesh.stoq.stream.SendBuffer;
import io.hypermesh.stoq.stream.Stream;
import java.lang.foreign.MemorySegment;

/**
 * The short way out for the bulk of a transfer: full datagrams, each one packet with new bytes of
 * one stream and nothing else.
 *
 * <p>{@link PacketBuilder} asks for every datagram what all parts of the connection have to say.
 * Between two datagrams of one run nothing happens that could change the answer, so for those that
 * follow a full one it's asked once, here. Where the answer is anything but bytes of one stream,
 * and where a datagram wouldn't be full, this writes nothing, and the builder goes on. What is
 * written is what the builder would have written, byte for byte, and leaves the connection in the
 * same state.
 *
 * <p>Owned by the connection's thread.
 */
final class StreamRun {
  private final ConnectionState state;
  private final FrameWriter frames;

  StreamRun(ConnectionState state, FrameWriter frames) {
    this.state = state;
    this.frames = frames;
  }

  /** Adds as many datagrams to a run as there are of this kind now. */
  void extend(TransmitBatch batch, PacketBuilder builder, long nowNanos) {
    PacketProtection keys = state.oneRtt.writer();
    if (keys == null || !isAllThereIs(nowNanos)) {
      return;
    }
    Stream stream = state.streams.soleSender();
    if (stream == null || stream.sendBuffer().pendingOffset() == 0) {
      return;
    }
    SendBuffer data = stream.sendBuffer();
    long start = data.pendingOffset();
    long end = start + data.pendingLength(state.streams.sendEnd(stream));
    long at = start;
    for (long left = packetsLeft(keys); left > 0; left--) {
      MemorySegment space = batch.claim();
      int length = space == null ? 0 : write(space, keys, stream, at, end, builder, nowNanos);
      if (length == 0) {
        break;
      }
      at += length;
      batch.add(state.datagramBytesMax(), state.path.remote(), state.path.socket(), builder.ecn());
    }
    if (at > start) {
      state.streams.onSent(stream, start, at - start, false);
      state.datagrams.onPacket(0);
      state.recovery.onRunSent(nowNanos);
    }
  }

  /** Whether nothing but bytes of streams is to be said, all of it in datagrams like the last. */
  private boolean isAllThereIs(long nowNanos) {
    PacketSpace space = state.application;
    return state.confirmed
        && state.sendLevel(space) == EncryptionLevel.ONE_RTT
        && state.tracing.isOff()
        && state.path.isValidated()
        && state.paths.nextOwing(0) == null
        && !space.received().isAckDue(nowNanos)
        && !space.received().hasNewToAcknowledge()
        && frames.hasOnlyStreamBytes(space);
  }

  /** Packets before a key update or the end of the keys, which aren't for here. */
  private long packetsLeft(PacketProtection keys) {
    return Math.min(
        state.oneRtt.packetsToUpdate(state.sealer),
        state.aeadLimits.packetsLeft(keys, state.sealer.sealedCount(keys)));
  }

  /** Writes a datagram; returns how many of the stream's bytes it has, 0 for none. */
  private int write(
      MemorySegment space,
      PacketProtection keys,
      Stream stream,
      long offset,
      long end,
      PacketBuilder builder,
      long nowNanos) {
    int size = state.datagramBytesMax();
    PacketSpace application = state.application;
    long number = application.nextPacketNumber();
    int numberLength = PacketNumbers.encodedLength(number, application.largestAcknowledged());
    int headerLength = PacketHeaders.sizeOfShort(state.path.remoteId().id(), numberLength);
    int capacity = size - headerLength - CipherSuite.TAG_LENGTH;
    int length = capacity - FrameEncoder.sizeOfStreamHeader(stream.id(), offset, capacity, true);
    int room = (int) space.byteSize();
    if (length >= end - offset || room < size || !builder.mayGoOn(size, room, nowNanos)) {
      return 0;
    }
    int frame =
        FrameEncoder.putStreamHeader(space, headerLength, stream.id(), offset, length, false, true);
    stream.sendBuffer().copyTo(offset, space, headerLength + frame, length);
    putHeader(space, number, numberLength);
    state.sealer.add(keys, space, 0, headerLength, numberLength, frame + length, number);
    note(stream, offset, length, size, builder.ecn(), nowNanos);
    return length;
  }

  private void putHeader(MemorySegment space, long number, int numberLength) {
    PacketHeaders.putShort(
        space, 0, state.path.remoteId().id(), false, state.oneRtt.phase(), number, numberLength);
    if (state.quicBit.isClearedNext(false, state.peer)) {
      PacketHeaders.clearFixedBit(space, 0);
    }
  }

  private void note(Stream stream, long offset, int length, int size, int ecn, long nowNanos) {
    PacketSpace application = state.application;
    long number = application.takePacketNumber();
    SentPacket sent = state.recovery.acquire();
    sent.addStream(stream.id(), offset, length, false);
    sent.describe(number, size, true, true);
    if (ecn == ReceivedPackets.ECN_ECT0) {
      sent.setEcnMarked();
    }
    state.oneRtt.onSent(number);
    state.recovery.onPacketOfRunSent(application.number(), sent, nowNanos);
    if (state.packetNumberGaps.isDue(number)) {
      state.recovery.onPacketNumberSkipped(application.number(), application.takePacketNumber());
    }
    state.path.onSent(size);
  }
}
