package io.hypermesh.stoq.packet;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Writes each frame that it is handed, as this library writes them. */
final class FrameEcho implements FrameHandler {
  final MemorySegment buffer;
  long length;

  /**
   * @param payloadLength of what is read: a frame grows by the length field that it may have
   *     lacked, and by nothing else
   */
  FrameEcho(int payloadLength) {
    buffer = MemorySegment.ofArray(new byte[payloadLength + 16]);
  }

  private void data(int header, MemorySegment from, long offset, int count) {
    MemorySegment.copy(from, offset, buffer, length + header, count);
    length += header + count;
  }

  private record Ranges(List<long[]> ranges) implements AckRangeList {
    @Override
    public int rangeCount() {
      return ranges.size();
    }

    @Override
    public long largest(int index) {
      return ranges.get(index)[1];
    }

    @Override
    public long smallest(int index) {
      return ranges.get(index)[0];
    }
  }

  @Override
  public void onPadding(long count) {}

  @Override
  public void onPing() {
    length += FrameEncoder.putPing(buffer, length);
  }

  @Override
  public void onAck(AckFrame frame) {
    List<long[]> ranges = new ArrayList<>();
    while (frame.nextRange()) {
      ranges.add(new long[] {frame.rangeSmallest(), frame.rangeLargest()});
    }
    int room = (int) (buffer.byteSize() - length);
    length +=
        frame.hasEcnCounts()
            ? FrameEncoder.putAckEcn(
                buffer,
                length,
                room,
                new Ranges(ranges),
                frame.ackDelay(),
                frame.ect0Count(),
                frame.ect1Count(),
                frame.ecnCeCount())
            : FrameEncoder.putAck(buffer, length, room, new Ranges(ranges), frame.ackDelay());
  }

  @Override
  public void onResetStream(long streamId, long code, long finalSize) {
    length += FrameEncoder.putResetStream(buffer, length, streamId, code, finalSize);
  }

  @Override
  public void onStopSending(long streamId, long code) {
    length += FrameEncoder.putStopSending(buffer, length, streamId, code);
  }

  @Override
  public void onCrypto(long offset, MemorySegment from, long dataOffset, int count) {
    data(FrameEncoder.putCryptoHeader(buffer, length, offset, count), from, dataOffset, count);
  }

  @Override
  public void onNewToken(MemorySegment from, long tokenOffset, int count) {
    byte[] token = from.asSlice(tokenOffset, count).toArray(Wire.BYTE);
    length += FrameEncoder.putNewToken(buffer, length, token);
  }

  @Override
  public void onStream(
      long streamId, long offset, MemorySegment from, long dataOffset, int count, boolean fin) {
    int header = FrameEncoder.putStreamHeader(buffer, length, streamId, offset, count, fin, true);
    data(header, from, dataOffset, count);
  }

  @Override
  public void onMaxData(long maximum) {
    length += FrameEncoder.putMaxData(buffer, length, maximum);
  }

  @Override
  public void onMaxStreamData(long streamId, long maximum) {
    length += FrameEncoder.putMaxStreamData(buffer, length, streamId, maximum);
  }

  @Override
  public void onMaxStreams(boolean bidirectional, long maximum) {
    length += FrameEncoder.putMaxStreams(buffer, length, bidirectional, maximum);
  }

  @Override
  public void onDataBlocked(long maximum) {
    length += FrameEncoder.putDataBlocked(buffer, length, maximum);
  }

  @Override
  public void onStreamDataBlocked(long streamId, long maximum) {
    length += FrameEncoder.putStreamDataBlocked(buffer, length, streamId, maximum);
  }

  @Override
  public void onStreamsBlocked(boolean bidirectional, long maximum) {
    length += FrameEncoder.putStreamsBlocked(buffer, length, bidirectional, maximum);
  }

  @Override
  public void onNewConnectionId(
      long number, long retirePriorTo, ConnectionId id, StatelessResetToken token) {
    length += FrameEncoder.putNewConnectionId(buffer, length, number, retirePriorTo, id, token);
  }

  @Override
  public void onRetireConnectionId(long number) {
    length += FrameEncoder.putRetireConnectionId(buffer, length, number);
  }

  @Override
  public void onPathChallenge(long data) {
    length += FrameEncoder.putPathChallenge(buffer, length, data);
  }

  @Override
  public void onPathResponse(long data) {
    length += FrameEncoder.putPathResponse(buffer, length, data);
  }

  @Override
  public void onConnectionClose(
      boolean application,
      long code,
      long frameType,
      MemorySegment from,
      long reasonOffset,
      int count) {
    byte[] reason = from.asSlice(reasonOffset, count).toArray(Wire.BYTE);
    length +=
        application
            ? FrameEncoder.putApplicationClose(buffer, length, code, reason)
            : FrameEncoder.putConnectionClose(buffer, length, code, frameType, reason);
  }

  @Override
  public void onHandshakeDone() {
    length += FrameEncoder.putHandshakeDone(buffer, length);
  }

  @Override
  public void onDatagram(MemorySegment from, long dataOffset, int count, int frameLength) {
    data(FrameEncoder.putDatagramHeader(buffer, length, count, true), from, dataOffset, count);
  }

  @Override
  public void onAckFrequency(long number, long threshold, long delayMicros, long reordering) {
    length +=
        FrameEncoder.putAckFrequency(buffer, length, number, threshold, delayMicros, reordering);
  }

  @Override
  public void onImmediateAck() {
    length += FrameEncoder.putImmediateAck(buffer, length);
  }
}
