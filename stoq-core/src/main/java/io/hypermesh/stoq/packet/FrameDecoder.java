package io.hypermesh.stoq.packet;

import java.lang.foreign.MemorySegment;

/**
 * Reads the frames of a packet's payload (RFC 9000, 12.4 and 19) and hands each to a {@link
 * FrameHandler}.
 *
 * <p>Strict: what section 19 forbids within one frame ends with the error that it names, before the
 * handler sees the frame. Frames that came before the bad one have been handled; the connection
 * ends anyway. Takes work linear in the payload, whatever the bytes, and allocates only for
 * NEW_CONNECTION_ID and for errors.
 *
 * <p>Owned by one thread; may serve many connections, one packet after the other.
 */
public final class FrameDecoder {
  /** The highest number of streams of a kind that stream IDs can name. */
  public static final long STREAMS_MAX = 1L << 60;

  private final AckFrame ackFrame = new AckFrame();
  private MemorySegment buffer = MemorySegment.NULL;
  private long position;
  private long limit;
  private long type;
  private boolean ackEliciting;
  private boolean probing;

  /** Makes a decoder; it keeps nothing from one packet to the next. */
  public FrameDecoder() {}

  /**
   * Reads all frames of one packet.
   *
   * @param payload memory that holds the decrypted payload
   * @param offset where the payload starts
   * @param length bytes of payload
   * @param level the level of the packet's keys
   * @param handler gets each frame; must not call this decoder
   * @throws TransportException FRAME_ENCODING_ERROR for a malformed or unknown frame,
   *     PROTOCOL_VIOLATION for an empty payload, a frame that this level must not carry, or a frame
   *     type in a longer encoding than necessary; or what the handler throws
   */
  public void decode(
      MemorySegment payload, long offset, long length, EncryptionLevel level, FrameHandler handler)
      throws TransportException {
    if (length == 0) {
      throw new TransportException(
          TransportErrorCode.PROTOCOL_VIOLATION, 0, "a packet has no frames");
    }
    buffer = payload;
    position = offset;
    limit = offset + length;
    ackEliciting = false;
    probing = true;
    while (position < limit) {
      type = readType();
      if (!FrameType.isAllowed(type, level)) {
        throw refused(level);
      }
      ackEliciting |= FrameType.isAckEliciting(type);
      probing &= FrameType.isProbing(type);
      if (type >= FrameType.STREAM && type <= FrameType.STREAM_LAST) {
        decodeStream(handler);
      } else {
        decodeOther(handler);
      }
    }
  }

  /** Whether the last packet has to be acknowledged: it had more than ACK, PADDING and close. */
  public boolean wasAckEliciting() {
    return ackEliciting;
  }

  /** Whether the last packet had only probing frames (RFC 9000, 9.1). */
  public boolean wasProbing() {
    return probing;
  }

  private void decodeOther(FrameHandler handler) throws TransportException {
    switch ((int) type) {
      case FrameType.PADDING -> handler.onPadding(skipPadding());
      case FrameType.PING -> handler.onPing();
      case FrameType.ACK, FrameType.ACK_ECN -> {
        // The type is one byte here: a longer encoding has been refused.
        position = ackFrame.wrap(buffer, position - 1, limit);
        handler.onAck(ackFrame);
      }
      case FrameType.RESET_STREAM -> handler.onResetStream(read(), read(), read());
      case FrameType.STOP_SENDING -> handler.onStopSending(read(), read());
      case FrameType.CRYPTO -> decodeCrypto(handler);
      case FrameType.NEW_TOKEN -> decodeNewToken(handler);
      case FrameType.MAX_DATA -> handler.onMaxData(read());
      case FrameType.MAX_STREAM_DATA -> handler.onMaxStreamData(read(), read());
      case FrameType.MAX_STREAMS_BIDIRECTIONAL -> handler.onMaxStreams(true, readStreamCount());
      case FrameType.MAX_STREAMS_UNIDIRECTIONAL -> handler.onMaxStreams(false, readStreamCount());
      case FrameType.DATA_BLOCKED -> handler.onDataBlocked(read());
      case FrameType.STREAM_DATA_BLOCKED -> handler.onStreamDataBlocked(read(), read());
      case FrameType.STREAMS_BLOCKED_BIDIRECTIONAL ->
          handler.onStreamsBlocked(true, readStreamCount());
      case FrameType.STREAMS_BLOCKED_UNIDIRECTIONAL ->
          handler.onStreamsBlocked(false, readStreamCount());
      case FrameType.NEW_CONNECTION_ID -> decodeNewConnectionId(handler);
      case FrameType.RETIRE_CONNECTION_ID -> handler.onRetireConnectionId(read());
      case FrameType.PATH_CHALLENGE -> handler.onPathChallenge(readEightBytes());
      case FrameType.PATH_RESPONSE -> handler.onPathResponse(readEightBytes());
      case FrameType.CONNECTION_CLOSE, FrameType.CONNECTION_CLOSE_APPLICATION ->
          decodeConnectionClose(handler);
      case FrameType.HANDSHAKE_DONE -> handler.onHandshakeDone();
      case FrameType.IMMEDIATE_ACK -> handler.onImmediateAck();
      case FrameType.ACK_FREQUENCY -> handler.onAckFrequency(read(), read(), read(), read());
      case FrameType.DATAGRAM, FrameType.DATAGRAM_LENGTH -> decodeDatagram(handler);
      default -> throw malformed("frame type " + type + " is unknown");
    }
  }

