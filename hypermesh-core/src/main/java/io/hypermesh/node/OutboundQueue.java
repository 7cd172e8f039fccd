package io.hypermesh.node;

import io.hypermesh.stoq.StoqChannel;
import io.hypermesh.stoq.StoqException;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * What waits to be sent to one peer: nothing while its channel has room, and a bounded number of
 * bytes while it has none or there is no channel. When more comes the oldest go first, since a peer
 * that is behind asks again for what it lacks, and the latest messages tell it that it is.
 *
 * <p>Owned by the replica's thread.
 */
final class OutboundQueue {
  private final ArrayDeque<byte[]> waiting = new ArrayDeque<>();
  private final long waitingBytesMax;
  private long waitingBytes;
  private long dropped;
  private @Nullable StoqChannel channel;

  /**
   * @param waitingBytesMax how many bytes wait at most
   */
  OutboundQueue(long waitingBytesMax) {
    this.waitingBytesMax = waitingBytesMax;
  }

  /** Sends through this channel from now on, what waits first; null for nowhere. */
  void channel(@Nullable StoqChannel newChannel) throws StoqException {
    channel = newChannel;
    flush();
  }

  boolean isConnected() {
    return channel != null;
  }

  /**
   * Sends a message, or keeps it.
   *
   * @throws StoqException where the channel is broken; the message waits for the next one
   */
  void offer(byte[] message) throws StoqException {
    StoqChannel open = channel;
    if (open != null && message.length > open.messageLengthMax()) {
      dropped++;
      return;
    }
    if (open != null && waiting.isEmpty() && open.offer(message)) {
      return;
    }
    waiting.addLast(message);
    waitingBytes += message.length;
    while (waitingBytes > waitingBytesMax) {
      waitingBytes -= waiting.removeFirst().length;
      dropped++;
    }
  }

  /**
   * Sends what waits, as far as there is room.
   *
   * @return how many messages went
   */
  int flush() throws StoqException {
    StoqChannel open = channel;
    int sent = 0;
    while (open != null && !waiting.isEmpty()) {
      byte[] next = waiting.peekFirst();
      if (next.length > open.messageLengthMax()) {
        dropped++;
      } else if (!open.offer(next)) {
        break;
      } else {
        sent++;
      }
      waiting.removeFirst();
      waitingBytes -= next.length;
    }
    return sent;
  }

  long waitingBytes() {
    return waitingBytes;
  }

  long dropped() {
    return dropped;
  }
}
