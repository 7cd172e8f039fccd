package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.packet.AckFrame;
import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.packet.FrameHandler;
import io.hypermesh.stoq.packet.FrameType;
import io.hypermesh.stoq.packet.StatelessResetToken;
import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.packet.TransportException;
import io.hypermesh.stoq.recovery.RttEstimator;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Takes the frames of authentic packets to the parts that they concern.
 *
 * <p>Frames are taken one by one; where one can't be kept without breaking a limit of ours, the
 * whole packet counts as lost: it is not acknowledged, the peer sends its content again, and taking
 * a frame twice is harmless by the protocol's design (RFC 9000, 13.3). Owned by the connection's
 * thread.
 */
final class FrameReceiver implements FrameHandler {
  /** Tokens that are taken from one server in one connection; later ones are ignored. */
  static final int NEW_TOKENS_MAX = 16;

  /** A max_ack_delay is below 2^14 ms (RFC 9000, 18.2). */
  private static final long MAX_ACK_DELAY_MICROS_LIMIT = (1L << 14) * 1_000;

  private final ConnectionState state;
  private final HandshakeDriver handshake;
  private final SentPacketFate fate;

  private PacketSpace space;
  private ConnectionId packetDestination;
  private @Nullable Path path;
  private long nowNanos;
  private boolean treatAsLost;
  private @Nullable CloseReason peerClose;
  private int newTokens;

  FrameReceiver(ConnectionState state, HandshakeDriver handshake, SentPacketFate fate) {
    this.state = state;
    this.handshake = handshake;
    this.fate = fate;
    this.space = state.initial;
    this.packetDestination = state.originalDestination;
  }

  /** Tokens that were taken, which count against their limit. */
  int newTokens() {
    return newTokens;
  }

  void newTokens(int count) {
    newTokens = count;
  }

  /** Which packet the next frames come from. */
  void begin(PacketSpace packetSpace, ConnectionId destination, @Nullable Path from, long now) {
    space = packetSpace;
    packetDestination = destination;
    path = from;
    nowNanos = now;
    treatAsLost = false;
    state.tellStreamsTime(now);
  }

  /** Whether the packet must not be acknowledged. */
  boolean isTreatedAsLost() {
    return treatAsLost;
  }

  /** Why the peer has closed the connection, or null. */
  @Nullable CloseReason peerClose() {
    return peerClose;
  }

  private static TransportException violation(int frameType, String reason) {
    return new TransportException(TransportErrorCode.PROTOCOL_VIOLATION, frameType, reason);
  }

  @Override
  public void onPing() {
    // Being acknowledged is all that it asks for.
  }

  @Override
  public void onAck(AckFrame frame) throws TransportException {
    long delayNanos = 0;
    if (space.level() == EncryptionLevel.ONE_RTT && state.peer != null) {
      delayNanos = RttEstimator.ackDelayNanos(frame.ackDelay(), state.peer.ackDelayExponent());
    }
    if (frame.largestAcknowledged() >= space.nextPacketNumber()) {
      // RFC 9000, 13.1.
      throw violation(
          FrameType.ACK, "packet " + frame.largestAcknowledged() + " was acknowledged, not sent");
    }
    state.recovery.onAckReceived(space.number(), frame, delayNanos, nowNanos, fate);
    fate.settle();
    space.onAcknowledged(frame.largestAcknowledged());
    if (space == state.application) {
      state.oneRtt.onAcknowledged(frame.largestAcknowledged());
      state.ackFrequency.consider(state.recovery, state.datagramBytesMax(), nowNanos);
    }
  }

  @Override
  public void onResetStream(long streamId, long applicationErrorCode, long finalSize)
      throws TransportException {
    state.streams.onResetStream(streamId, applicationErrorCode, finalSize, FrameType.RESET_STREAM);
  }

  @Override
  public void onStopSending(long streamId, long applicationErrorCode) throws TransportException {
    state.streams.onStopSending(streamId, applicationErrorCode, FrameType.STOP_SENDING);
  }

  @Override
  public void onCrypto(long offset, MemorySegment buffer, long dataOffset, int length)
      throws TransportException {
    treatAsLost |= !handshake.onCrypto(space, offset, buffer, dataOffset, length);
  }

  @Override
  public void onNewToken(MemorySegment buffer, long tokenOffset, int length)
      throws TransportException {
    requireClient(FrameType.NEW_TOKEN);
    if (newTokens < NEW_TOKENS_MAX) {
      newTokens++;
      byte[] token = buffer.asSlice(tokenOffset, length).toArray(ValueLayout.JAVA_BYTE);
      boolean greases = state.peer != null && state.peer.greaseQuicBit();
      state.events.add(new ConnectionEvent.NewToken(token, state.versions.current(), greases));
    }
  }

  @Override
  public void onStream(
      long streamId, long offset, MemorySegment buffer, long dataOffset, int length, boolean fin)
      throws TransportException {
    treatAsLost |=
        !state.streams.onStream(
            streamId, offset, buffer, dataOffset, length, fin, FrameType.STREAM);
    if (state.early.isPacketEarly()) {
      state.streams.noteEarly(streamId);
    }
  }

