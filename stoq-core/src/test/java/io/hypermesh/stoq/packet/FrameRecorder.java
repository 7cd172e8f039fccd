package io.hypermesh.stoq.packet;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Keeps each frame that it is handed as a line of text. */
final class FrameRecorder implements FrameHandler {
  final List<String> frames = new ArrayList<>();
  long paddings;

  static String hex(MemorySegment buffer, long offset, int length) {
    return HexFormat.of().formatHex(buffer.asSlice(offset, length).toArray(Wire.BYTE));
  }

  static String describe(String name, Object... fields) {
    StringBuilder line = new StringBuilder(name);
    for (Object field : fields) {
      line.append(' ').append(field);
    }
    return line.toString();
  }

  private void add(String name, Object... fields) {
    frames.add(describe(name, fields));
  }

  @Override
  public void onPadding(long length) {
    paddings += length;
  }

  @Override
  public void onPing() {
    add("PING");
  }

  @Override
  public void onAck(AckFrame frame) {
    StringBuilder ranges = new StringBuilder();
    while (frame.nextRange()) {
      ranges.append(frame.rangeSmallest()).append('-').append(frame.rangeLargest()).append(',');
    }
    String ecn =
        frame.hasEcnCounts()
            ? frame.ect0Count() + "/" + frame.ect1Count() + "/" + frame.ecnCeCount()
            : "none";
    add("ACK", frame.largestAcknowledged(), frame.ackDelay(), ranges, ecn);
  }

  @Override
  public void onResetStream(long streamId, long applicationErrorCode, long finalSize) {
    add("RESET_STREAM", streamId, applicationErrorCode, finalSize);
  }

  @Override
  public void onStopSending(long streamId, long applicationErrorCode) {
    add("STOP_SENDING", streamId, applicationErrorCode);
  }

  @Override
  public void onCrypto(long offset, MemorySegment buffer, long dataOffset, int length) {
    add("CRYPTO", offset, hex(buffer, dataOffset, length));
  }

  @Override
  public void onNewToken(MemorySegment buffer, long tokenOffset, int length) {
    add("NEW_TOKEN", hex(buffer, tokenOffset, length));
  }

  @Override
  public void onStream(
      long streamId, long offset, MemorySegment buffer, long dataOffset, int length, boolean fin) {
    add("STREAM", streamId, offset, hex(buffer, dataOffset, length), fin);
  }

  @Override
  public void onMaxData(long maximumData) {
    add("MAX_DATA", maximumData);
  }

  @Override
  public void onMaxStreamData(long streamId, long maximumStreamData) {
    add("MAX_STREAM_DATA", streamId, maximumStreamData);
  }

  @Override
  public void onMaxStreams(boolean bidirectional, long maximumStreams) {
    add("MAX_STREAMS", bidirectional, maximumStreams);
  }

  @Override
  public void onDataBlocked(long maximumData) {
    add("DATA_BLOCKED", maximumData);
  }

  @Override
  public void onStreamDataBlocked(long streamId, long maximumStreamData) {
    add("STREAM_DATA_BLOCKED", streamId, maximumStreamData);
  }

  @Override
  public void onStreamsBlocked(boolean bidirectional, long maximumStreams) {
    add("STREAMS_BLOCKED", bidirectional, maximumStreams);
  }

  @Override
  public void onNewConnectionId(
      long sequenceNumber,
      long retirePriorTo,
      ConnectionId connectionId,
      StatelessResetToken resetToken) {
    String token = HexFormat.of().formatHex(resetToken.toByteArray());
    add("NEW_CONNECTION_ID", sequenceNumber, retirePriorTo, connectionId, token);
  }

  @Override
  public void onRetireConnectionId(long sequenceNumber) {
    add("RETIRE_CONNECTION_ID", sequenceNumber);
  }

  @Override
  public void onPathChallenge(long data) {
    add("PATH_CHALLENGE", data);
  }

  @Override
  public void onPathResponse(long data) {
    add("PATH_RESPONSE", data);
  }

  @Override
  public void onConnectionClose(
      boolean application,
      long errorCode,
      long frameType,
      MemorySegment buffer,
      long reasonOffset,
      int reasonLength) {
    String reason = hex(buffer, reasonOffset, reasonLength);
    add("CONNECTION_CLOSE", application, errorCode, frameType, reason);
  }

  @Override
  public void onHandshakeDone() {
    add("HANDSHAKE_DONE");
  }

  @Override
  public void onAckFrequency(
      long sequenceNumber, long threshold, long maxAckDelayMicros, long reorderingThreshold) {
    add("ACK_FREQUENCY", sequenceNumber, threshold, maxAckDelayMicros, reorderingThreshold);
  }

  @Override
  public void onImmediateAck() {
    add("IMMEDIATE_ACK");
  }

  @Override
  public void onDatagram(MemorySegment buffer, long dataOffset, int length, int frameLength) {
    add("DATAGRAM", hex(buffer, dataOffset, length));
  }
}
