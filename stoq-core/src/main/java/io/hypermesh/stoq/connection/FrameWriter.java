package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.FrameEncoder;
import io.hypermesh.stoq.packet.StatelessResetToken;
import io.hypermesh.stoq.packet.TransportParameters;
import io.hypermesh.stoq.recovery.ReceivedPackets;
import io.hypermesh.stoq.recovery.SentPacket;
import io.hypermesh.stoq.stream.SendBuffer;
import io.hypermesh.stoq.stream.Stream;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Fills the payload of one packet with what its space has to say, the most urgent first:
 * acknowledgements, handshake bytes, control frames, stream data. Each frame is noted in the
 * packet's record, so that its loss or acknowledgement reaches its owner. Owned by the connection's
 * thread.
 */
final class FrameWriter {
  /**
   * Packets without anything to acknowledge after which one has a PING (RFC 9000, 13.2.4): a side
   * that only receives learns that its acknowledgements arrive, and, by a probe timeout, that the
   * peer doesn't hear it any more or lost its address. More than one, so that two idle sides don't
   * answer each other for ever.
   */
  static final int UNANSWERED_PACKETS_MAX = 16;

  /** Two bytes of type, four numbers. */
  private static final int ACK_FREQUENCY_BYTES_MAX = 2 + 4 * 8;

  private final ConnectionState state;

  private MemorySegment buffer = MemorySegment.NULL;
  private long at;
  private long end;
  private @Nullable SentPacket packet;
  private boolean ackEliciting;
  private boolean ack;
  private int unansweredPackets;
  private boolean pathFrames;
  private boolean hasChallenge;
  private long challenge;

  FrameWriter(ConnectionState state) {
    this.state = state;
  }

  /** Packets since the last one that has to be acknowledged. */
  int unansweredPackets() {
    return unansweredPackets;
  }

  void unansweredPackets(int count) {
    unansweredPackets = count;
  }

  /** Whether the last packet has to be acknowledged. */
  boolean isAckEliciting() {
    return ackEliciting;
  }

  /** Whether the last packet has an ACK frame. */
  boolean hasAck() {
    return ack;
  }

  /** Whether the last packet has a PATH_CHALLENGE or PATH_RESPONSE. */
  boolean hasPathFrames() {
    return pathFrames;
  }

  /**
   * Writes a payload.
   *
   * @param sent notes what is written
   * @param mayElicit whether frames may be written that count against the congestion window
   * @return its length, 0 where there is nothing to say
   */
  int write(
      MemorySegment target,
      long offset,
      int capacity,
      PacketSpace space,
      SentPacket sent,
      boolean mayElicit,
      long nowNanos) {
    buffer = target;
    at = offset;
    end = offset + capacity;
    packet = sent;
    ackEliciting = false;
    ack = false;
    pathFrames = false;
    boolean eliciting = mayElicit && hasContent(space);
    if (space.received().isAckDue(nowNanos)
        || (eliciting && space.received().hasNewToAcknowledge())) {
      writeAck(space, nowNanos);
    }
    if (eliciting) {
      writeCrypto(space);
      if (space == state.application) {
        writeConnectionControl();
        writeIds();
        writeTokens();
        writeStreamControl();
        writeData();
      }
      if (space == state.application
          && state.recovery.probesPending(space.number()) > 0
          && state.ackFrequency.isOffered()
          && room() > 0) {
        // The peer must not wait for more packets before it answers a probe.
        wrote(FrameEncoder.putImmediateAck(buffer, at), null);
      }
      boolean pingWanted = state.pingOwed && space == state.application;
      if (pingWanted || (!ackEliciting && state.recovery.probesPending(space.number()) > 0)) {
        writePing();
      }
    }
    if (space == state.application) {
      elicitSometimes(mayElicit);
    }
    return (int) (at - offset);
  }

