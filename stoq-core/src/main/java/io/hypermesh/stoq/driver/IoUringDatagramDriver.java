package io.hypermesh.stoq.driver;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
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
public final class IoUringDatagramDriver implements DatagramDriver {
  /** What it's called among {@link DriverKind}s. */
  static final String NAME = "io_uring";

  /**
   * Longest datagram sent unless said otherwise, in bytes: an Ethernet frame has no room for it.
   */
  private static final int DATAGRAM_BYTES_DEFAULT = 1_536;

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

  private final Arena arena;
  private final LinuxSocket socket;
  private final InetSocketAddress localAddress;
  private final WakeUpEvent event;
  private final IoUringRequests requests;
  private final SegmentedSend send;
  private final IoUringReceive receive;
  private final SocketPoll poll;
  private final InterruptibleWait wait;

  /** The socket took less than the batch. */
  private boolean full;

  private boolean closed;

  private IoUringDatagramDriver(
      Arena arena,
      LinuxSocket socket,
      WakeUpEvent event,
      IoUringRequests requests,
      int datagramBytesMax,
      UnaryOperator<SegmentedSend.Call> sendCall)
      throws IOException {
    this.arena = arena;
    this.socket = socket;
    this.localAddress = socket.localAddress();
    this.event = event;
    this.requests = requests;
    AddressCache addresses = new AddressCache();
    send =
        new SegmentedSend(
            arena,
            datagramBytesMax,
            socket.segmentation(),
            addresses,
            sendCall.apply(requests::send));
    receive = new IoUringReceive(socket, requests, addresses);
    poll = new SocketPoll(arena, socket.state(), receive, event);
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
    LinuxDatagramDriver.checkDatagramBytes(datagramBytesMax);
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
      return new IoUringDatagramDriver(arena, socket, event, requests, datagramBytesMax, sendCall);
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
  public int datagramBytesMax() {
    return send.datagramBytesMax();
  }

  @Override
  public boolean supportsEcn() {
    return true;
  }

  @Override
  public InetSocketAddress localAddress() {
    return localAddress;
  }

  private void checkOpen() throws ClosedChannelException {
    if (closed) {
      throw new ClosedChannelException();
    }
  }

  @Override
  public int receive(DatagramHandler handler, int limit) throws IOException {
    checkOpen();
    return receive.receive(handler, limit);
  }

  @Override
  public @Nullable MemorySegment claim() {
    return send.claim(0);
  }

  @Override
  public @Nullable MemorySegment claim(int ahead) {
    return send.claim(ahead);
  }

  @Override
  public void commit(int length, InetSocketAddress destination, int ecn) {
    send.commit(length, destination, ecn);
  }

  @Override
  public int flush() throws IOException {
    checkOpen();
    int unsent = send.flush();
    full = unsent > 0;
    return unsent;
  }

  @Override
  public void await(long timeoutNanos) throws IOException {
    checkOpen();
    if (timeoutNanos <= 0
        || Thread.currentThread().isInterrupted()
        || requests.takeWoken()
        || receive.hasMore()) {
      return;
    }
    if (poll.isWatching()) {
      // Requests on others' sockets would keep those open when their drivers are closed.
      poll.await(full, timeoutNanos);
      return;
    }
    try {
      wait.enter();
      requests.await(full, timeoutNanos);
    } finally {
      wait.leave();
    }
    // Called for, it has come: the next wait is another one.
    requests.takeWoken();
  }

  /** Watches another driver of this kind, up to 16 of them. */
  @Override
  public boolean watch(DatagramDriver other) {
    return other instanceof IoUringDatagramDriver driver && poll.watch(driver.receive);
  }

  @Override
  public DatagramDriver openSibling() throws IOException {
    checkOpen();
    socket.sharePort();
    return open(localAddress, datagramBytesMax(), UnaryOperator.identity(), true);
  }

  @Override
  public boolean steer(SteeringProgram program) {
    return socket.steer(program);
  }

  @Override
  public void wakeUp() {
    event.signal();
  }

  /** Datagrams dropped because an IPv4 host sent them. */
  public long droppedIpv4() {
    return receive.droppedIpv4();
  }

  /** Datagrams that the kernel refused to send. */
  public long sendFailures() {
    return send.failures();
  }

  /** Destinations to which the kernel doesn't segment, as far as it was tried lately. */
  int refusedPaths() {
    return send.refusedPaths();
  }

  /** Idempotent. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    requests.close();
    socket.close();
    event.close();
    arena.close();
  }
}
