package io.hypermesh.stoq.packet;

import java.lang.foreign.MemorySegment;

/**
 * Takes the frames of one packet in their order, from {@link FrameDecoder}. The arguments are valid
 * in themselves (ranges, lengths, levels); what they mean for the state of the connection is for
 * the handler to judge. Buffers and the {@link AckFrame} may only be used until the method returns.
 *
 * <p>NEW_TOKEN and HANDSHAKE_DONE come from servers only: a server's handler refuses them with
 * PROTOCOL_VIOLATION (RFC 9000, 19.7 and 19.20).
 */
public interface FrameHandler {
  /** PADDING; {@code length} such frames in a row. */
  default void onPadding(long length) throws TransportException {}

  /** PING. */
  void onPing() throws TransportException;

  /** ACK, with or without ECN counts; its first range has not been read yet. */
  void onAck(AckFrame frame) throws TransportException;

  /** RESET_STREAM. */
  void onResetStream(long streamId, long applicationErrorCode, long finalSize)
      throws TransportException;

  /** STOP_SENDING. */
  void onStopSending(long streamId, long applicationErrorCode) throws TransportException;

  /** CRYPTO; {@code offset + length} is at most 2<sup>62</sup> - 1. */
  void onCrypto(long offset, MemorySegment buffer, long dataOffset, int length)
      throws TransportException;

  /** NEW_TOKEN; at least one byte. */
  void onNewToken(MemorySegment buffer, long tokenOffset, int length) throws TransportException;

  /** STREAM; {@code offset + length} is at most 2<sup>62</sup> - 1. */
  void onStream(
      long streamId, long offset, MemorySegment buffer, long dataOffset, int length, boolean fin)
      throws TransportException;

  /** MAX_DATA. */
  void onMaxData(long maximumData) throws TransportException;

  /** MAX_STREAM_DATA. */
  void onMaxStreamData(long streamId, long maximumStreamData) throws TransportException;

  /** MAX_STREAMS; at most 2<sup>60</sup>. */
  void onMaxStreams(boolean bidirectional, long maximumStreams) throws TransportException;

  /** DATA_BLOCKED. */
  void onDataBlocked(long maximumData) throws TransportException;

  /** STREAM_DATA_BLOCKED. */
  void onStreamDataBlocked(long streamId, long maximumStreamData) throws TransportException;

  /** STREAMS_BLOCKED; at most 2<sup>60</sup>. */
  void onStreamsBlocked(boolean bidirectional, long maximumStreams) throws TransportException;

  /** NEW_CONNECTION_ID; the ID has 1 to 20 bytes, and {@code retirePriorTo <= sequenceNumber}. */
  void onNewConnectionId(
      long sequenceNumber,
      long retirePriorTo,
      ConnectionId connectionId,
      StatelessResetToken resetToken)
      throws TransportException;

  /** RETIRE_CONNECTION_ID. */
  void onRetireConnectionId(long sequenceNumber) throws TransportException;

  /** PATH_CHALLENGE; its eight bytes as a number. */
  void onPathChallenge(long data) throws TransportException;

  /** PATH_RESPONSE; its eight bytes as a number. */
  void onPathResponse(long data) throws TransportException;

  /**
   * CONNECTION_CLOSE.
   *
   * @param application whether the error code is the application's
   * @param frameType the frame that caused a transport error, 0 where unknown or of the application
   */
  void onConnectionClose(
      boolean application,
      long errorCode,
      long frameType,
      MemorySegment buffer,
      long reasonOffset,
      int reasonLength)
      throws TransportException;

  /** HANDSHAKE_DONE. */
  void onHandshakeDone() throws TransportException;

  /**
   * DATAGRAM (RFC 9221).
   *
   * @param frameLength bytes of the whole frame, its type and length fields included
   */
  void onDatagram(MemorySegment buffer, long dataOffset, int length, int frameLength)
      throws TransportException;

  /**
   * ACK_FREQUENCY (draft-ietf-quic-ack-frequency-14, 4).
   *
   * @param threshold ack-eliciting packets that need no acknowledgement yet
   * @param maxAckDelayMicros the max_ack_delay that is asked for, in microseconds
   * @param reorderingThreshold how far out of order packets may come; 0 for any
   */
  void onAckFrequency(
      long sequenceNumber, long threshold, long maxAckDelayMicros, long reorderingThreshold)
      throws TransportException;

  /** IMMEDIATE_ACK (draft-ietf-quic-ack-frequency-14, 5). */
  void onImmediateAck() throws TransportException;
}
