package io.hypermesh.stoq.datagram;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * The DATAGRAM frames of one connection on their way (RFC 9221): what the host wants to send and
 * what it has not taken yet, each in a bounded queue.
 *
 * <pre>
 *   host ── claim, commit ──► send queue ──────► packets      (congestion controlled, sent once)
 *   host ◄── next, remove ─── receive queue ◄─── packets      (dropped where the queue is full)
 * </pre>
 *
 * <p>A datagram is never sent again (RFC 9221, 5.2) and uses no flow control credit (5.3); what the
 * receiver doesn't take in time is dropped and counted. Three kinds of threads, which may be one:
 * the host's sender and the host's receiver, one at a time each, and the connection's.
 */
public final class Datagrams {
  private static final int SENT = 0;
  private static final int ACKNOWLEDGED = 1;
  private static final int LOST = 2;
  private static final int SEND_DROPPED = 3;
  private static final int RECEIVED = 4;
  private static final int RECEIVE_DROPPED = 5;
  private static final int COUNTERS = 6;

  private final DatagramRing sending;
  private final DatagramRing receiving;

  /** Each is written by the connection's thread alone. */
  private final AtomicLongArray counters = new AtomicLongArray(COUNTERS);

  private volatile int payloadBytesMax;
  private volatile boolean closed;
  private volatile boolean starved;

  // The connection's.
  private boolean readableQueued;
  private boolean writableQueued;
  private boolean yields;

  /**
   * @param sendQueueBytes bytes that the host may queue ahead of the connection
   * @param receiveQueueBytes bytes that may wait for the host
   */
  public Datagrams(int sendQueueBytes, int receiveQueueBytes) {
    this.sending = new DatagramRing(sendQueueBytes);
    this.receiving = new DatagramRing(receiveQueueBytes);
  }

  // ---- The host's sending thread ----

  /**
   * Longest payload that can be sent on the present path; 0 where the peer takes none, or as long
   * as that isn't known.
   */
  public int payloadBytesMax() {
    return payloadBytesMax;
  }

  /** Whether the connection is over. */
  public boolean isClosed() {
    return closed;
  }

  /**
   * Space for a datagram, to be filled and ended by {@link #commit()} or {@link #abort()}.
   *
   * @return exactly {@code length} bytes; null where the queue is full, and then it is told once
   *     there is room
   */
  public @Nullable MemorySegment claim(int length) {
    MemorySegment space = sending.claim(length);
    if (space == null) {
      // Noted before the second look: room that comes between the two is either seen here or
      // finds the note.
      starved = true;
      space = sending.claim(length);
    }
    return space;
  }

  /**
   * Queues a copy of a datagram; the connection has to be told.
   *
   * @return false where the queue is full, and then it is told once there is room
   */
  public boolean offer(MemorySegment source, long offset, int length) {
    if (sending.offer(source, offset, length)) {
      return true;
    }
    starved = true;
    return sending.offer(source, offset, length);
  }

  /** The claimed datagram is complete; the connection has to be told. */
  public void commit() {
    sending.commit();
  }

  /** The claimed datagram isn't sent. */
  public void abort() {
    sending.abort();
  }

  // ---- The host's receiving thread ----

  /** Goes to the oldest datagram that was received; false where there is none. */
  public boolean next() {
    return receiving.next();
  }

  /** Holds it; valid after {@link #next()} until {@link #remove()}. */
  public MemorySegment buffer() {
    return receiving.buffer();
  }

  /** Where in {@link #buffer()} it starts. */
  public long offset() {
    return receiving.offset();
  }

  /** Its length in bytes. */
  public int length() {
    return receiving.length();
  }

  /** Is done with it. */
  public void remove() {
    receiving.remove();
  }

  // ---- The connection's thread ----

  /** What a packet can carry now. */
  public void payloadBytesMax(int bytes) {
    if (bytes != payloadBytesMax) {
      payloadBytesMax = bytes;
    }
  }

  /** Goes to the oldest datagram to send; drops and counts those that the path carries no more. */
  public boolean hasPending() {
    while (sending.next()) {
      if (sending.length() <= payloadBytesMax) {
        return true;
      }
      sending.remove();
      count(SEND_DROPPED, 1);
    }
    return false;
  }

  /** The length of the datagram to send, after {@link #hasPending()}. */
  public int pendingLength() {
    return sending.length();
  }

  /** Copies the datagram to send into a packet, and is done with it. */
  public void takePending(MemorySegment target, long offset) {
    MemorySegment.copy(sending.buffer(), sending.offset(), target, offset, sending.length());
    sending.remove();
    count(SENT, 1);
  }

  /** Whether streams go before datagrams in this packet: both have their turn. */
  public boolean yields() {
    return yields;
  }

  /** A packet is filled; {@code carried} datagrams are in it. */
  public void onPacket(int carried) {
    yields = carried > 0;
  }

  /** Whether nothing is to be sent, nor the host to be told of anything. */
  public boolean isQuiet() {
    return !hasPending() && !readableQueued && !writableQueued;
  }

  /** Takes the note that a claim found no room, after something was taken. */
  public boolean takeWritable() {
    if (!starved) {
      return false;
    }
    starved = false;
    return true;
  }

  /** A datagram came; it's dropped and counted where the host is too slow. */
  public void onReceived(MemorySegment source, long offset, int length) {
    count(receiving.offer(source, offset, length) ? RECEIVED : RECEIVE_DROPPED, 1);
  }

  /** A packet with so many datagrams was acknowledged. */
  public void onAcknowledged(int datagrams) {
    count(ACKNOWLEDGED, datagrams);
  }

  /** A packet with so many datagrams was lost. */
  public void onLost(int datagrams) {
    count(LOST, datagrams);
  }

  /** The connection is over; what was received can still be taken. */
  public void close() {
    closed = true;
  }

  /** Notes that the host is about to be told of datagrams; false where it is already. */
  public boolean queueReadable() {
    boolean first = !readableQueued;
    readableQueued = true;
    return first;
  }

  /** The host was told. */
  public void readableTold() {
    readableQueued = false;
  }

  /** Notes that the host is about to be told of room; false where it is already. */
  public boolean queueWritable() {
    boolean first = !writableQueued;
    writableQueued = true;
    return first;
  }

  /** The host was told. */
  public void writableTold() {
    writableQueued = false;
  }

  private void count(int counter, int more) {
    if (more > 0) {
      counters.setOpaque(counter, counters.getPlain(counter) + more);
    }
  }

  // ---- Any thread ----

  /** Datagrams that went into packets. */
  public long sent() {
    return counters.getOpaque(SENT);
  }

  /** Datagrams whose packets were acknowledged: they came to the peer's connection. */
  public long acknowledged() {
    return counters.getOpaque(ACKNOWLEDGED);
  }

  /** Datagrams whose packets were declared lost. */
  public long lost() {
    return counters.getOpaque(LOST);
  }

  /** Datagrams that were accepted, and too large for the path when their turn came. */
  public long sendDropped() {
    return counters.getOpaque(SEND_DROPPED);
  }

  /** Datagrams that came and were queued for the host. */
  public long received() {
    return counters.getOpaque(RECEIVED);
  }

  /** Datagrams that came and found the host's queue full. */
  public long receiveDropped() {
    return counters.getOpaque(RECEIVE_DROPPED);
  }
}
