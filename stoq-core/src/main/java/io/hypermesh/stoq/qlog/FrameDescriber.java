package io.hypermesh.stoq.qlog;

import io.hypermesh.stoq.packet.AckFrame;
import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.packet.FrameDecoder;
import io.hypermesh.stoq.packet.FrameHandler;
import io.hypermesh.stoq.packet.FrameType;
import io.hypermesh.stoq.packet.StatelessResetToken;
import io.hypermesh.stoq.packet.TransportException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * Writes the frames of a packet as the elements of a JSON array. Of data, tokens and challenges
 * only the lengths are told.
 *
 * <p>A packet that ends with a malformed frame is told up to there, with an unknown frame in its
 * place: the connection will say what is wrong with it.
 */
final class FrameDescriber implements FrameHandler {
  /** Ranges of an ACK frame that are told; a packet could hold tens of thousands. */
  static final int ACK_RANGES_MAX = 1_024;

  private static final long NANOS_PER_MICRO = 1_000;
  private static final long ACK_DELAY_MICROS_MAX = Long.MAX_VALUE / NANOS_PER_MICRO;
  private static final int CHALLENGE_BYTES = 8;

  private final JsonWriter json;
  private final FrameDecoder decoder = new FrameDecoder();
  private int ackDelayExponent;

  FrameDescriber(JsonWriter json) {
    this.json = json;
  }

  /** Writes the member "frames". */
  void describe(
      MemorySegment payload, long offset, int length, EncryptionLevel level, int delayExponent) {
    ackDelayExponent = delayExponent;
    json.name("frames").beginArray();
    try {
      decoder.decode(payload, offset, length, level, this);
    } catch (TransportException e) {
      begin("unknown").field("frame_type_bytes", e.frameType()).endObject();
    }
    json.endArray();
  }

  private JsonWriter begin(String type) {
    return json.beginObject().field("frame_type", type);
  }

  private static String streamType(boolean bidirectional) {
    return bidirectional ? "bidirectional" : "unidirectional";
  }

  @Override
  public void onPadding(long length) {
    begin("padding").rawLength(length).endObject();
  }

  @Override
  public void onPing() {
    begin("ping").endObject();
  }

  @Override
  public void onAck(AckFrame frame) {
    begin("ack");
    long micros = frame.ackDelay();
    boolean overflows = micros > ACK_DELAY_MICROS_MAX >> ackDelayExponent;
    json.millisField(
        "ack_delay", overflows ? Long.MAX_VALUE : (micros << ackDelayExponent) * NANOS_PER_MICRO);
    json.name("acked_ranges").beginArray();
    frame.rewind();
    for (int i = 0; i < ACK_RANGES_MAX && frame.nextRange(); i++) {
      json.beginArray().value(frame.rangeSmallest());
      if (frame.rangeLargest() != frame.rangeSmallest()) {
        json.value(frame.rangeLargest());
      }
      json.endArray();
    }
    json.endArray();
    if (frame.hasEcnCounts()) {
      json.field("ect1", frame.ect1Count())
          .field("ect0", frame.ect0Count())
          .field("ce", frame.ecnCeCount());
    }
    json.endObject();
  }

  @Override
  public void onResetStream(long streamId, long applicationErrorCode, long finalSize) {
    begin("reset_stream")
        .field("stream_id", streamId)
        .field("error", SchemaNames.UNKNOWN)
        .field("error_code", applicationErrorCode)
        .field("final_size", finalSize)
        .endObject();
  }

  @Override
  public void onStopSending(long streamId, long applicationErrorCode) {
    begin("stop_sending")
        .field("stream_id", streamId)
        .field("error", SchemaNames.UNKNOWN)
        .field("error_code", applicationErrorCode)
        .endObject();
  }

  @Override
  public void onCrypto(long offset, MemorySegment buffer, long dataOffset, int length) {
    begin("crypto").field("offset", offset).rawPayload(length).endObject();
  }

  @Override
  public void onNewToken(MemorySegment buffer, long tokenOffset, int length) {
    begin("new_token").name("token").beginObject().rawLength(length).endObject().endObject();
  }

