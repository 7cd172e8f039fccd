package io.hypermesh.stoq.driver;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Sends and receives UDP datagrams over IPv6 in batches. It owns its socket and its buffers.
 *
 * <p>Sending is {@link #claim()}, fill, {@link #commit}, as often as there is space and something
 * to say, and then {@link #flush()}. Datagrams are claimed one behind the other so that a driver
 * may hand runs of equal length and destination to the kernel in one call.
 *
 * <p>One thread uses a driver; only {@link #wakeUp()} may be called from others.
 */
public interface DatagramDriver extends AutoCloseable {
  /** Opens drivers. */
  @FunctionalInterface
  interface Factory {
    /**
     * Opens a socket.
     *
     * @param bindAddress an IPv6 address; port 0 for any free one
     * @throws java.net.BindException where the address is in use or not this machine's
     */
    DatagramDriver open(InetSocketAddress bindAddress) throws IOException;

    /**
     * Opens a socket for datagrams of some length, or for those that it is made for.
     *
     * @param bindAddress an IPv6 address; port 0 for any free one
     * @param datagramBytesMax the longest that will be sent: 1,200 to 65,527 bytes
     * @throws java.net.BindException where the address is in use or not this machine's
     */
    default DatagramDriver open(InetSocketAddress bindAddress, int datagramBytesMax)
        throws IOException {
      return open(bindAddress);
    }
  }

  /** What to call it in logs; its class unless it says otherwise. Any thread may ask. */
  default String name() {
    return getClass().getSimpleName();
  }

  /** The longest datagram that {@link #claim()} has space for, in bytes. */
  int datagramBytesMax();

  /**
   * Whether the driver sets the ECN bits of what it sends and reads those of what it receives (RFC
   * 3168). Without both, connections mark nothing (RFC 9000, 13.4).
   */
  default boolean supportsEcn() {
    return false;
  }

  /**
   * Has {@link #await} end, too, when a datagram arrives at another driver.
   *
   * @return false where it can't: then the other one has to be asked from time to time
   */
  default boolean watch(DatagramDriver other) {
    return false;
  }

  /**
   * Opens another driver of the same kind, whose socket has the same address and port
   * (SO_REUSEPORT), for another of an endpoint's agents. This one was bound by itself, so nobody
   * else has the port; from now on the system lets others of the same user share it.
   *
   * @return null where it can't, or the system doesn't share ports
   * @throws IOException where the other one can't be opened
   */
  default @Nullable DatagramDriver openSibling() throws IOException {
    return null;
  }

  /**
   * Has the kernel hand what arrives to the socket that a program chooses: 0 for this one, 1 for
   * the first that {@link #openSibling} has opened, and so on. To be called on the first, once the
   * others are open.
   *
   * @return false where it can't: then the kernel chooses by addresses and ports
   */
  default boolean steer(SteeringProgram program) {
    return false;
  }

  /** The address that the socket is bound to, its port never 0. */
  InetSocketAddress localAddress();

  /**
   * Hands datagrams that have arrived to the handler; doesn't wait for any.
   *
   * @param limit how many at most
   * @return how many it was
   * @throws IOException where the socket is unusable; loss and unreachable peers are no errors
   */
  int receive(DatagramHandler handler, int limit) throws IOException;

  /**
   * Space for the next datagram of the batch, {@link #datagramBytesMax()} bytes; the same again
   * until {@link #commit}.
   *
   * @return null where the batch is full: {@link #flush()} first
   */
  @Nullable MemorySegment claim();

  /**
   * Space for one of the datagrams that come next, so that several can be written, and encrypted in
   * one call, before the first of them is committed: {@code claim(0)} is {@link #claim()}, {@code
   * claim(1)} what that will give after the next {@link #commit}, and so on.
   *
   * <p>A driver without such spaces works as well, with each datagram encrypted by itself. One that
   * wraps another, and doesn't hand on every commit, must do without.
   *
   * @param ahead how many datagrams come before, 0 or more
   * @return null where the batch, or the driver, has no space for so many
   */
  default @Nullable MemorySegment claim(int ahead) {
    return ahead == 0 ? claim() : null;
  }

  /**
   * Adds the datagram in the claimed space to the batch.
   *
   * @param length in bytes, at least 1
   * @param destination an IPv6 address
   * @param ecn the two ECN bits for its IP header; a driver that can't set them sends 0
   */
  void commit(int length, InetSocketAddress destination, int ecn);

  /**
   * Sends the batch, or as much of it as the socket takes; the rest stays for the next call.
   *
   * @return how many datagrams are still unsent
   * @throws IOException where the socket is unusable
   */
  int flush() throws IOException;

  /**
   * Waits until a datagram arrives, the socket takes more of an unsent batch, somebody calls {@link
   * #wakeUp()}, or time is up.
   *
   * @param timeoutNanos at most this long; {@link Long#MAX_VALUE} for no limit
   */
  void await(long timeoutNanos) throws IOException;

  /** Ends the present or the next {@link #await}. Any thread may call it. */
  void wakeUp();

  @Override
  void close() throws IOException;
}
