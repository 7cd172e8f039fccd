package io.hypermesh.stoq.connection;

import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;

/** Has datagrams written several at once, and gives them out one at a time. */
final class TransmitRun {
  private final MemorySegment[] spaces = new MemorySegment[TransmitBatch.DATAGRAMS_MAX];
  private final TransmitBatch batch = new TransmitBatch();
  private int taken;

  /** Copies the next datagram; returns its length, 0 where there is none. */
  int poll(Connection from, MemorySegment buffer, int capacity, int runMax, long nowNanos) {
    if (taken == batch.size()) {
      taken = 0;
      batch.begin(ahead -> space(ahead, capacity), 0, runMax);
      if (from.pollTransmit(batch, nowNanos) == 0) {
        return 0;
      }
    }
    int length = batch.length(taken);
    MemorySegment.copy(spaces[taken], 0, buffer, 0, length);
    taken++;
    return length;
  }

  private MemorySegment space(int ahead, int capacity) {
    if (spaces[ahead] == null || spaces[ahead].byteSize() != capacity) {
      spaces[ahead] = MemorySegment.ofArray(new byte[capacity]);
    }
    return spaces[ahead];
  }

  InetSocketAddress destination() {
    return batch.destination(taken - 1);
  }

  int socket() {
    return batch.socket(taken - 1);
  }

  int ecn() {
    return batch.ecn(taken - 1);
  }
}