  private void elicitSometimes(boolean mayElicit) {
    if (ack && !ackEliciting && ++unansweredPackets >= UNANSWERED_PACKETS_MAX && mayElicit) {
      writePing();
    }
    if (ackEliciting) {
      unansweredPackets = 0;
    }
  }

  /** Whether there is more to say than acknowledgements. */
  private boolean hasContent(PacketSpace space) {
    return hasOther(space) || (space == state.application && state.streams.hasPending());
  }

  /** Whether a space has something to say, but for acknowledgements and what streams have. */
  private boolean hasOther(PacketSpace space) {
    return state.recovery.probesPending(space.number()) > 0
        || space.crypto().hasPending()
        || (space == state.application
            && (state.pingOwed
                || state.handshakeDoneOwed
                || state.path.owes()
                || state.localIds.hasOwed()
                || state.remoteIds.hasOwed()
                || state.issuedTokens.hasOwed()
                || state.datagrams.hasPending()
                || state.ackFrequency.isOwed()));
  }

  /** Whether STREAM frames are all that there is to say, but for acknowledgements. */
  boolean hasOnlyStreamBytes(PacketSpace space) {
    return !hasOther(space) && state.streams.hasOnlyBytes();
  }

  private SentPacket packet() {
    if (packet == null) {
      throw new IllegalStateException("no packet is being written");
    }
    return packet;
  }

  private int room() {
    return (int) (end - at);
  }

  private void wrote(int length, @Nullable ControlFrame frame) {
    at += length;
    ackEliciting = true;
    if (frame != null) {
      packet().addControl(frame);
    }
  }

  private void writeAck(PacketSpace space, long nowNanos) {
    ReceivedPackets received = space.received();
    long delay = received.ackDelayField(nowNanos, TransportParameters.ACK_DELAY_EXPONENT_DEFAULT);
    int length =
        received.hasEcn()
            ? FrameEncoder.putAckEcn(
                buffer,
                at,
                room(),
                received.ranges(),
                delay,
                received.ect0Count(),
                received.ect1Count(),
                received.ceCount())
            : FrameEncoder.putAck(buffer, at, room(), received.ranges(), delay);
    if (length > 0) {
      at += length;
      ack = true;
      packet().setLargestAcknowledged(received.largestReceived());
    }
  }

  private void writePing() {
    if (room() > 0) {
      state.pingOwed = false;
      wrote(FrameEncoder.putPing(buffer, at), null);
    }
  }

  private void writeCrypto(PacketSpace space) {
    CryptoStream crypto = space.crypto();
    while (crypto.hasPending()) {
      long offset = crypto.pendingOffset();
      int length = crypto.pendingLength();
      int headerLength = FrameEncoder.sizeOfCryptoHeader(offset, Math.min(length, room()));
      length = Math.min(length, room() - headerLength);
      if (length <= 0) {
        return;
      }
      int written = FrameEncoder.putCryptoHeader(buffer, at, offset, length);
      crypto.copyTo(offset, buffer, at + written, length);
      crypto.onSent(offset, length);
      packet().addCrypto(offset, length);
      wrote(written + length, null);
    }
  }

  private void writeConnectionControl() {
    if (state.handshakeDoneOwed && room() >= 1) {
      state.handshakeDoneOwed = false;
      wrote(FrameEncoder.putHandshakeDone(buffer, at), ControlFrame.HANDSHAKE_DONE);
    }
    writePathFrames();
    writeAckFrequency();
    // Each of these frames takes at most 9 bytes.
    if (room() >= 9 && state.streams.takeMaxData()) {
      long limit = state.streams.receiveLimit();
      wrote(FrameEncoder.putMaxData(buffer, at, limit), ControlFrame.MAX_DATA);
    }
    writeStreamCounts(true);
    writeStreamCounts(false);
    if (room() >= 9 && state.streams.takeDataBlocked()) {
      long limit = state.streams.sendLimit();
      wrote(FrameEncoder.putDataBlocked(buffer, at, limit), new ControlFrame.DataBlocked(limit));
    }
  }

