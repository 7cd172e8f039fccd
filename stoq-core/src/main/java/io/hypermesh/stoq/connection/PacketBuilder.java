package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.packet.FrameEncoder;
import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.protection.CipherSuite;
import io.hypermesh.stoq.protection.PacketProtection;
import io.hypermesh.stoq.recovery.EcnValidation;
import io.hypermesh.stoq.recovery.PathMtu;
import io.hypermesh.stoq.recovery.ReceivedPackets;
import io.hypermesh.stoq.recovery.SentPacket;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;

/**
 * The way out: one datagram at a time, with a packet of each space that has something to say (RFC
 * 9000, 12.2 and 14.1).
 *
 * <p>Packets are written one behind the other and complete only when all are there, because a
 * datagram with an Initial packet is filled up to 1,200 bytes, inside its last packet. They are
 * sealed by {@link PacketSealer}, together with those of the next datagrams. What limits a
 * datagram: the path's size, the amplification limit, the congestion window (which ACKs and probes
 * may exceed, RFC 9002, 7 and 6.2.4). Owned by the connection's thread.
 */
final class PacketBuilder {
  /** No packet is worth building in less. */
  private static final int DATAGRAM_BYTES_MIN = 64;

  private final ConnectionState state;
  final FrameWriter frames;
  private final PendingPacket[] pending;
  private int count;
  private Path path;
  private int ecn;
  private boolean ackElicitingSent;
  private long pacingDeadlineNanos = Long.MAX_VALUE;

  PacketBuilder(ConnectionState state, FrameWriter frames) {
    this.state = state;
    this.frames = frames;
    this.path = state.path;
    this.pending =
        new PendingPacket[] {
          new PendingPacket(state), new PendingPacket(state), new PendingPacket(state)
        };
  }

  /** Where the last datagram goes. */
  InetSocketAddress destination() {
    return path.remote();
  }

  /** From which of our sockets the last datagram goes. */
  int socket() {
    return path.socket();
  }

  /** The ECN bits of the last datagram. */
  int ecn() {
    return ecn;
  }

  /** Whether the last datagram has to be acknowledged. */
  boolean isAckEliciting() {
    return ackElicitingSent;
  }

  /**
   * Builds the next datagram.
   *
   * @return its length, 0 where there is nothing to send now
   */
  int build(MemorySegment buffer, long offset, int capacity, long nowNanos) {
    ackElicitingSent = false;
    pacingDeadlineNanos = Long.MAX_VALUE;
    count = 0;
    path = state.path;
    ecn = ReceivedPackets.ECN_NOT_ECT;
    long allowance = path.allowance();
    int limit = (int) Math.min(Math.min(capacity, state.datagramBytesMax()), allowance);
    if (state.closing.isFrameOwed()) {
      return limit < DATAGRAM_BYTES_MIN ? 0 : buildClose(buffer, offset, limit, nowNanos);
    }
    if (!state.closing.isOpen()) {
      return 0;
    }
    state.datagrams.payloadBytesMax(state.datagramPayloadBytesMax());
    Path other = state.paths.nextOwing(DATAGRAM_BYTES_MIN);
    if (other != null && isUsable(state.application)) {
      return buildElsewhere(other, buffer, offset, capacity, nowNanos);
    }
    if (limit < DATAGRAM_BYTES_MIN || !mayStartInitial(limit)) {
      return 0;
    }
    boolean windowOpen = isWindowOpen(limit, nowNanos);
    ecn = ecnBits(nowNanos);
    int probeBytes = windowOpen ? mtuProbeBytes(capacity) : 0;
    if (probeBytes > 0) {
      return buildMtuProbe(buffer, offset, probeBytes, nowNanos);
    }
    long at = offset;
    for (PacketSpace space : state.spaces()) {
      at += writePacket(buffer, at, offset + limit, space, windowOpen, nowNanos);
    }
    if (windowOpen && !isAnyAckEliciting()) {
      state.recovery.onApplicationLimited();
    }
    if (count == 0) {
      return 0;
    }
    int length = pad(buffer, (int) (at - offset), limit);
    frames.settleChallenge(path, length, nowNanos);
    send(buffer, nowNanos);
    path.onSent(length);
    return length;
  }

