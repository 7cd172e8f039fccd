package io.hypermesh.stoq.stream;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The streams that owe the peer frames other than STREAM, each once, in the order in which they
 * came to owe one; and whether a frame that was lost is still of use (RFC 9000, 13.3). Owned by the
 * connection's thread.
 */
final class OwingStreams {
  private final ArrayDeque<Stream> queue = new ArrayDeque<>();

  boolean isEmpty() {
    return queue.isEmpty();
  }

  /** Forgets all of them; their own notes of it are the caller's to undo. */
  void clear() {
    queue.clear();
  }

  /** Adds a stream where it owes a frame, and may be sent on. */
  void add(Stream stream) {
    if (stream.owesAny() && !stream.owing && !stream.held) {
      stream.owing = true;
      queue.add(stream);
    }
  }

  /** The next stream, taken out, or null. */
  @Nullable Stream poll() {
    Stream stream = queue.poll();
    if (stream != null) {
      stream.owing = false;
    }
    return stream;
  }

  /** Frames of a stream, as {@code OWES_…}, were lost. */
  void onLost(Stream stream, int frame) {
    boolean useful =
        switch (frame) {
          case Stream.OWES_RESET -> stream.sendState() == SendState.RESET_SENT;
          case Stream.OWES_STOP_SENDING -> stream.receiveState().takesData();
          case Stream.OWES_MAX_STREAM_DATA -> stream.receiveState() == ReceiveState.RECEIVE;
          default -> stream.sendBuffer().isBlockedAt(stream.sendLimit());
        };
    if (useful) {
      stream.owe(frame);
      add(stream);
    }
  }
}