  private void writeAckFrequency() {
    AckFrequency frequency = state.ackFrequency;
    if (frequency.isOwed() && room() >= ACK_FREQUENCY_BYTES_MAX) {
      int length =
          FrameEncoder.putAckFrequency(
              buffer,
              at,
              frequency.nextSequence(),
              frequency.threshold(),
              frequency.delayMicros(),
              frequency.reorderingThreshold());
      long number = frequency.onSent(state.recovery);
      wrote(length, new ControlFrame.AckFrequency(number, frequency.delayMicros() * 1_000));
    }
  }

  private void writePathFrames() {
    at += writePathFrames(state.path, buffer, at, room());
  }

  /**
   * Writes what is owed to a path, whatever the packet: answers, and a challenge.
   *
   * @return their length
   */
  int writePathFrames(Path path, MemorySegment target, long offset, int capacity) {
    int length = 0;
    while (path.hasResponse() && capacity - length >= FrameEncoder.PATH_FRAME_LENGTH) {
      length += FrameEncoder.putPathResponse(target, offset + length, path.response());
      path.onResponseSent();
    }
    if (path.validation().isOwed() && capacity - length >= FrameEncoder.PATH_FRAME_LENGTH) {
      challenge = state.random.nextLong();
      hasChallenge = true;
      length += FrameEncoder.putPathChallenge(target, offset + length, challenge);
    }
    if (length > 0) {
      ackEliciting = true;
      pathFrames = true;
    }
    return length;
  }

  /** The datagram with the challenge that was written last is this long. */
  void settleChallenge(Path path, int datagramBytes, long nowNanos) {
    if (hasChallenge) {
      hasChallenge = false;
      boolean full = datagramBytes >= PacketReceiver.INITIAL_DATAGRAM_BYTES_MIN;
      path.validation().onSent(challenge, full, nowNanos);
    }
  }

  private void writeStreamCounts(boolean bidirectional) {
    if (room() >= 9 && state.streams.counts().takeMaxStreams(bidirectional)) {
      long limit = state.streams.counts().receiveLimit(bidirectional);
      wrote(
          FrameEncoder.putMaxStreams(buffer, at, bidirectional, limit),
          ControlFrame.maxStreams(bidirectional));
    }
    if (room() >= 9 && state.streams.counts().takeStreamsBlocked(bidirectional)) {
      long limit = state.streams.counts().sendLimit(bidirectional);
      wrote(
          FrameEncoder.putStreamsBlocked(buffer, at, bidirectional, limit),
          new ControlFrame.StreamsBlocked(bidirectional));
    }
  }

  private void writeIds() {
    Long retired;
    while ((retired = state.remoteIds.peekOwed()) != null
        && room() >= FrameEncoder.sizeOfRetireConnectionId(retired)) {
      state.remoteIds.onSent();
      wrote(
          FrameEncoder.putRetireConnectionId(buffer, at, retired),
          new ControlFrame.RetireConnectionId(retired));
    }
    LocalConnectionIds.Issued issued;
    while ((issued = state.localIds.peekOwed()) != null) {
      ConnectionId id = issued.id();
      long number = issued.sequenceNumber();
      long priorTo = state.localIds.retirePriorTo(issued);
      if (room() < FrameEncoder.sizeOfNewConnectionId(number, priorTo, id)) {
        return;
      }
      state.localIds.onSent();
      StatelessResetToken token = StatelessResetToken.of(state.localIds.statelessResetToken(id));
      wrote(
          FrameEncoder.putNewConnectionId(buffer, at, number, priorTo, id, token),
          new ControlFrame.NewConnectionId(number));
    }
  }

  private void writeTokens() {
    byte[] token;
    while ((token = state.issuedTokens.peekOwed()) != null
        && room() >= FrameEncoder.sizeOfNewToken(token.length)) {
      state.issuedTokens.onSent();
      wrote(FrameEncoder.putNewToken(buffer, at, token), new ControlFrame.NewToken(token));
    }
  }

