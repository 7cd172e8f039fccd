package io.hypermesh.stoq.ring;

import static io.hypermesh.stoq.ring.RingLayout.ABANDONED;
import static io.hypermesh.stoq.ring.RingLayout.ALIGNMENT;
import static io.hypermesh.stoq.ring.RingLayout.FINISHED;
import static io.hypermesh.stoq.ring.RingLayout.FRAME_HEADER_LENGTH;
import static io.hypermesh.stoq.ring.RingLayout.HEAD;
import static io.hypermesh.stoq.ring.RingLayout.INPUT_STATE;
import static io.hypermesh.stoq.ring.RingLayout.INT;
import static io.hypermesh.stoq.ring.RingLayout.LONG;
import static io.hypermesh.stoq.ring.RingLayout.MESSAGE;
import static io.hypermesh.stoq.ring.RingLayout.OPEN;
import static io.hypermesh.stoq.ring.RingLayout.OUTPUT_STATE;
import static io.hypermesh.stoq.ring.RingLayout.PADDING;
import static io.hypermesh.stoq.ring.RingLayout.TAIL;

import io.hypermesh.stoq.StoqMessageHandler;
import java.lang.foreign.MemorySegment;

/**
 * The receiving end of a ring.
 *
 * <pre>
 *              poll: a frame                         tail reached
 *   head ──────────────────────► message to handler ──────────────► head published
 *              poll: padding
 *        ──────────────────────► on at the ring's beginning
 *              poll: anything else
 *        ──────────────────────► BrokenRingException; head stays, as often as it is polled
 * </pre>
 *
 * <p>Guarantees: every message once, in order. Each word that the producer wrote is read once and
 * checked before it is used: whatever it is, this end reads within the ring's memory only, and a
 * poll ends at the tail that it saw when it began. Nothing is allocated.
 *
 * <p>What can't be checked is that a message stays what it was: a producer that breaks the rules
 * can write to it while the handler reads. Whoever needs to trust a value copies it first.
 *
 * <p>Owned by the polling thread. {@link #abandon} may be called by any.
 */
public final class RingConsumer extends ConsumerPosition {
  /**
   * The head is published after so many parts of the ring at the latest, for the producer's sake.
   */
  private static final int PUBLICATIONS_PER_LAP = 8;

  private final MemorySegment region;
  private final MemorySegment frames;
  private final long capacity;
  private final int messageLengthMax;

  @SuppressWarnings("unused") // it's for the space they take
  long after0;

  long after1;
  long after2;
  long after3;
  long after4;
  long after5;
  long after6;
  long after7;

  /**
   * The consumer of an empty ring, whose memory is zero.
   *
   * @param region the ring's memory, aligned to 8 bytes
   * @param messageLengthMax longest message, in bytes
   */
  public RingConsumer(MemorySegment region, int messageLengthMax) {
    this.region = region;
    this.frames = RingLayout.frames(region).asReadOnly();
    this.capacity = frames.byteSize();
    this.messageLengthMax = RingLayout.checkedMessageLengthMax(messageLengthMax, capacity);
  }

  /**
   * Hands messages to the handler. If it throws, the message counts as taken.
   *
   * @param limit how many at most
   * @return how many it was, 0 where there is none
   * @throws BrokenRingException where the producer wrote what can't be
   */
  public int poll(StoqMessageHandler handler, int limit) throws BrokenRingException {
    long position = head;
    long end = position == tailSeen ? readTail() : tailSeen;
    long published = position;
    int polled = 0;
    try {
      while (polled < limit && position < end) {
        long index = position & capacity - 1;
        long header = (long) LONG.get(frames, index);
        int length = (int) header;
        long frameLength = RingLayout.frameLength(length);
        long available = Math.min(end - position, capacity - index);
        if (header >>> Integer.SIZE == MESSAGE
            && length >= 0
            && length <= messageLengthMax
            && frameLength <= available) {
          position += frameLength;
          polled++;
          handler.onMessage(frames, index + FRAME_HEADER_LENGTH, length);
        } else if (header >>> Integer.SIZE == PADDING
            && frameLength == available
            && frameLength == capacity - index) {
          position += frameLength;
        } else {
          throw new BrokenRingException("the producer's frame can't be", header);
        }
        if (position - published >= capacity / PUBLICATIONS_PER_LAP) {
          LONG.setRelease(region, HEAD, position);
          published = position;
        }
      }
    } finally {
      head = position;
      if (position != published) {
        LONG.setRelease(region, HEAD, position);
      }
    }
    if (polled > 0 && position == end) {
      // Looking again at once would take the tail's cache line from the producer for each message.
      Thread.onSpinWait();
    }
    return polled;
  }

  /** Whether everything was taken that was sent. */
  public boolean isDrained() throws BrokenRingException {
    return head == readTail();
  }

  /** Whether the producer has finished and everything was taken. */
  public boolean isEnd() throws BrokenRingException {
    // The state first: what was sent before it was set is seen by whoever sees it.
    return outputState() == FINISHED && isDrained();
  }

  /** Whether the producer has given up, and everything was taken that it sent before. */
  public boolean isAbandoned() throws BrokenRingException {
    int state = outputState();
    return state != OPEN && state != FINISHED && isDrained();
  }

  /** Says that this end takes no more. */
  public void abandon() {
    INT.setRelease(region, INPUT_STATE, ABANDONED);
  }

  private int outputState() {
    return (int) INT.getAcquire(region, OUTPUT_STATE);
  }

  private long readTail() throws BrokenRingException {
    long tail = (long) LONG.getAcquire(region, TAIL);
    if (tail < tailSeen || tail - head > capacity || (tail & ALIGNMENT - 1) != 0) {
      throw new BrokenRingException("the producer's position can't be", tail);
    }
    tailSeen = tail;
    return tail;
  }
}
