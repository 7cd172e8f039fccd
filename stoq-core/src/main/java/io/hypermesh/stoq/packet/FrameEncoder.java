package io.hypermesh.stoq.packet;

import java.lang.foreign.MemorySegment;

/**
 * Writes frames (RFC 9000, 19; RFC 9221). Every {@code put} returns the bytes it wrote; the caller
 * has made sure that they fit, with {@code sizeOf} where the size varies. Allocates nothing.
 * Stateless; safe for use by any thread.
 */
public final class FrameEncoder {
  /** Length in bytes of a PATH_CHALLENGE or PATH_RESPONSE. */
  public static final int PATH_FRAME_LENGTH = 1 + Long.BYTES;

  private FrameEncoder() {}

  /** Writes {@code count} PADDING frames. */
  public static int putPadding(MemorySegment buffer, long offset, int count) {
    buffer.asSlice(offset, count).fill((byte) FrameType.PADDING);
    return count;
  }

  /** Writes PING. */
  public static int putPing(MemorySegment buffer, long offset) {
    return putType(buffer, offset, FrameType.PING);
  }

  /** Writes HANDSHAKE_DONE. */
  public static int putHandshakeDone(MemorySegment buffer, long offset) {
    return putType(buffer, offset, FrameType.HANDSHAKE_DONE);
  }

  /**
   * Writes ACK with as many ranges as fit, the highest first.
   *
   * @param capacity bytes that the frame may take
   * @param ranges at least one
   * @param ackDelay as it goes on the wire: microseconds divided by 2 to the ack_delay_exponent
   * @return 0 where not even one range fits
   */
  public static int putAck(
      MemorySegment buffer, long offset, int capacity, AckRangeList ranges, long ackDelay) {
    return putAckRanges(buffer, offset, capacity, ranges, ackDelay, FrameType.ACK);
  }

  /**
   * Writes ACK with ECN counts and as many ranges as fit, the highest first.
   *
   * @param capacity bytes that the frame may take
   * @param ranges at least one
   * @param ackDelay as it goes on the wire
   * @return 0 where not even one range fits
   */
  public static int putAckEcn(
      MemorySegment buffer,
      long offset,
      int capacity,
      AckRangeList ranges,
      long ackDelay,
      long ect0Count,
      long ect1Count,
      long ecnCeCount) {
    int counts = VarInt.sizeOf(ect0Count) + VarInt.sizeOf(ect1Count) + VarInt.sizeOf(ecnCeCount);
    int length =
        putAckRanges(buffer, offset, capacity - counts, ranges, ackDelay, FrameType.ACK_ECN);
    if (length == 0) {
      return 0;
    }
    length += VarInt.put(buffer, offset + length, ect0Count);
    length += VarInt.put(buffer, offset + length, ect1Count);
    return length + VarInt.put(buffer, offset + length, ecnCeCount);
  }

  private static int putAckRanges(
      MemorySegment buffer,
      long offset,
      int capacity,
      AckRangeList ranges,
      long ackDelay,
      int type) {
    long largest = ranges.largest(0);
    long firstRange = largest - ranges.smallest(0);
    int size = 1 + VarInt.sizeOf(largest) + VarInt.sizeOf(ackDelay) + 1 + VarInt.sizeOf(firstRange);
    if (size > capacity) {
      return 0;
    }
    int extra = 0;
    for (; extra + 1 < ranges.rangeCount(); extra++) {
      // One more range can make the count itself longer.
      int countGrowth = VarInt.sizeOf(extra + 1) - VarInt.sizeOf(extra);
      int rangeSize = sizeOfRange(ranges, extra + 1) + countGrowth;
      if (size + rangeSize > capacity) {
        break;
      }
      size += rangeSize;
    }
    long at = offset + putType(buffer, offset, type);
    at += VarInt.put(buffer, at, largest);
    at += VarInt.put(buffer, at, ackDelay);
    at += VarInt.put(buffer, at, extra);
    at += VarInt.put(buffer, at, firstRange);
    for (int i = 1; i <= extra; i++) {
      at += VarInt.put(buffer, at, gapBefore(ranges, i));
      at += VarInt.put(buffer, at, ranges.largest(i) - ranges.smallest(i));
    }
    return (int) (at - offset);
  }

  private static int sizeOfRange(AckRangeList ranges, int index) {
    return VarInt.sizeOf(gapBefore(ranges, index))
        + VarInt.sizeOf(ranges.largest(index) - ranges.smallest(index));
  }

