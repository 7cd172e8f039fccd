package io.hypermesh.stoq.driver;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.InetSocketAddress;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Linux's io_uring(7), since Linux 6.1: datagrams are received by one request that goes on for
 * ever, into buffers that the kernel takes from a ring, and a batch that needs several messages is
 * one system call. What a message is, is as in {@link LinuxDatagramDriver}: many datagrams to one
 * peer (UDP_SEGMENT), or from one (UDP_GRO), with their ECN bits (RFC 3168).
 *
 * <pre>
 *   claim, commit ──► SegmentedSend ──► requests ─┐        ┌─► completions ──► IoUringReceive ──► handler
 *                                                 ├─ ring ─┤
 *   wakeUp ──► WakeUpEvent ──► requests ──────────┘        └─► completions ──► await ends
 * </pre>
 *
 * <p>The ring belongs to the thread that uses the driver. Another thread may take over, at the cost
 * of setting up another ring: so a thread of the platform serves it best, since a virtual one
 * changes from one to another of those.
 *
 * <p>Native access has to be allowed as for {@link LinuxDatagramDriver}; where that is missing, the
 * system isn't Linux, the kernel is too old, or a sandbox forbids io_uring, as many containers' do,
 * {@link #open} fails and says so. Else it behaves as that one does.
 */
public final class IoUringDatagramDriver extends NativeDatagramDriver {
  /** What it's called among {@link DriverKind}s. */
  static final String NAME = "io_uring";

  /** Decided once. */
  private static final class Availability {
    private static final @Nullable String REASON = reason();

    private static @Nullable String reason() {
      String reason = LinuxSocket.unavailable();
      if (reason != null) {
        return reason;
      }
      try {
        return IoUring.missing(Libc.newCallState());
      } catch (DriverUnavailableException e) {
        return e.reason();
      } catch (IOException | RuntimeException | LinkageError e) {
        return "io_uring was tried and failed: " + e;
      }
    }
  }

  private final IoUringRequests requests;
  private final InterruptibleWait wait;

  private IoUringDatagramDriver(
      Arena arena,
      LinuxSocket socket,
      WakeUpEvent event,
      IoUringRequests requests,
      AddressCache addresses,
      int datagramBytesMax,
      UnaryOperator<SegmentedSend.Call> sendCall)
      throws IOException {
    super(
        arena,
        socket,
        event,
        new SegmentedSend(
            arena,
            datagramBytesMax,
            socket.segmentation(),
            addresses,
            sendCall.apply(requests::send)),
        new IoUringReceive(socket, requests, addresses));
    this.requests = requests;
    wait = new InterruptibleWait(event);
  }

  /** Whether it works here, as far as the kernel tells. Found out once, by setting up a ring. */
  public static boolean isAvailable() {
    return unavailable() == null;
  }

  /** Why there can be none here; null where there can. */
  static @Nullable String unavailable() {
    return Availability.REASON;
  }

  /**
   * Opens and binds a socket.
   *
   * @param bindAddress an IPv6 address; port 0 for any free one
   * @throws java.net.BindException where the address is in use or not this machine's
   * @throws DriverUnavailableException where there is none here; the message says why
   * @throws IllegalArgumentException where the address isn't IPv6
   */
  public static IoUringDatagramDriver open(InetSocketAddress bindAddress) throws IOException {
    return open(bindAddress, DATAGRAM_BYTES_DEFAULT);
  }

  /**
   * Opens and binds a socket.
   *
   * @param bindAddress an IPv6 address; port 0 for any free one
   * @param datagramBytesMax the longest datagram that it sends: 1,200 to 65,527 bytes
   * @throws java.net.BindException where the address is in use or not this machine's
   * @throws DriverUnavailableException where there is none here; the message says why
   * @throws IllegalArgumentException where the address isn't IPv6, or the length out of range
   */
  public static IoUringDatagramDriver open(InetSocketAddress bindAddress, int datagramBytesMax)
      throws IOException {
    return open(bindAddress, datagramBytesMax, UnaryOperator.identity());
  }

  /** Opens one that sends through what the operator makes of the system call. */
  static IoUringDatagramDriver open(
      InetSocketAddress bindAddress,
      int datagramBytesMax,
      UnaryOperator<SegmentedSend.Call> sendCall)
      throws IOException {
    return open(bindAddress, datagramBytesMax, sendCall, false);
  }

  @SuppressWarnings("MustBeClosedChecker") // The driver closes the arena.
  private static IoUringDatagramDriver open(
      InetSocketAddress bindAddress,
      int datagramBytesMax,
      UnaryOperator<SegmentedSend.Call> sendCall,
      boolean shared)
      throws IOException {
    checkDatagramBytes(datagramBytesMax);
    String unavailable = unavailable();
    if (unavailable != null) {
      throw new DriverUnavailableException(NAME, unavailable);
    }
    Arena arena = Arena.ofShared();
    LinuxSocket socket = null;
    WakeUpEvent event = null;
    IoUringRequests requests = null;
    try {
      socket = LinuxSocket.open(bindAddress, shared);
      event = new WakeUpEvent(socket.state(), arena);
      requests = new IoUringRequests(arena, socket, event);
      return new IoUringDatagramDriver(
          arena, socket, event, requests, new AddressCache(), datagramBytesMax, sendCall);
    } catch (IOException | RuntimeException e) {
      if (requests != null) {
        requests.close();
      }
      if (event != null) {
        event.close();
      }
      if (socket != null) {
        socket.close();
      }
      arena.close();
      throw e;
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public void await(long timeoutNanos) throws IOException {
    checkOpen();
    if (timeoutNanos <= 0
        || Thread.currentThread().isInterrupted()
        || requests.takeWoken()
        || hasMore()) {
      return;
    }
    if (poll().isWatching()) {
      // Requests on others' sockets would keep those open when their drivers are closed.
      poll().await(isFull(), timeoutNanos);
      return;
    }
    try {
      wait.enter();
      requests.await(isFull(), timeoutNanos);
    } finally {
      wait.leave();
    }
    // Called for, it has come: the next wait is another one.
    requests.takeWoken();
  }

  @Override
  public DatagramDriver openSibling() throws IOException {
    sharePort();
    return open(localAddress(), datagramBytesMax(), UnaryOperator.identity(), true);
  }

  @Override
  void closeOwn() {
    requests.close();
  }
}
