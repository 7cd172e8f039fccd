package io.hypermesh.jmh.ipc;

import java.io.IOException;

/** The sending end of one library. */
interface MessageSender extends AutoCloseable {
  /** Longest message that is measured, in bytes. */
  int LENGTH_MAX = 16 << 10;

  /**
   * Sends a copy of a message whose first eight bytes are a number.
   *
   * @return false where there is no room
   */
  boolean offer(long number, int length) throws IOException;

  /** The same by claiming space and copying the message there. */
  boolean claim(long number, int length) throws IOException;

  @Override
  void close();
}