  @Override
  public void onMaxData(long maximumData) {
    state.streams.onMaxData(maximumData);
  }

  @Override
  public void onMaxStreamData(long streamId, long maximumStreamData) throws TransportException {
    state.streams.onMaxStreamData(streamId, maximumStreamData, FrameType.MAX_STREAM_DATA);
  }

  @Override
  public void onMaxStreams(boolean bidirectional, long maximumStreams) throws TransportException {
    state.streams.onMaxStreams(
        bidirectional,
        maximumStreams,
        bidirectional ? FrameType.MAX_STREAMS_BIDIRECTIONAL : FrameType.MAX_STREAMS_UNIDIRECTIONAL);
  }

  @Override
  public void onDataBlocked(long maximumData) {
    // Credit follows the reader (RFC 9000, 4.2); the peer's being blocked changes nothing.
  }

  @Override
  public void onStreamDataBlocked(long streamId, long maximumStreamData) throws TransportException {
    state.streams.onStreamDataBlocked(streamId, FrameType.STREAM_DATA_BLOCKED);
  }

  @Override
  public void onStreamsBlocked(boolean bidirectional, long maximumStreams)
      throws TransportException {
    state.streams.onStreamsBlocked(
        maximumStreams,
        bidirectional
            ? FrameType.STREAMS_BLOCKED_BIDIRECTIONAL
            : FrameType.STREAMS_BLOCKED_UNIDIRECTIONAL);
  }

  @Override
  public void onNewConnectionId(
      long sequenceNumber,
      long retirePriorTo,
      ConnectionId connectionId,
      StatelessResetToken resetToken)
      throws TransportException {
    state.remoteIds.add(sequenceNumber, retirePriorTo, connectionId, resetToken);
    state.paths.replaceRetired();
  }

  @Override
  public void onRetireConnectionId(long sequenceNumber) throws TransportException {
    state.localIds.retire(sequenceNumber, packetDestination);
  }

  @Override
  public void onPathChallenge(long data) {
    if (path != null) {
      path.oweResponse(data);
      // On the active path it asks, too, whether we are still there: more than a probe tells (RFC
      // 9000, 9.3.3).
      state.pingOwed |= path == state.path;
    }
  }

  @Override
  public void onPathResponse(long data) {
    state.paths.onResponse(data, nowNanos);
  }

  @Override
  public void onConnectionClose(
      boolean application,
      long errorCode,
      long frameType,
      MemorySegment buffer,
      long reasonOffset,
      int reasonLength) {
    if (peerClose == null) {
      int length = Math.min(reasonLength, Closing.REASON_BYTES_MAX);
      byte[] reason = buffer.asSlice(reasonOffset, length).toArray(ValueLayout.JAVA_BYTE);
      peerClose =
          new CloseReason(
              CloseReason.Origin.PEER,
              application,
              errorCode,
              frameType,
              new String(reason, StandardCharsets.UTF_8));
    }
  }

  @Override
  public void onHandshakeDone() throws TransportException {
    requireClient(FrameType.HANDSHAKE_DONE);
    state.confirm(nowNanos);
  }

  @Override
  public void onDatagram(MemorySegment buffer, long dataOffset, int length, int frameLength)
      throws TransportException {
    // RFC 9221, 3: 0 allows none at all.
    int limit = state.settings.datagramFrameBytesMax();
    if (frameLength > limit) {
      throw violation(
          FrameType.DATAGRAM,
          "a DATAGRAM frame of " + frameLength + " bytes, where " + limit + " were offered");
    }
    state.datagrams.onReceived(buffer, dataOffset, length);
    if (state.datagrams.queueReadable()) {
      state.events.add(ConnectionEvent.DATAGRAMS_READABLE);
    }
  }

  @Override
  public void onAckFrequency(
      long sequenceNumber, long threshold, long maxAckDelayMicros, long reorderingThreshold)
      throws TransportException {
    if (maxAckDelayMicros < state.settings.minAckDelayMicros()
        || maxAckDelayMicros >= MAX_ACK_DELAY_MICROS_LIMIT) {
      throw violation(
          FrameType.ACK_FREQUENCY,
          "a max_ack_delay of " + maxAckDelayMicros + " microseconds is not to be asked for");
    }
    if (sequenceNumber > state.peerAckFrequency) {
      state.peerAckFrequency = sequenceNumber;
      space.received().onAckFrequency(threshold, maxAckDelayMicros * 1_000, reorderingThreshold);
    }
  }

  @Override
  public void onImmediateAck() {
    space.received().onImmediateAck(nowNanos);
  }

  /** RFC 9000, 19.7 and 19.20: only a server sends these. */
  private void requireClient(int frameType) throws TransportException {
    if (!state.client) {
      throw violation(frameType, "a client sent frame type " + frameType);
    }
  }
}
