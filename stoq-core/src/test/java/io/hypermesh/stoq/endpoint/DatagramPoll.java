package io.hypermesh.stoq.endpoint;

import io.hypermesh.stoq.connection.TransmitBatch;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;

/** Takes an endpoint's datagrams one at a time, however many it writes at once. */
public final class DatagramPoll {
  private final Endpoint endpoint;
  private final int runMax;
  private final MemorySegment[] spaces = new MemorySegment[TransmitBatch.DATAGRAMS_MAX];
  private final TransmitBatch batch = new TransmitBatch();
  private int taken;

  /**
   * @param capacity of each space that datagrams are written to
   * @param runMax how many it may write at once
   */
  public DatagramPoll(Endpoint endpoint, int capacity, int runMax) {
    this.endpoint = endpoint;
    this.runMax = runMax;
    for (int i = 0; i < spaces.length; i++) {
      spaces[i] = MemorySegment.ofArray(new byte[capacity]);
    }
  }

  /** Copies the next datagram; returns its length, 0 where there is none. */
  public int poll(MemorySegment buffer, long nowNanos) {
    if (taken == batch.size()) {
      taken = 0;
      batch.begin(ahead -> ahead < spaces.length ? spaces[ahead] : null, 0, runMax);
      if (endpoint.pollTransmit(batch, nowNanos) == 0) {
        return 0;
      }
    }
    int length = batch.length(taken);
    MemorySegment.copy(spaces[taken], 0, buffer, 0, length);
    taken++;
    return length;
  }

  /** Where the datagram goes that was polled last. */
  public InetSocketAddress destination() {
    return batch.destination(taken - 1);
  }

  /** From which socket. */
  public int socket() {
    return batch.socket(taken - 1);
  }

  /** With which ECN bits. */
  public int ecn() {
    return batch.ecn(taken - 1);
  }
}