  @Override
  public void onStream(
      long streamId, long offset, MemorySegment buffer, long dataOffset, int length, boolean fin) {
    begin("stream").field("stream_id", streamId).field("offset", offset);
    if (fin) {
      json.flag("fin", true);
    }
    json.rawPayload(length).endObject();
  }

  @Override
  public void onMaxData(long maximumData) {
    begin("max_data").field("maximum", maximumData).endObject();
  }

  @Override
  public void onMaxStreamData(long streamId, long maximumStreamData) {
    begin("max_stream_data")
        .field("stream_id", streamId)
        .field("maximum", maximumStreamData)
        .endObject();
  }

  @Override
  public void onMaxStreams(boolean bidirectional, long maximumStreams) {
    begin("max_streams")
        .field("stream_type", streamType(bidirectional))
        .field("maximum", maximumStreams)
        .endObject();
  }

  @Override
  public void onDataBlocked(long maximumData) {
    begin("data_blocked").field("limit", maximumData).endObject();
  }

  @Override
  public void onStreamDataBlocked(long streamId, long maximumStreamData) {
    begin("stream_data_blocked")
        .field("stream_id", streamId)
        .field("limit", maximumStreamData)
        .endObject();
  }

  @Override
  public void onStreamsBlocked(boolean bidirectional, long maximumStreams) {
    begin("streams_blocked")
        .field("stream_type", streamType(bidirectional))
        .field("limit", maximumStreams)
        .endObject();
  }

  @Override
  public void onNewConnectionId(
      long sequenceNumber,
      long retirePriorTo,
      ConnectionId connectionId,
      StatelessResetToken resetToken) {
    begin("new_connection_id")
        .field("sequence_number", sequenceNumber)
        .field("retire_prior_to", retirePriorTo)
        .field("connection_id_length", connectionId.length())
        .field("connection_id", connectionId)
        .endObject();
  }

  @Override
  public void onRetireConnectionId(long sequenceNumber) {
    begin("retire_connection_id").field("sequence_number", sequenceNumber).endObject();
  }

  @Override
  public void onPathChallenge(long data) {
    begin("path_challenge").rawPayload(CHALLENGE_BYTES).endObject();
  }

  @Override
  public void onPathResponse(long data) {
    begin("path_response").rawPayload(CHALLENGE_BYTES).endObject();
  }

  @Override
  public void onConnectionClose(
      boolean application,
      long errorCode,
      long frameType,
      MemorySegment buffer,
      long reasonOffset,
      int reasonLength) {
    String error = application ? SchemaNames.UNKNOWN : SchemaNames.transportError(errorCode);
    byte[] reason = buffer.asSlice(reasonOffset, reasonLength).toArray(ValueLayout.JAVA_BYTE);
    begin("connection_close")
        .field("error_space", application ? "application" : "transport")
        .field("error", error);
    if (error.equals(SchemaNames.UNKNOWN)) {
      json.field("error_code", errorCode);
    }
    json.field("reason", new String(reason, StandardCharsets.UTF_8));
    if (!application) {
      json.field("trigger_frame_type", frameType);
    }
    json.endObject();
  }

  /** The schema has no name for it. */
  @Override
  public void onAckFrequency(
      long sequenceNumber, long threshold, long maxAckDelayMicros, long reorderingThreshold) {
    begin("unknown").field("frame_type_bytes", FrameType.ACK_FREQUENCY).endObject();
  }

  /** The schema has no name for it. */
  @Override
  public void onImmediateAck() {
    begin("unknown").field("frame_type_bytes", FrameType.IMMEDIATE_ACK).endObject();
  }

  @Override
  public void onHandshakeDone() {
    begin("handshake_done").endObject();
  }

  @Override
  public void onDatagram(MemorySegment buffer, long dataOffset, int length, int frameLength) {
    begin("datagram")
        .name("raw")
        .beginObject()
        .field("length", frameLength)
        .field("payload_length", length)
        .endObject()
        .endObject();
  }
}
