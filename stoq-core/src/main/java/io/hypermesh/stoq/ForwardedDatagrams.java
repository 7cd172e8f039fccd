package io.hypermesh.stoq;

import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * Datagrams that came to other agents' sockets and are for this one's connections: a ring of
 * copies, bounded, so that what peers have forwarded costs no more memory than that. When it is
 * full, datagrams are lost, as they may be on the network. A place gets its memory when it is first
 * used and keeps it, so that nothing is allocated in the long run.
 *
 * <pre>{@code
 * place i: sequence == position      free, for the producer that takes this position
 *          sequence == position + 1  filled, for the consumer
 * }</pre>
 *
 * <p>Any agent's thread offers; its own agent's drains, in place. No locks (after D. Vyukov's
 * bounded queue).
 */
final class ForwardedDatagrams {
  /** The least memory of a place, in bytes; longer datagrams have it grow. */
  private static final int PLACE_BYTES_MIN = 2_048;

  /** Takes what was forwarded. */
  interface Handler {
    /**
     * Takes one.
     *
     * @param buffer holds it from offset 0; valid until this returns, and may be overwritten
     * @param group the sockets that it came to one of; {@link EndpointSockets#NO_GROUP} for what
     *     may be a stateless reset, and nothing else
     */
    void onForwarded(
        MemorySegment buffer, int length, int group, InetSocketAddress source, int ecn);
  }

  private static final class Place {
    private MemorySegment buffer = MemorySegment.NULL;
    private int length;
    private int group;
    private int ecn;
    private @Nullable InetSocketAddress source;
  }

  private final Place[] places;
  private final AtomicLongArray sequences;
  private final int mask;
  private final AtomicLong tail = new AtomicLong();

  // Owned by the consumer's thread.
  private long head;

  /**
   * @param placesMax datagrams that may wait; rounded up to a power of two
   */
  ForwardedDatagrams(int placesMax) {
    int capacity = Integer.highestOneBit(Math.max(2, placesMax) * 2 - 1);
    places = new Place[capacity];
    sequences = new AtomicLongArray(capacity);
    for (int i = 0; i < capacity; i++) {
      places[i] = new Place();
      sequences.setPlain(i, i);
    }
    mask = capacity - 1;
  }

  /** How many may wait. */
  int capacity() {
    return places.length;
  }

  /**
   * Copies a datagram; false where there is no room.
   *
   * @param group the sockets that it came to one of
   */
  boolean offer(
      MemorySegment datagram,
      long offset,
      int length,
      int group,
      InetSocketAddress source,
      int ecn) {
    long position = tail.get();
    while (true) {
      int index = (int) position & mask;
      long ahead = sequences.getAcquire(index) - position;
      if (ahead < 0) {
        return false;
      }
      if (ahead == 0 && tail.compareAndSet(position, position + 1)) {
        fill(places[index], datagram, offset, length);
        places[index].group = group;
        places[index].source = source;
        places[index].ecn = ecn;
        sequences.setRelease(index, position + 1);
        return true;
      }
      position = tail.get();
    }
  }

  private static void fill(Place place, MemorySegment datagram, long offset, int length) {
    if (place.buffer.byteSize() < length) {
      int bytes = Math.max(PLACE_BYTES_MIN, Integer.highestOneBit(Math.max(1, length * 2 - 1)));
      place.buffer = MemorySegment.ofArray(new byte[bytes]);
    }
    MemorySegment.copy(datagram, offset, place.buffer, 0, length);
    place.length = length;
  }

  /** Whether nothing was offered that isn't drained; for the consumer before it sleeps. */
  boolean isEmpty() {
    return tail.get() == head;
  }

  /**
   * Hands over what waits; for the consumer.
   *
   * @param limit how many at most
   * @return how many it was
   */
  int drain(Handler handler, int limit) {
    int drained = 0;
    while (drained < limit) {
      int index = (int) head & mask;
      if (sequences.getAcquire(index) != head + 1) {
        break;
      }
      Place place = places[index];
      InetSocketAddress source = place.source;
      place.source = null;
      try {
        if (source != null) {
          handler.onForwarded(place.buffer, place.length, place.group, source, place.ecn);
        }
      } finally {
        sequences.setRelease(index, head + places.length);
        head++;
      }
      drained++;
    }
    return drained;
  }
}