  private static long gapBefore(AckRangeList ranges, int index) {
    return ranges.smallest(index - 1) - ranges.largest(index) - 2;
  }

  /** The size of RESET_STREAM. */
  public static int sizeOfResetStream(long streamId, long applicationErrorCode, long finalSize) {
    return 1
        + VarInt.sizeOf(streamId)
        + VarInt.sizeOf(applicationErrorCode)
        + VarInt.sizeOf(finalSize);
  }

  /** Writes RESET_STREAM. */
  public static int putResetStream(
      MemorySegment buffer, long offset, long streamId, long applicationErrorCode, long finalSize) {
    int length = putTwo(buffer, offset, FrameType.RESET_STREAM, streamId, applicationErrorCode);
    return length + VarInt.put(buffer, offset + length, finalSize);
  }

  /** The size of STOP_SENDING. */
  public static int sizeOfStopSending(long streamId, long applicationErrorCode) {
    return 1 + VarInt.sizeOf(streamId) + VarInt.sizeOf(applicationErrorCode);
  }

  /** Writes STOP_SENDING. */
  public static int putStopSending(
      MemorySegment buffer, long offset, long streamId, long applicationErrorCode) {
    return putTwo(buffer, offset, FrameType.STOP_SENDING, streamId, applicationErrorCode);
  }

  /** The size of a CRYPTO frame's fields before its data. */
  public static int sizeOfCryptoHeader(long cryptoOffset, int length) {
    return 1 + VarInt.sizeOf(cryptoOffset) + VarInt.sizeOf(length);
  }

  /** Writes a CRYPTO frame's fields; the data goes right behind. */
  public static int putCryptoHeader(
      MemorySegment buffer, long offset, long cryptoOffset, int length) {
    return putTwo(buffer, offset, FrameType.CRYPTO, cryptoOffset, length);
  }

  /** The size of NEW_TOKEN. */
  public static int sizeOfNewToken(int tokenLength) {
    return 1 + VarInt.sizeOf(tokenLength) + tokenLength;
  }

  /**
   * Writes NEW_TOKEN.
   *
   * @param token at least one byte
   */
  public static int putNewToken(MemorySegment buffer, long offset, byte[] token) {
    int length = putOne(buffer, offset, FrameType.NEW_TOKEN, token.length);
    MemorySegment.copy(token, 0, buffer, Wire.BYTE, offset + length, token.length);
    return length + token.length;
  }

  /**
   * The size of a STREAM frame's fields before its data.
   *
   * @param withLength false where the data runs to the end of the packet
   */
  public static int sizeOfStreamHeader(
      long streamId, long streamOffset, int length, boolean withLength) {
    return 1
        + VarInt.sizeOf(streamId)
        + (streamOffset == 0 ? 0 : VarInt.sizeOf(streamOffset))
        + (withLength ? VarInt.sizeOf(length) : 0);
  }

  /**
   * Writes a STREAM frame's fields; the data goes right behind.
   *
   * @param withLength false where the data runs to the end of the packet
   */
  public static int putStreamHeader(
      MemorySegment buffer,
      long offset,
      long streamId,
      long streamOffset,
      int length,
      boolean fin,
      boolean withLength) {
    int type = FrameType.STREAM;
    type |= streamOffset == 0 ? 0 : FrameType.STREAM_OFFSET;
    type |= withLength ? FrameType.STREAM_LENGTH : 0;
    type |= fin ? FrameType.STREAM_FIN : 0;
    long at = offset + putOne(buffer, offset, type, streamId);
    if (streamOffset != 0) {
      at += VarInt.put(buffer, at, streamOffset);
    }
    if (withLength) {
      at += VarInt.put(buffer, at, length);
    }
    return (int) (at - offset);
  }

  /** The size of MAX_DATA. */
  public static int sizeOfMaxData(long maximumData) {
    return 1 + VarInt.sizeOf(maximumData);
  }

  /** Writes MAX_DATA. */
  public static int putMaxData(MemorySegment buffer, long offset, long maximumData) {
    return putOne(buffer, offset, FrameType.MAX_DATA, maximumData);
  }

  /** The size of MAX_STREAM_DATA. */
  public static int sizeOfMaxStreamData(long streamId, long maximumStreamData) {
    return 1 + VarInt.sizeOf(streamId) + VarInt.sizeOf(maximumStreamData);
  }

