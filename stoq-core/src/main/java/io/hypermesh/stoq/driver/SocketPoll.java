package io.hypermesh.stoq.driver;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Waits for a socket, for others that it watches, and for its wake-up event, by ppoll(2). Other
 * sockets are held meanwhile, so that none is closed and its number given to somebody else.
 *
 * <p>The driver's thread owns it.
 */
final class SocketPoll {
  /** Other sockets that it watches at once. */
  static final int WATCHED_MAX = 16;

  /** {@code sizeof(struct pollfd)} (poll(2), {@code sys/poll.h}). */
  private static final int ENTRY_BYTES = 8;

  private static final long DESCRIPTOR_OFFSET = 0;
  private static final long EVENTS_OFFSET = 4;
  private static final long RETURNED_OFFSET = 6;

  /** {@code bits/poll.h}. */
  private static final short POLLIN = 1;

  private static final short POLLOUT = 4;

  /** {@code struct timespec}: seconds and nanoseconds of eight bytes each. */
  private static final int TIMEOUT_BYTES = 16;

  private static final long NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

  private static final int EVENT_INDEX = 0;
  private static final int SOCKET_INDEX = 1;
  private static final int WATCHED_INDEX = 2;

  /** What a driver receives from. */
  interface Source {
    /** The socket. */
    Descriptor descriptor();

    /** Whether datagrams wait here: the socket doesn't tell of them any more. */
    boolean hasMore();
  }

  private final MemorySegment state;
  private final WakeUpEvent event;
  private final InterruptibleWait wait;
  private final Source own;
  private final List<Source> watched = new ArrayList<>();
  private final MemorySegment entries;
  private final MemorySegment timeout;

  SocketPoll(Arena arena, MemorySegment state, Source own, WakeUpEvent event) {
    this.state = state;
    this.own = own;
    this.event = event;
    wait = new InterruptibleWait(event);
    entries = arena.allocate((long) ENTRY_BYTES * (WATCHED_INDEX + WATCHED_MAX), Long.BYTES);
    timeout = arena.allocate(TIMEOUT_BYTES, Long.BYTES);
    setEntry(EVENT_INDEX, event.number(), POLLIN);
    setEntry(SOCKET_INDEX, own.descriptor().number(), POLLIN);
  }

  private void setEntry(int index, int descriptor, short events) {
    long at = (long) index * ENTRY_BYTES;
    entries.set(JAVA_INT, at + DESCRIPTOR_OFFSET, descriptor);
    entries.set(JAVA_SHORT, at + EVENTS_OFFSET, events);
    entries.set(JAVA_SHORT, at + RETURNED_OFFSET, (short) 0);
  }

  /** Watches another socket, too; false where that is closed, or there are too many. */
  boolean watch(Source other) {
    if (!other.descriptor().hold()) {
      return false;
    }
    other.descriptor().release();
    if (watched.contains(other)) {
      return true;
    }
    if (watched.size() == WATCHED_MAX) {
      holdWatched();
      releaseWatched();
    }
    return watched.size() < WATCHED_MAX && watched.add(other);
  }

  /** Whether it watches others. */
  boolean isWatching() {
    return !watched.isEmpty();
  }

  /** Holds those that are open and forgets the others. */
  private void holdWatched() {
    for (int i = watched.size() - 1; i >= 0; i--) {
      if (!watched.get(i).descriptor().hold()) {
        watched.remove(i);
      }
    }
  }

  private void releaseWatched() {
    for (int i = 0; i < watched.size(); i++) {
      watched.get(i).descriptor().release();
    }
  }

  /** Whether datagrams wait that a socket doesn't tell of any more. */
  private boolean hasMore() {
    boolean found = own.hasMore();
    for (int i = 0; i < watched.size() && !found; i++) {
      found = !watched.get(i).descriptor().isClosed() && watched.get(i).hasMore();
    }
    return found;
  }

  /**
   * Waits; a signal that the process gets ends it, too, and so does an interrupt of the thread.
   *
   * @param writable whether for room to send, too
   * @param timeoutNanos at most this long; {@link Long#MAX_VALUE} for no limit
   */
  void await(boolean writable, long timeoutNanos) throws IOException {
    if (hasMore()) {
      return;
    }
    entries.set(
        JAVA_SHORT,
        (long) SOCKET_INDEX * ENTRY_BYTES + EVENTS_OFFSET,
        writable ? (short) (POLLIN | POLLOUT) : POLLIN);
    holdWatched();
    int result;
    try {
      for (int i = 0; i < watched.size(); i++) {
        setEntry(WATCHED_INDEX + i, watched.get(i).descriptor().number(), POLLIN);
      }
      timeout.set(JAVA_LONG, 0, timeoutNanos / NANOS_PER_SECOND);
      timeout.set(JAVA_LONG, Long.BYTES, timeoutNanos % NANOS_PER_SECOND);
      wait.enter();
      result =
          Libc.ppoll(
              state,
              entries.address(),
              WATCHED_INDEX + watched.size(),
              timeoutNanos == Long.MAX_VALUE ? 0 : timeout.address());
    } finally {
      wait.leave();
      releaseWatched();
    }
    if (result < 0 && -result != Errno.EINTR) {
      throw Errno.exception("wait for datagrams", -result);
    }
    if (result > 0
        && entries.get(JAVA_SHORT, (long) EVENT_INDEX * ENTRY_BYTES + RETURNED_OFFSET) != 0) {
      event.clear(state);
    }
  }
}
