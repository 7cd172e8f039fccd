package io.hypermesh.stoq;

import java.lang.foreign.MemorySegment;

/** Takes the messages of a {@link StoqChannel}. */
@FunctionalInterface
public interface StoqMessageHandler {
  /**
   * Takes one message in place.
   *
   * @param buffer holds the message; read-only, and valid only until this method returns
   * @param offset where in {@code buffer} the message starts, in bytes
   * @param length the message's length in bytes, 0 or more
   */
  void onMessage(MemorySegment buffer, long offset, int length);
}