  /** Writes MAX_STREAM_DATA. */
  public static int putMaxStreamData(
      MemorySegment buffer, long offset, long streamId, long maximumStreamData) {
    return putTwo(buffer, offset, FrameType.MAX_STREAM_DATA, streamId, maximumStreamData);
  }

  /** The size of MAX_STREAMS. */
  public static int sizeOfMaxStreams(long maximumStreams) {
    return 1 + VarInt.sizeOf(maximumStreams);
  }

  /** Writes MAX_STREAMS. */
  public static int putMaxStreams(
      MemorySegment buffer, long offset, boolean bidirectional, long maximumStreams) {
    int type =
        bidirectional ? FrameType.MAX_STREAMS_BIDIRECTIONAL : FrameType.MAX_STREAMS_UNIDIRECTIONAL;
    return putOne(buffer, offset, type, maximumStreams);
  }

  /** The size of DATA_BLOCKED. */
  public static int sizeOfDataBlocked(long maximumData) {
    return 1 + VarInt.sizeOf(maximumData);
  }

  /** Writes DATA_BLOCKED. */
  public static int putDataBlocked(MemorySegment buffer, long offset, long maximumData) {
    return putOne(buffer, offset, FrameType.DATA_BLOCKED, maximumData);
  }

  /** The size of STREAM_DATA_BLOCKED. */
  public static int sizeOfStreamDataBlocked(long streamId, long maximumStreamData) {
    return 1 + VarInt.sizeOf(streamId) + VarInt.sizeOf(maximumStreamData);
  }

  /** Writes STREAM_DATA_BLOCKED. */
  public static int putStreamDataBlocked(
      MemorySegment buffer, long offset, long streamId, long maximumStreamData) {
    return putTwo(buffer, offset, FrameType.STREAM_DATA_BLOCKED, streamId, maximumStreamData);
  }

  /** The size of STREAMS_BLOCKED. */
  public static int sizeOfStreamsBlocked(long maximumStreams) {
    return 1 + VarInt.sizeOf(maximumStreams);
  }

  /** Writes STREAMS_BLOCKED. */
  public static int putStreamsBlocked(
      MemorySegment buffer, long offset, boolean bidirectional, long maximumStreams) {
    int type =
        bidirectional
            ? FrameType.STREAMS_BLOCKED_BIDIRECTIONAL
            : FrameType.STREAMS_BLOCKED_UNIDIRECTIONAL;
    return putOne(buffer, offset, type, maximumStreams);
  }

  /** The size of NEW_CONNECTION_ID. */
  public static int sizeOfNewConnectionId(
      long sequenceNumber, long retirePriorTo, ConnectionId connectionId) {
    return 1
        + VarInt.sizeOf(sequenceNumber)
        + VarInt.sizeOf(retirePriorTo)
        + 1
        + connectionId.length()
        + StatelessResetToken.LENGTH;
  }

  /**
   * Writes NEW_CONNECTION_ID.
   *
   * @param connectionId at least one byte
   */
  public static int putNewConnectionId(
      MemorySegment buffer,
      long offset,
      long sequenceNumber,
      long retirePriorTo,
      ConnectionId connectionId,
      StatelessResetToken resetToken) {
    long at = offset;
    at += putTwo(buffer, at, FrameType.NEW_CONNECTION_ID, sequenceNumber, retirePriorTo);
    buffer.set(Wire.BYTE, at, (byte) connectionId.length());
    connectionId.writeTo(buffer, at + 1);
    at += 1 + connectionId.length();
    resetToken.writeTo(buffer, at);
    return (int) (at + StatelessResetToken.LENGTH - offset);
  }

  /** The size of RETIRE_CONNECTION_ID. */
  public static int sizeOfRetireConnectionId(long sequenceNumber) {
    return 1 + VarInt.sizeOf(sequenceNumber);
  }

  /** Writes RETIRE_CONNECTION_ID. */
  public static int putRetireConnectionId(MemorySegment buffer, long offset, long sequenceNumber) {
    return putOne(buffer, offset, FrameType.RETIRE_CONNECTION_ID, sequenceNumber);
  }

  /** Writes PATH_CHALLENGE. */
  public static int putPathChallenge(MemorySegment buffer, long offset, long data) {
    buffer.set(Wire.LONG, offset + putType(buffer, offset, FrameType.PATH_CHALLENGE), data);
    return PATH_FRAME_LENGTH;
  }

