package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.stream.Stream;

/**
 * Frames other than STREAM, CRYPTO and ACK that a packet carried, as far as their loss or
 * acknowledgement matters (RFC 9000, 13.3). A lost frame is not repeated as it was: what it said is
 * said again, with the newest value, if it's still of use.
 */
sealed interface ControlFrame {
  /** MAX_DATA. */
  record MaxData() implements ControlFrame {}

  /** DATA_BLOCKED. */
  record DataBlocked(long limit) implements ControlFrame {}

  /** MAX_STREAMS. */
  record MaxStreams(boolean bidirectional) implements ControlFrame {}

  /** STREAMS_BLOCKED. */
  record StreamsBlocked(boolean bidirectional) implements ControlFrame {}

  /** A frame that a stream owed, as one of its {@code OWES_…}. */
  record OfStream(Stream stream, int frame) implements ControlFrame {}

  /** NEW_CONNECTION_ID with this sequence number. */
  record NewConnectionId(long sequenceNumber) implements ControlFrame {}

  /** RETIRE_CONNECTION_ID. */
  record RetireConnectionId(long sequenceNumber) implements ControlFrame {}

  /** HANDSHAKE_DONE. */
  record HandshakeDone() implements ControlFrame {}

  /** NEW_TOKEN. */
  @SuppressWarnings("ArrayRecordComponent") // carried, never compared
  record NewToken(byte[] token) implements ControlFrame {}

  /** ACK_FREQUENCY with this number, which asks for this max_ack_delay. */
  record AckFrequency(long sequenceNumber, long delayNanos) implements ControlFrame {}

  /** MAX_DATA, once for all. */
  ControlFrame MAX_DATA = new MaxData();

  /** HANDSHAKE_DONE, once for all. */
  ControlFrame HANDSHAKE_DONE = new HandshakeDone();

  /** MAX_STREAMS, once for all. */
  static ControlFrame maxStreams(boolean bidirectional) {
    return bidirectional ? Shared.MAX_STREAMS_BIDIRECTIONAL : Shared.MAX_STREAMS_UNIDIRECTIONAL;
  }

  /** The instances that need no state. */
  final class Shared {
    private static final ControlFrame MAX_STREAMS_BIDIRECTIONAL = new MaxStreams(true);
    private static final ControlFrame MAX_STREAMS_UNIDIRECTIONAL = new MaxStreams(false);

    private Shared() {}
  }
}