  /**
   * Whether the last datagram is on the active path and as long as it can be, to be acknowledged.
   */
  boolean isFullOfStreams(int length) {
    return ackElicitingSent && path == state.path && length == state.datagramBytesMax();
  }

  /** Whether another datagram of this size may go now, with the ECN bits that the last one had. */
  boolean mayGoOn(int size, int capacity, long nowNanos) {
    return isWindowOpen(size, nowNanos) && ecnBits(nowNanos) == ecn && mtuProbeBytes(capacity) == 0;
  }

  /** Whether congestion control and pacing let a full datagram go now (RFC 9002, 7 and 7.7). */
  private boolean isWindowOpen(int limit, long nowNanos) {
    if (state.recovery.congestionWindowAvailable() < limit) {
      return false;
    }
    long earliestNanos = state.recovery.earliestSendNanos(limit, nowNanos);
    if (earliestNanos > nowNanos && state.settings.pacing()) {
      pacingDeadlineNanos = earliestNanos;
      return false;
    }
    return true;
  }

  /** Whether to mark; while that isn't proven to work, not what a probe timeout asks for. */
  private int ecnBits(long nowNanos) {
    EcnValidation validation = path.recovery().ecn();
    boolean reached = validation.isCapable() || state.recovery.probeTimeoutCount() == 0;
    return reached && validation.marks(state.recovery.probeTimeoutNanos(), nowNanos)
        ? ReceivedPackets.ECN_ECT0
        : ReceivedPackets.ECN_NOT_ECT;
  }

  /** When pacing lets the next datagram go; the largest long where it's not pacing that waits. */
  long pacingDeadlineNanos() {
    return pacingDeadlineNanos;
  }

  /** A server that may send less than 1,200 bytes can't send an Initial packet that needs them. */
  private boolean mayStartInitial(long limit) {
    return limit >= PacketReceiver.INITIAL_DATAGRAM_BYTES_MIN
        || state.writer(state.initial) == null
        || (!state.initial.crypto().hasPending() && !isProbing(state.initial));
  }

  /**
   * When an acknowledgement is due that could be sent then; the largest long for never. What can't
   * be sent, for want of keys or by the amplification limit, must not be waited for.
   */
  long ackDeadlineNanos() {
    long allowance = state.path.allowance();
    long deadline = Long.MAX_VALUE;
    if (allowance < DATAGRAM_BYTES_MIN || !mayStartInitial(allowance)) {
      return deadline;
    }
    for (PacketSpace space : state.spaces()) {
      if (isUsable(space)) {
        deadline = Math.min(deadline, space.received().ackDeadlineNanos());
      }
    }
    return deadline;
  }

  private boolean isProbing(PacketSpace space) {
    return state.recovery.probesPending(space.number()) > 0;
  }

  /**
   * A challenge doesn't wait for acknowledgements that went to the address before: the path would
   * be given up meanwhile (RFC 9000, 8.2 and 9.4).
   */
  private boolean isChallenging(PacketSpace space) {
    return space == state.application && state.path.validation().isOwed();
  }

  private boolean isUsable(PacketSpace space) {
    // 1-RTT packets only once the peer is authenticated: nothing is said before to an unknown.
    // Where early data is accepted, the resumed session says who the peer is.
    return state.writer(space) != null
        && (space != state.application || state.established || state.early.isUsable());
  }

  private int writePacket(
      MemorySegment buffer,
      long at,
      long end,
      PacketSpace space,
      boolean windowOpen,
      long nowNanos) {
    if (!isUsable(space) || state.isExhausted(space)) {
      return 0;
    }
    PendingPacket packet = pending[count];
    packet.begin(space, path, at);
    long payloadOffset = at + packet.headerLength;
    int capacity = (int) (end - payloadOffset) - CipherSuite.TAG_LENGTH;
    if (capacity < PendingPacket.SAMPLED_BYTES_MIN) {
      return 0;
    }
    SentPacket sent = state.recovery.acquire();
    boolean mayElicit = windowOpen || isProbing(space) || isChallenging(space);
    int length = frames.write(buffer, payloadOffset, capacity, space, sent, mayElicit, nowNanos);
    if (length == 0) {
      state.recovery.release(sent);
      return 0;
    }
    packet.ackEliciting = frames.isAckEliciting();
    packet.ack = frames.hasAck();
    packet.padded = false;
    packet.sent = sent;
    int padding = Math.min(packet.paddingAfter(length), capacity - length);
    if (padding > 0) {
      length += FrameEncoder.putPadding(buffer, payloadOffset + length, padding);
      packet.padded = true;
    }
    packet.payloadLength = length;
    count++;
    packet.putHeader(buffer);
    return packet.size();
  }