  /** Writes PATH_RESPONSE. */
  public static int putPathResponse(MemorySegment buffer, long offset, long data) {
    buffer.set(Wire.LONG, offset + putType(buffer, offset, FrameType.PATH_RESPONSE), data);
    return PATH_FRAME_LENGTH;
  }

  /** The size of CONNECTION_CLOSE with a transport error. */
  public static int sizeOfConnectionClose(long errorCode, long frameType, int reasonLength) {
    return 1
        + VarInt.sizeOf(errorCode)
        + VarInt.sizeOf(frameType)
        + VarInt.sizeOf(reasonLength)
        + reasonLength;
  }

  /**
   * Writes CONNECTION_CLOSE with a transport error.
   *
   * @param reason in UTF-8
   */
  public static int putConnectionClose(
      MemorySegment buffer, long offset, long errorCode, long frameType, byte[] reason) {
    long at = offset + putTwo(buffer, offset, FrameType.CONNECTION_CLOSE, errorCode, frameType);
    return (int) (putReason(buffer, at, reason) - offset);
  }

  /** The size of CONNECTION_CLOSE with an application's error. */
  public static int sizeOfApplicationClose(long errorCode, int reasonLength) {
    return 1 + VarInt.sizeOf(errorCode) + VarInt.sizeOf(reasonLength) + reasonLength;
  }

  /**
   * Writes CONNECTION_CLOSE with an application's error.
   *
   * @param reason in UTF-8
   */
  public static int putApplicationClose(
      MemorySegment buffer, long offset, long errorCode, byte[] reason) {
    long at = offset + putOne(buffer, offset, FrameType.CONNECTION_CLOSE_APPLICATION, errorCode);
    return (int) (putReason(buffer, at, reason) - offset);
  }

  /** The size of a DATAGRAM frame's fields before its data. */
  public static int sizeOfDatagramHeader(int length, boolean withLength) {
    return 1 + (withLength ? VarInt.sizeOf(length) : 0);
  }

  /** Writes a DATAGRAM frame's fields; the data goes right behind. */
  public static int putDatagramHeader(
      MemorySegment buffer, long offset, int length, boolean withLength) {
    return withLength
        ? putOne(buffer, offset, FrameType.DATAGRAM_LENGTH, length)
        : putType(buffer, offset, FrameType.DATAGRAM);
  }

  /** The size of an ACK_FREQUENCY frame. */
  public static int sizeOfAckFrequency(
      long sequenceNumber, long threshold, long maxAckDelayMicros, long reorderingThreshold) {
    return VarInt.sizeOf(FrameType.ACK_FREQUENCY)
        + VarInt.sizeOf(sequenceNumber)
        + VarInt.sizeOf(threshold)
        + VarInt.sizeOf(maxAckDelayMicros)
        + VarInt.sizeOf(reorderingThreshold);
  }

  /** Writes an ACK_FREQUENCY frame. */
  public static int putAckFrequency(
      MemorySegment buffer,
      long offset,
      long sequenceNumber,
      long threshold,
      long maxAckDelayMicros,
      long reorderingThreshold) {
    long at = offset + VarInt.put(buffer, offset, FrameType.ACK_FREQUENCY);
    at += VarInt.put(buffer, at, sequenceNumber);
    at += VarInt.put(buffer, at, threshold);
    at += VarInt.put(buffer, at, maxAckDelayMicros);
    at += VarInt.put(buffer, at, reorderingThreshold);
    return (int) (at - offset);
  }

  /** Writes an IMMEDIATE_ACK frame: one byte. */
  public static int putImmediateAck(MemorySegment buffer, long offset) {
    return putType(buffer, offset, FrameType.IMMEDIATE_ACK);
  }

  private static long putReason(MemorySegment buffer, long at, byte[] reason) {
    long start = at + VarInt.put(buffer, at, reason.length);
    MemorySegment.copy(reason, 0, buffer, Wire.BYTE, start, reason.length);
    return start + reason.length;
  }

  private static int putType(MemorySegment buffer, long offset, int type) {
    buffer.set(Wire.BYTE, offset, (byte) type);
    return 1;
  }

  private static int putOne(MemorySegment buffer, long offset, int type, long value) {
    buffer.set(Wire.BYTE, offset, (byte) type);
    return 1 + VarInt.put(buffer, offset + 1, value);
  }

  private static int putTwo(MemorySegment buffer, long offset, int type, long first, long second) {
    int length = putOne(buffer, offset, type, first);
    return length + VarInt.put(buffer, offset + length, second);
  }
}
