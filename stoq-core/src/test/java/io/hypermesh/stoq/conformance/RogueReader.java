package io.hypermesh.stoq.conformance;

import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.packet.FrameDecoder;
import io.hypermesh.stoq.packet.IgnoredFrames;
import io.hypermesh.stoq.packet.TransportException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What a rogue reads: handshake bytes, which it hands on, and how the connection is closed. */
final class RogueReader extends IgnoredFrames {
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
}
