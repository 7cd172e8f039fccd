package io.hypermesh.stoq.connection;

import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A run of datagrams that are written in place, one behind the other in the spaces that a driver
 * has for them, and then sealed in one call.
 *
 * <p>All are of one connection. All go from one socket, whose spaces they lie in, but maybe the
 * last: where that has to go from another socket, it has to be copied there. Filled again and
 * again; it allocates nothing. Owned by the thread of its endpoint.
 */
public final class TransmitBatch {
  /** Datagrams in a run. More gain nothing and would wait longer, in caches that have forgotten. */
  public static final int DATAGRAMS_MAX = 64;

  /** Space for datagrams that are not sent yet. */
  @FunctionalInterface
  public interface Spaces {
    /**
     * Space for one of the next datagrams; the same each time until the batch is taken.
     *
     * @param ahead how many come before it
     * @return at least 1,200 bytes, or null where there is no more
     */
    @Nullable MemorySegment claim(int ahead);
  }

  private final int[] lengths = new int[DATAGRAMS_MAX];
  private final InetSocketAddress[] destinations = new InetSocketAddress[DATAGRAMS_MAX];
  private final int[] ecns = new int[DATAGRAMS_MAX];
  private Spaces spaces = ahead -> null;
  private int socket;
  private int datagramsMax;
  private int limit;
  private int size;
  private int lastSocket;

  /**
   * Starts a new run.
   *
   * @param socket the number of the socket whose spaces these are
   * @param datagramsMax at most so many, and at most {@link #DATAGRAMS_MAX}
   */
  public void begin(Spaces of, int socket, int datagramsMax) {
    spaces = of;
    this.socket = socket;
    lastSocket = socket;
    this.datagramsMax = Math.min(datagramsMax, DATAGRAMS_MAX);
    limit = this.datagramsMax;
    size = 0;
  }

  /** The connection that is asked next may have no more than so many datagrams in this run. */
  public void limit(int ofConnection) {
    limit = Math.min(datagramsMax, ofConnection);
  }

  /** Space for the next datagram, or null where this run has to end. */
  public @Nullable MemorySegment claim() {
    return size < limit && lastSocket == socket ? spaces.claim(size) : null;
  }

  /** Adds the datagram in the claimed space, which may still be written to. */
  public void add(int length, InetSocketAddress destination, int fromSocket, int ecn) {
    lengths[size] = length;
    destinations[size] = destination;
    ecns[size] = ecn;
    lastSocket = fromSocket;
    size++;
  }

  /** Gives up all datagrams. */
  public void clear() {
    size = 0;
    lastSocket = socket;
  }

  /** How many datagrams there are. */
  public int size() {
    return size;
  }

  /** The length of a datagram in bytes. */
  public int length(int index) {
    return lengths[Objects.checkIndex(index, size)];
  }

  /** Where a datagram goes. */
  public InetSocketAddress destination(int index) {
    return destinations[Objects.checkIndex(index, size)];
  }

  /** The number of the socket that a datagram goes from. */
  public int socket(int index) {
    return Objects.checkIndex(index, size) == size - 1 ? lastSocket : socket;
  }

  /** The two ECN bits of a datagram. */
  public int ecn(int index) {
    return ecns[Objects.checkIndex(index, size)];
  }
}
