package io.hypermesh.stoq.handshake;

import java.time.Duration;
import org.agrona.collections.LongHashSet;

/**
 * Keeps a server from taking the same early data twice (RFC 8446, 8.1 to 8.3).
 *
 * <p>Early data comes with a ticket, whose client says how old the ticket is. That gives the time
 * at which its ClientHello should arrive. Early data is taken only within a window around that
 * time, and only once for a ticket: the tickets taken are remembered for as long as a copy of the
 * ClientHello could still be within its window.
 *
 * <pre>
 *              expected arrival
 *      ───┬──────────┼──────────┬──▶ time     window: the same on both sides
 *         └───── taken once ────┘
 *   tickets taken:  [ bucket before ][ current bucket ]    a bucket spans two windows
 * </pre>
 *
 * <p>What others have taken can't be known, whether that's another server with the same secret or
 * this one before its restart, and no clock tells it for certain. So a register takes the early
 * data of its own tickets only, which bear its {@linkplain #id() number}; a client that comes with
 * another's resumes its session, without early data. Where the wall clock was set back, a
 * ClientHello whose window began before what is remembered is refused its early data. When a bucket
 * is full, early data is refused until the next one. A refusal costs the client a round trip, never
 * the connection.
 *
 * <p>Owned by the endpoint's thread; where several take early data, each on its own thread, they
 * share one that takes a lock.
 */
public class EarlyDataRegister {
  /** The number of no register. */
  static final long NONE = 0;

  /** Takes the place of an id that the set of ids can't hold. */
  private static final long MISSING = 0;

  private static final int INITIAL_CAPACITY = 64;

  private final long id;
  private final int ticketsMax;
  private final long windowMillis;
  private long recordingSinceMillis = Long.MIN_VALUE / 2;
  private long bucketStartMillis;
  private LongHashSet current = new LongHashSet(INITIAL_CAPACITY);
  private LongHashSet before = new LongHashSet(INITIAL_CAPACITY);

  /**
   * @param id another one for each register that there ever is, so from a random source
   * @param ticketsMax tickets remembered in each of the two buckets
   * @param window how much earlier or later than expected a ClientHello may arrive
   */
  public EarlyDataRegister(long id, int ticketsMax, Duration window) {
    if (ticketsMax < 1 || window.toMillis() < 1) {
      throw new IllegalArgumentException(
          "couldn't make a register of early data for " + ticketsMax + " tickets in " + window);
    }
    this.id = id == NONE ? 1 : id;
    this.ticketsMax = ticketsMax;
    this.windowMillis = window.toMillis();
    this.bucketStartMillis = Long.MIN_VALUE / 2;
  }

  /** What the tickets bear whose early data this register takes. */
  long id() {
    return id;
  }

  /**
   * Takes a ticket's early data.
   *
   * @param id the ticket's own
   * @param expectedMillis when the ClientHello should arrive
   * @return false where it came before, isn't fresh, or can't be remembered
   */
  protected boolean take(long id, long expectedMillis, long nowMillis) {
    turn(nowMillis);
    if (Math.abs(nowMillis - expectedMillis) > windowMillis
        || expectedMillis - windowMillis < recordingSinceMillis
        || id == MISSING
        || before.contains(id)
        || current.contains(id)
        || current.size() >= ticketsMax) {
      return false;
    }
    return current.add(id);
  }

  /** Begins a bucket where the current one is over. Time that goes back changes nothing. */
  private void turn(long nowMillis) {
    long span = 2 * windowMillis;
    if (nowMillis - bucketStartMillis < span) {
      return;
    }
    // The bucket before goes. Whatever was in it was taken before the current one began.
    if (!before.isEmpty()) {
      recordingSinceMillis = Math.max(recordingSinceMillis, bucketStartMillis);
    }
    LongHashSet emptied = before;
    emptied.clear();
    before = current;
    current = emptied;
    bucketStartMillis = nowMillis;
  }

  /** Tickets that are remembered now. */
  int size() {
    return before.size() + current.size();
  }
}