  /** Fills the datagram up where it has to be (14.1); returns its length. */
  private int pad(MemorySegment buffer, int length, int limit) {
    boolean needed = false;
    for (int i = 0; i < count; i++) {
      PacketSpace space = pending[i].space();
      needed |= space == state.initial && (state.client || pending[i].ackEliciting);
    }
    // A path is validated for datagrams of this size (RFC 9000, 8.2.1).
    needed |= frames.hasPathFrames();
    int padding = Math.min(PacketReceiver.INITIAL_DATAGRAM_BYTES_MIN, limit) - length;
    if (!needed || padding <= 0) {
      return length;
    }
    PendingPacket last = pending[count - 1];
    long end = last.headerOffset + last.headerLength + last.payloadLength;
    last.payloadLength += FrameEncoder.putPadding(buffer, end, padding);
    last.padded = true;
    return length + padding;
  }

  private boolean isAnyAckEliciting() {
    for (int i = 0; i < count; i++) {
      if (pending[i].ackEliciting) {
        return true;
      }
    }
    return false;
  }

  private void send(MemorySegment buffer, long nowNanos) {
    for (int i = 0; i < count; i++) {
      PendingPacket packet = pending[i];
      PacketSpace space = packet.space();
      int size = complete(buffer, packet);
      long packetNumber = space.takePacketNumber();
      if (packet.ack) {
        space.received().onAckSent();
      }
      if (packet.level == EncryptionLevel.ONE_RTT) {
        state.oneRtt.onSent(packetNumber);
      }
      SentPacket sent = packet.sent;
      if (sent != null) {
        // Padding counts against the window, too (RFC 9002, 2).
        boolean inFlight = packet.ackEliciting || packet.padded;
        sent.describe(packetNumber, size, packet.ackEliciting, inFlight);
        if (ecn == ReceivedPackets.ECN_ECT0) {
          sent.setEcnMarked();
        }
        state.recovery.onPacketSent(space.number(), sent, nowNanos);
        packet.sent = null;
      }
      if (space == state.application && state.packetNumberGaps.isDue(packetNumber)) {
        state.recovery.onPacketNumberSkipped(space.number(), space.takePacketNumber());
      }
      if (packet.ackEliciting) {
        ackElicitingSent = true;
      }
      if (space == state.handshake && state.client) {
        // RFC 9001, 4.9.1.
        state.discard(state.initial, nowNanos);
      }
    }
  }

  /** Has a packet sealed, which nothing may change any more; returns its size. */
  private int complete(MemorySegment buffer, PendingPacket packet) {
    PacketSpace space = packet.space();
    PacketProtection keys = state.writer(space);
    if (keys == null) {
      throw new IllegalStateException("no keys for " + space.level());
    }
    packet.putLength(buffer);
    state.tracing.onSealing(
        space, buffer, packet.headerOffset, packet.headerLength, packet.payloadLength, packet.sent);
    state.sealer.add(
        keys,
        buffer,
        packet.headerOffset,
        packet.headerLength,
        packet.numberLength,
        packet.payloadLength,
        space.nextPacketNumber());
    return packet.size();
  }

  // ---- Datagrams of their own ----

  /** Answers and challenges to a path that isn't used, filled up as far as allowed (8.2). */
  private int buildElsewhere(
      Path other, MemorySegment buffer, long offset, int capacity, long nowNanos) {
    path = other;
    int limit = Math.min(capacity, PacketReceiver.INITIAL_DATAGRAM_BYTES_MIN);
    limit = (int) Math.min(limit, other.allowance());
    PendingPacket packet = pending[0];
    packet.begin(state.application, path, offset);
    long payloadOffset = offset + packet.headerLength;
    int room = limit - packet.headerLength - CipherSuite.TAG_LENGTH;
    int length = frames.writePathFrames(other, buffer, payloadOffset, room);
    FrameEncoder.putPadding(buffer, payloadOffset + length, room - length);
    frames.settleChallenge(other, limit, nowNanos);
    SentPacket sent = state.recovery.acquire();
    sent.setPath(other.recovery());
    sendProbe(buffer, packet, sent, room, nowNanos);
    other.onSent(limit);
    return limit;
  }

