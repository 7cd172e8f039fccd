package io.hypermesh.stoq.ring;

import static io.hypermesh.stoq.ring.RingLayout.ABANDONED;
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

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The sending end of a ring.
 *
 * <pre>
 *             claim: room                 commit: frame written, tail published
 *   NOTHING ───────────────► CLAIMED ──────────────────────────────────────────► NOTHING
 *      │ claim: no room, -1     │ abort: nothing published
 *      ▼                        ▼
 *   NOTHING                  NOTHING
 * </pre>
 *
 * <p>Guarantees: what was committed is seen whole and in order, or not at all; nothing that the
 * consumer writes makes this end write outside the ring's memory, over frames that weren't taken,
 * or loop. Nothing is allocated.
 *
 * <p>Owned by the sending thread. {@link #abandon} may be called by any.
 */
public final class RingProducer extends ProducerPosition {
  private final MemorySegment region;
  private final MemorySegment frames;
  private final long capacity;
  private final int messageLengthMax;
  private final AtomicInteger outputState = new AtomicInteger(OPEN);

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
   * The producer of an empty ring, whose memory is zero.
   *
   * @param region the ring's memory, aligned to 8 bytes
   * @param messageLengthMax longest message, in bytes
   */
  public RingProducer(MemorySegment region, int messageLengthMax) {
    this.region = region;
    this.frames = RingLayout.frames(region);
    this.capacity = frames.byteSize();
    this.messageLengthMax = RingLayout.checkedMessageLengthMax(messageLengthMax, capacity);
  }

  /** Longest message, in bytes. */
  public int messageLengthMax() {
    return messageLengthMax;
  }

  /** Where claimed messages lie. */
  public MemorySegment frames() {
    return frames;
  }

  /**
   * Claims space for a message.
   *
   * @param length in bytes, 0 to {@link #messageLengthMax()}
   * @return where in {@link #frames()} it lies, a multiple of 8; -1 where the ring is full
   * @throws BrokenRingException where the consumer's position can't be
   */
  public long claim(int length) throws BrokenRingException {
    if (length < 0 || length > messageLengthMax) {
      throw new IllegalArgumentException("length is out of 0 to " + messageLengthMax);
    }
    long position = tail;
    long frameLength = RingLayout.frameLength(length);
    long index = position & capacity - 1;
    long untilEnd = capacity - index;
    long padding = frameLength > untilEnd ? untilEnd : 0;
    long needed = padding + frameLength;
    if (position + needed - headSeen > capacity && position + needed - readHead() > capacity) {
      return -1;
    }
    claimedPadding = padding;
    claimedLength = length;
    claimedIndex = padding == 0 ? index : 0;
    return claimedIndex + FRAME_HEADER_LENGTH;
  }

  /** Bytes published so far, headers and padding included. */
  public long position() {
    return tail;
  }

  /** Publishes the claimed message. */
  public void commit() {
    long index = claimedIndex;
    long padding = claimedPadding;
    int length = claimedLength;
    LONG.set(frames, index, RingLayout.frameHeader(MESSAGE, length));
    if (padding != 0) {
      LONG.set(
          frames,
          tail & capacity - 1,
          RingLayout.frameHeader(PADDING, padding - FRAME_HEADER_LENGTH));
    }
    claimedIndex = -1;
    tail += padding + RingLayout.frameLength(length);
    LONG.setRelease(region, TAIL, tail);
  }

  /** Gives the claimed space back. */
  public void abort() {
    claimedIndex = -1;
  }

  /** Whether a claim is open. */
  public boolean isClaimed() {
    return claimedIndex >= 0;
  }

  /** Says that nothing more is sent. */
  public void finish() {
    end(FINISHED);
  }

  /** Says that this end has given up, unless it is finished. */
  public void abandon() {
    end(ABANDONED);
  }

  /**
   * Decided outside the shared memory. Compare-and-set is the one access that isn't guarded by the
   * JDK against memory that another process has cut short: it would crash.
   */
  private void end(int state) {
    if (outputState.compareAndSet(OPEN, state)) {
      INT.setRelease(region, OUTPUT_STATE, state);
    }
  }

  /** Whether the consumer has given up, so that nothing that is sent will be taken. */
  public boolean isConsumerGone() {
    return (int) INT.getAcquire(region, INPUT_STATE) != OPEN;
  }

  private long readHead() throws BrokenRingException {
    long head = (long) LONG.getAcquire(region, HEAD);
    if (head < headSeen || head > tail) {
      throw new BrokenRingException("the consumer's position can't be", head);
    }
    headSeen = head;
    return head;
  }
}
