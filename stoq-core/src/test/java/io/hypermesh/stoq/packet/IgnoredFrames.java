package io.hypermesh.stoq.packet;

import java.lang.foreign.MemorySegment;

/** Ignores every frame but those that a test looks at, which it overrides. */
public class IgnoredFrames implements FrameHandler {
  @Override
  public void onPing() throws TransportException {}

  @Override
  public void onAck(AckFrame frame) throws TransportException {}

  @Override
  public void onResetStream(long streamId, long applicationErrorCode, long finalSize)
      throws TransportException {}

  @Override
  public void onStopSending(long streamId, long applicationErrorCode) throws TransportException {}

  @Override
  public void onCrypto(long offset, MemorySegment buffer, long dataOffset, int length)
      throws TransportException {}

  @Override
  public void onNewToken(MemorySegment buffer, long tokenOffset, int length)
      throws TransportException {}

  @Override
  public void onStream(
      long streamId, long offset, MemorySegment buffer, long dataOffset, int length, boolean fin)
      throws TransportException {}

  @Override
  public void onMaxData(long maximumData) throws TransportException {}

  @Override
  public void onMaxStreamData(long streamId, long maximumStreamData) throws TransportException {}

  @Override
  public void onMaxStreams(boolean bidirectional, long maximumStreams) throws TransportException {}

  @Override
  public void onDataBlocked(long maximumData) throws TransportException {}

  @Override
  public void onStreamDataBlocked(long streamId, long maximumStreamData)
      throws TransportException {}

  @Override
  public void onStreamsBlocked(boolean bidirectional, long maximumStreams)
      throws TransportException {}

  @Override
  public void onNewConnectionId(
      long sequenceNumber,
      long retirePriorTo,
      ConnectionId connectionId,
      StatelessResetToken resetToken)
      throws TransportException {}

  @Override
  public void onRetireConnectionId(long sequenceNumber) throws TransportException {}

  @Override
  public void onPathChallenge(long data) throws TransportException {}

  @Override
  public void onPathResponse(long data) throws TransportException {}

  @Override
  public void onConnectionClose(
      boolean application,
      long errorCode,
      long frameType,
      MemorySegment buffer,
      long reasonOffset,
      int reasonLength)
      throws TransportException {}

  @Override
  public void onHandshakeDone() throws TransportException {}

  @Override
  public void onDatagram(MemorySegment buffer, long dataOffset, int length, int frameLength)
      throws TransportException {}

  @Override
  public void onAckFrequency(
      long sequenceNumber, long threshold, long maxAckDelayMicros, long reorderingThreshold)
      throws TransportException {}

  @Override
  public void onImmediateAck() throws TransportException {}
}