  private void writeStreamControl() {
    // Each of these frames takes at most 25 bytes.
    Stream stream;
    while (room() >= 4 * 25 && (stream = state.streams.pollOwing()) != null) {
      writeOwed(stream);
    }
  }

  private void writeOwed(Stream stream) {
    long id = stream.id();
    if (stream.owes(Stream.OWES_RESET)) {
      int length =
          FrameEncoder.putResetStream(buffer, at, id, stream.resetCode(), stream.resetFinalSize());
      settle(stream, Stream.OWES_RESET, length);
    }
    if (stream.owes(Stream.OWES_STOP_SENDING)) {
      int length = FrameEncoder.putStopSending(buffer, at, id, stream.stopSendingCode());
      settle(stream, Stream.OWES_STOP_SENDING, length);
    }
    if (stream.owes(Stream.OWES_MAX_STREAM_DATA)) {
      int length = FrameEncoder.putMaxStreamData(buffer, at, id, stream.receiveLimit());
      settle(stream, Stream.OWES_MAX_STREAM_DATA, length);
    }
    if (stream.owes(Stream.OWES_STREAM_DATA_BLOCKED)) {
      int length = FrameEncoder.putStreamDataBlocked(buffer, at, id, stream.sendLimit());
      settle(stream, Stream.OWES_STREAM_DATA_BLOCKED, length);
    }
  }

  private void settle(Stream stream, int frame, int length) {
    stream.settle(frame);
    wrote(length, new ControlFrame.OfStream(stream, frame));
  }

  /** Datagrams and streams take turns at being first, so that neither starves the other. */
  private void writeData() {
    int carried = 0;
    if (state.datagrams.yields()) {
      writeStreams();
      carried = writeDatagrams();
    } else {
      carried = writeDatagrams();
      writeStreams();
    }
    state.datagrams.onPacket(carried);
    packet().setDatagramCount(carried);
  }

  /** Writes the datagrams that fit; returns how many. */
  private int writeDatagrams() {
    int carried = 0;
    while (state.datagrams.hasPending()) {
      int length = state.datagrams.pendingLength();
      boolean withLength = FrameEncoder.sizeOfDatagramHeader(length, true) + length <= room();
      int size = FrameEncoder.sizeOfDatagramHeader(length, withLength) + length;
      if (size > room()) {
        break;
      }
      if (!withLength) {
        // It has to end with the packet, for want of room to say where it ends (RFC 9221, 4).
        at += FrameEncoder.putPadding(buffer, at, room() - size);
      }
      int written = FrameEncoder.putDatagramHeader(buffer, at, length, withLength);
      state.datagrams.takePending(buffer, at + written);
      wrote(size, null);
      carried++;
    }
    if (carried > 0 && state.datagrams.takeWritable() && state.datagrams.queueWritable()) {
      state.events.add(ConnectionEvent.DATAGRAMS_WRITABLE);
    }
    return carried;
  }

  private void writeStreams() {
    Stream stream;
    while ((stream = state.streams.peekSender()) != null) {
      SendBuffer data = stream.sendBuffer();
      long offset = data.pendingOffset();
      long available = data.pendingLength(state.streams.sendEnd(stream));
      int headerLength =
          FrameEncoder.sizeOfStreamHeader(
              stream.id(), offset, (int) Math.min(available, room()), true);
      int length = (int) Math.min(available, room() - headerLength);
      if (length < 0 || (length == 0 && available > 0)) {
        return;
      }
      boolean fin = data.finAt(offset + length);
      int written =
          FrameEncoder.putStreamHeader(buffer, at, stream.id(), offset, length, fin, true);
      data.copyTo(offset, buffer, at + written, length);
      state.streams.onSent(stream, offset, length, fin);
      packet().addStream(stream.id(), offset, length, fin);
      wrote(written + length, null);
      if (length < available) {
        // The packet is full: the next one is another stream's.
        state.streams.endTurn(stream);
        return;
      }
    }
  }
}