  private void decodeStream(FrameHandler handler) throws TransportException {
    long streamId = read();
    long offset = (type & FrameType.STREAM_OFFSET) != 0 ? read() : 0;
    int length = (type & FrameType.STREAM_LENGTH) != 0 ? readLength() : (int) (limit - position);
    if (offset > VarInt.MAX - length) {
      throw malformed("STREAM ends beyond 2^62-1: offset " + offset + ", length " + length);
    }
    long dataOffset = position;
    position += length;
    boolean fin = (type & FrameType.STREAM_FIN) != 0;
    handler.onStream(streamId, offset, buffer, dataOffset, length, fin);
  }

  private void decodeCrypto(FrameHandler handler) throws TransportException {
    long offset = read();
    int length = readLength();
    if (offset > VarInt.MAX - length) {
      throw malformed("CRYPTO ends beyond 2^62-1: offset " + offset + ", length " + length);
    }
    long dataOffset = position;
    position += length;
    handler.onCrypto(offset, buffer, dataOffset, length);
  }

  private void decodeNewToken(FrameHandler handler) throws TransportException {
    int length = readLength();
    if (length == 0) {
      throw malformed("NEW_TOKEN has an empty token");
    }
    long tokenOffset = position;
    position += length;
    handler.onNewToken(buffer, tokenOffset, length);
  }

  private void decodeNewConnectionId(FrameHandler handler) throws TransportException {
    long sequenceNumber = read();
    long retirePriorTo = read();
    if (retirePriorTo > sequenceNumber) {
      throw malformed(
          "NEW_CONNECTION_ID retires prior to " + retirePriorTo + " but is " + sequenceNumber);
    }
    requireBytes(1);
    int length = buffer.get(Wire.BYTE, position) & 0xff;
    if (length < 1 || length > ConnectionId.LENGTH_MAX) {
      throw malformed("NEW_CONNECTION_ID has an ID of " + length + " bytes");
    }
    requireBytes(1L + length + StatelessResetToken.LENGTH);
    ConnectionId id = ConnectionId.of(buffer, position + 1, length);
    StatelessResetToken token = StatelessResetToken.of(buffer, position + 1 + length);
    position += 1 + length + StatelessResetToken.LENGTH;
    handler.onNewConnectionId(sequenceNumber, retirePriorTo, id, token);
  }

  private void decodeConnectionClose(FrameHandler handler) throws TransportException {
    boolean application = type == FrameType.CONNECTION_CLOSE_APPLICATION;
    long errorCode = read();
    long cause = application ? 0 : read();
    int length = readLength();
    long reasonOffset = position;
    position += length;
    handler.onConnectionClose(application, errorCode, cause, buffer, reasonOffset, length);
  }

  private void decodeDatagram(FrameHandler handler) throws TransportException {
    // The type is one byte here: a longer encoding has been refused.
    long start = position - 1;
    int length = type == FrameType.DATAGRAM_LENGTH ? readLength() : (int) (limit - position);
    long dataOffset = position;
    position += length;
    handler.onDatagram(buffer, dataOffset, length, (int) (position - start));
  }

  private long skipPadding() {
    long start = position - 1;
    while (position < limit && buffer.get(Wire.BYTE, position) == 0) {
      position++;
    }
    return position - start;
  }

  private long readType() throws TransportException {
    long start = position;
    type = buffer.get(Wire.BYTE, position) & 0x3f;
    long value = read();
    if (position - start != VarInt.sizeOf(value)) {
      throw new TransportException(
          TransportErrorCode.PROTOCOL_VIOLATION,
          value,
          "frame type " + value + " is in a longer encoding than necessary");
    }
    return value;
  }

  private long readStreamCount() throws TransportException {
    long count = read();
    if (count > STREAMS_MAX) {
      throw malformed("a stream count is over 2^60: " + count);
    }
    return count;
  }

  /** Reads a length and makes sure that as many bytes are there. */
  private int readLength() throws TransportException {
    long length = read();
    requireBytes(length);
    return (int) length;
  }

  private long readEightBytes() throws TransportException {
    requireBytes(Long.BYTES);
    long value = buffer.get(Wire.LONG, position);
    position += Long.BYTES;
    return value;
  }

  private long read() throws TransportException {
    requireBytes(1);
    int length = VarInt.lengthOf(buffer.get(Wire.BYTE, position));
    requireBytes(length);
    long value = VarInt.get(buffer, position);
    position += length;
    return value;
  }

  private void requireBytes(long count) throws TransportException {
    if (count > limit - position) {
      throw malformed(
          "frame type "
              + type
              + " is cut short: it needs "
              + count
              + " bytes where "
              + (limit - position)
              + " are left");
    }
  }

  private TransportException refused(EncryptionLevel level) {
    if (!FrameType.isKnown(type)) {
      return malformed("frame type " + type + " is unknown");
    }
    return new TransportException(
        TransportErrorCode.PROTOCOL_VIOLATION,
        type,
        "frame type " + type + " must not come in a packet of level " + level);
  }

  private TransportException malformed(String reason) {
    return new TransportException(TransportErrorCode.FRAME_ENCODING_ERROR, type, reason);
  }
}
