package io.hypermesh.stoq.packet;

import static io.hypermesh.stoq.fuzz.FuzzInput.require;

import io.hypermesh.stoq.fuzz.FuzzInput;
import io.hypermesh.stoq.fuzz.FuzzTarget;
import java.lang.foreign.MemorySegment;

/** Reads frames of a level; writes what was read, and reads the same from it. */
public final class FramesFuzz implements FuzzTarget {
  private final FrameDecoder decoder = new FrameDecoder();

  @Override
  public void run(FuzzInput input) throws TransportException {
    EncryptionLevel level = input.oneOf(EncryptionLevel.values());
    MemorySegment payload = input.restSegment();
    FrameRecorder first = new FrameRecorder();
    try {
      decoder.decode(payload, 0, payload.byteSize(), level, first);
    } catch (TransportException e) {
      require(
          e.errorCode() == TransportErrorCode.FRAME_ENCODING_ERROR
              || e.errorCode() == TransportErrorCode.PROTOCOL_VIOLATION,
          "code " + e.errorCode());
    }
    require(first.frames.size() + first.paddings <= payload.byteSize(), "more frames than bytes");
    if (first.frames.isEmpty()) {
      return;
    }
    FrameEcho echo = new FrameEcho((int) payload.byteSize());
    try {
      decoder.decode(payload, 0, payload.byteSize(), level, echo);
    } catch (TransportException e) {
      // It ends where it ended before.
    }
    FrameRecorder second = new FrameRecorder();
    decoder.decode(echo.buffer, 0, echo.length, EncryptionLevel.ONE_RTT, second);
    require(first.frames.equals(second.frames), first.frames + " became " + second.frames);
  }
}
