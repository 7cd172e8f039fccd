package io.hypermesh.stoq.conformance;

import io.hypermesh.stoq.packet.AckFrame;
import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.packet.FrameDecoder;
import io.hypermesh.stoq.packet.FrameHandler;
import io.hypermesh.stoq.packet.StatelessResetToken;
import io.hypermesh.stoq.packet.TransportException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What a rogue reads: handshake bytes, which it hands on, and how the connection is closed. */
final class RogueReader implements FrameHandler {
  /** Takes the content of a CRYPTO frame. */
  interface CryptoSink {
    void accept(EncryptionLevel level, long offset, byte[] data) throws TransportException;
  }

  final List<CloseFrame> closes = new ArrayList<>();
  private final FrameDecoder decoder = new FrameDecoder();
  private final CryptoSink sink;
  private EncryptionLevel level = EncryptionLevel.INITIAL;

  RogueReader(CryptoSink sink) {
    this.sink = sink;
  }

  void read(EncryptionLevel from, byte[] payload) {
    level = from;
    try {
      decoder.decode(MemorySegment.ofArray(payload), 0, payload.length, from, this);
    } catch (TransportException e) {
      throw new AssertionError("the honest side sent what is wrong", e);
    }
  }

  private static byte[] copy(MemorySegment buffer, long offset, int length) {
    return buffer.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
  }

  @Override
  public void onCrypto(long offset, MemorySegment buffer, long dataOffset, int length)
      throws TransportException {
    sink.accept(level, offset, copy(buffer, dataOffset, length));
  }

  @Override
  public void onConnectionClose(
      boolean application,
      long errorCode,
      long frameType,
      MemorySegment buffer,
      long reasonOffset,
      int reasonLength) {
    String reason = new String(copy(buffer, reasonOffset, reasonLength), StandardCharsets.UTF_8);
    closes.add(new CloseFrame(level, application, errorCode, frameType, reason));
  }

  @Override
  public void onPing() {}

  @Override
  public void onAck(AckFrame frame) {}

  @Override
  public void onResetStream(long streamId, long applicationErrorCode, long finalSize) {}

  @Override
  public void onStopSending(long streamId, long applicationErrorCode) {}

  @Override
  public void onNewToken(MemorySegment buffer, long tokenOffset, int length) {}

  @Override
  public void onStream(
      long streamId, long offset, MemorySegment buffer, long dataOffset, int length, boolean fin) {}

  @Override
  public void onMaxData(long maximumData) {}

  @Override
  public void onMaxStreamData(long streamId, long maximumStreamData) {}

  @Override
  public void onMaxStreams(boolean bidirectional, long maximumStreams) {}

  @Override
  public void onDataBlocked(long maximumData) {}

  @Override
  public void onStreamDataBlocked(long streamId, long maximumStreamData) {}

  @Override
  public void onStreamsBlocked(boolean bidirectional, long maximumStreams) {}

  @Override
  public void onNewConnectionId(
      long sequenceNumber,
      long retirePriorTo,
      ConnectionId connectionId,
      StatelessResetToken resetToken) {}

  @Override
  public void onRetireConnectionId(long sequenceNumber) {}

  @Override
  public void onPathChallenge(long data) {}

  @Override
  public void onPathResponse(long data) {}

  @Override
  public void onHandshakeDone() {}

  @Override
  public void onDatagram(MemorySegment buffer, long dataOffset, int length, int frameLength) {}

  @Override
  public void onAckFrequency(
      long sequenceNumber, long threshold, long maxAckDelayMicros, long reorderingThreshold) {}

  @Override
  public void onImmediateAck() {}
}