  /** The size of the datagram that finds out whether the path carries as much; 0 for none. */
  private int mtuProbeBytes(int capacity) {
    if (!state.confirmed || !path.isValidated()) {
      return 0;
    }
    long room = Math.min(capacity, state.recovery.congestionWindowBytes());
    return path.recovery().mtu().probeBytes(room);
  }

  /** PING and padding, and nothing that would have to be sent again (14.4). */
  private int buildMtuProbe(MemorySegment buffer, long offset, int size, long nowNanos) {
    PendingPacket packet = pending[0];
    packet.begin(state.application, path, offset);
    long payloadOffset = offset + packet.headerLength;
    int room = size - packet.headerLength - CipherSuite.TAG_LENGTH;
    int length = FrameEncoder.putPing(buffer, payloadOffset);
    FrameEncoder.putPadding(buffer, payloadOffset + length, room - length);
    PathMtu mtu = path.recovery().mtu();
    mtu.onProbeSent(state.application.nextPacketNumber(), size);
    sendProbe(buffer, packet, state.recovery.acquire(), room, nowNanos);
    path.onSent(size);
    return size;
  }

  private void sendProbe(
      MemorySegment buffer,
      PendingPacket packet,
      SentPacket sent,
      int payloadLength,
      long nowNanos) {
    sent.setProbe();
    packet.payloadLength = payloadLength;
    packet.ackEliciting = true;
    packet.padded = true;
    packet.ack = false;
    packet.sent = sent;
    packet.putHeader(buffer);
    count = 1;
    send(buffer, nowNanos);
  }

  /** CONNECTION_CLOSE at every level that the peer may have keys of (RFC 9000, 10.2.3). */
  private int buildClose(MemorySegment buffer, long offset, int limit, long nowNanos) {
    long at = offset;
    long end = offset + limit;
    for (PacketSpace space : state.spaces()) {
      if (state.writer(space) == null || (space == state.application && !state.established)) {
        continue;
      }
      PendingPacket packet = pending[count];
      packet.begin(space, path, at);
      long payloadOffset = at + packet.headerLength;
      int length = writeClose(buffer, payloadOffset, end - CipherSuite.TAG_LENGTH, space);
      if (length == 0) {
        break;
      }
      packet.payloadLength = length;
      packet.ackEliciting = false;
      packet.padded = false;
      packet.ack = false;
      packet.sent = null;
      packet.putHeader(buffer);
      count++;
      at = payloadOffset + length + CipherSuite.TAG_LENGTH;
    }
    state.closing.onFrameSent(nowNanos);
    if (count == 0) {
      return 0;
    }
    int length = pad(buffer, (int) (at - offset), limit);
    for (int i = 0; i < count; i++) {
      complete(buffer, pending[i]);
      pending[i].space().takePacketNumber();
    }
    path.onSent(length);
    return length;
  }

  private int writeClose(MemorySegment buffer, long at, long end, PacketSpace space) {
    CloseReason reason = state.closing.reason();
    byte[] text = state.closing.reasonBytes();
    long errorCode = reason.errorCode();
    if (reason.application() && space == state.application) {
      return at + FrameEncoder.sizeOfApplicationClose(errorCode, text.length) > end
          ? 0
          : FrameEncoder.putApplicationClose(buffer, at, errorCode, text);
    }
    if (reason.application()) {
      // What the application says isn't for an unauthenticated peer (10.2.3).
      errorCode = TransportErrorCode.APPLICATION_ERROR;
      text = new byte[0];
    }
    return at + FrameEncoder.sizeOfConnectionClose(errorCode, reason.frameType(), text.length) > end
        ? 0
        : FrameEncoder.putConnectionClose(buffer, at, errorCode, reason.frameType(), text);
  }
}
