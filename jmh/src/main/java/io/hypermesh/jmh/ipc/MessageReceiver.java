package io.hypermesh.jmh.ipc;

import java.io.IOException;

/** The receiving end of one library. */
abstract class MessageReceiver implements AutoCloseable {
  /** Most messages of one poll. */
  static final int LIMIT = 256;

  /** The number of the last message of a round. */
  static final long LAST = -1;

  private long expected;
  private boolean ended;

  /** Returns once a sender is there. */
  abstract void connect() throws IOException;

  /** Takes what has come. */
  abstract int poll() throws IOException;

  @Override
  public abstract void close();

  /** For each message, its number. */
  final void onNumber(long number) {
    if (number == expected) {
      expected++;
    } else if (number == LAST) {
      ended = true;
    } else {
      throw new IllegalStateException("message " + expected + " didn't come, but " + number);
    }
  }

  /**
   * Receives a round's messages, from the first to the last.
   *
   * @return how many came a second
   */
  final double round() throws IOException {
    expected = 0;
    ended = false;
    while (poll() == 0) {
      Thread.onSpinWait();
    }
    long startedAtNanos = System.nanoTime();
    long before = expected;
    while (!ended) {
      if (poll() == 0) {
        Thread.onSpinWait();
      }
    }
    return (expected - before) * 1e9 / (System.nanoTime() - startedAtNanos);
  }
}
