package io.hypermesh.stoq.driver;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Linux's own socket calls: many datagrams to one peer are one system call (UDP_SEGMENT, since
 * Linux 4.18), and so are many from one (UDP_GRO, since 5.0); older kernels get one call each. It
 * sets and reads the ECN bits (RFC 3168), and its memory is outside the heap.
 *
 * <pre>
 *   claim, commit ──► SegmentedSend ──► sendmmsg ─► socket ──► recvmsg ──► CoalescedReceive ──► handler
 *   wakeUp ──► WakeUpEvent ──► ppoll ◄── this socket and those it watches
 * </pre>
 *
 * <p>It calls the C library by the Foreign Function and Memory API, which a host has to allow: by
 * {@code --enable-native-access=io.hypermesh.stoq} where STOQ is on the module path, by {@code
 * --enable-native-access=ALL-UNNAMED} where it's on the class path, or in its own jar's manifest by
 * {@code Enable-Native-Access}. Without, and on other systems and architectures than 64-bit x86 and
 * ARM, {@link #isAvailable()} is false and {@link #open} fails, saying why; {@link
 * NioDatagramDriver} needs none of it. An endpoint takes the best that works, unless told:
 *
 * {@snippet file="ApiChoiceExamplesTest.java" region="driver"}
 *
 * <p>As with the portable driver the kernel is asked not to fragment (RFC 9000, 14), and a datagram
 * that it refuses counts as lost. The socket is IPv6 only. A link-local address keeps its scope,
 * received and sent. Where the kernel can't segment on a path it tells, and what goes there is sent
 * one datagram a call.
 *
 * <p>Java objects for peers' addresses come from a cache of bounded size, so that in a steady state
 * nothing is allocated for a datagram.
 */
public final class LinuxDatagramDriver implements DatagramDriver {
  /** What it's called among {@link DriverKind}s. */
  static final String NAME = "linux";

  /**
   * Longest datagram sent unless said otherwise, in bytes: an Ethernet frame has no room for it.
   */
  private static final int DATAGRAM_BYTES_DEFAULT = 1_536;

  /** No driver is opened for less: QUIC needs as much (RFC 9000, 14). */
  private static final int DATAGRAM_BYTES_MIN = 1_200;

  /** Longest UDP payload there is, in bytes. */
  private static final int DATAGRAM_BYTES_MAX = 65_527;

  private final Arena arena;
  private final LinuxSocket socket;
  private final InetSocketAddress localAddress;
  private final WakeUpEvent event;
  private final SegmentedSend send;
  private final CoalescedReceive receive;
  private final SocketPoll poll;

  /** The socket took less than the batch. */
  private boolean full;

  private boolean closed;

  private LinuxDatagramDriver(
      Arena arena,
      LinuxSocket socket,
      InetSocketAddress localAddress,
      WakeUpEvent event,
      int datagramBytesMax,
      UnaryOperator<SegmentedSend.Call> sendCall) {
    this.arena = arena;
    this.socket = socket;
    this.localAddress = localAddress;
    this.event = event;
    MemorySegment state = socket.state();
    int number = socket.number();
    SegmentedSend.Call call = (messages, count) -> send(state, number, messages, count);
    AddressCache addresses = new AddressCache();
    send =
        new SegmentedSend(
            arena, datagramBytesMax, socket.segmentation(), addresses, sendCall.apply(call));
    receive = new CoalescedReceive(arena, socket, addresses);
    poll = new SocketPoll(arena, state, receive, event);
  }

  private static int send(MemorySegment state, int socket, SendMessages messages, int count) {
    if (count == 1) {
      messages.setResult(0, Libc.sendmsg(state, socket, messages.address(0), 0));
      return 1;
    }
    // It stops at the first that fails, and tells why only where that is the first of all.
    int sent = Libc.sendmmsg(state, socket, messages.address(0), count, 0);
    if (sent <= 0) {
      messages.setResult(0, sent == 0 ? -Errno.EINTR : sent);
      return 1;
    }
    for (int i = 0; i < sent; i++) {
      messages.setResult(i, 0);
    }
    return sent;
  }

  /**
   * Whether it works here: the system is Linux on a 64-bit x86 or ARM processor, native access is
   * allowed, and the kernel takes the options. Found out once, by opening a socket.
   */
  public static boolean isAvailable() {
    return LinuxSocket.unavailable() == null;
  }

  /**
   * Opens and binds a socket.
   *
   * @param bindAddress an IPv6 address; port 0 for any free one
   * @throws java.net.BindException where the address is in use or not this machine's
   * @throws DriverUnavailableException where there is none here; the message says why
   * @throws IllegalArgumentException where the address isn't IPv6
   */
  public static LinuxDatagramDriver open(InetSocketAddress bindAddress) throws IOException {
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
  public static LinuxDatagramDriver open(InetSocketAddress bindAddress, int datagramBytesMax)
      throws IOException {
    return open(bindAddress, datagramBytesMax, UnaryOperator.identity());
  }

  static void checkDatagramBytes(int datagramBytesMax) {
    if (datagramBytesMax < DATAGRAM_BYTES_MIN || datagramBytesMax > DATAGRAM_BYTES_MAX) {
      throw new IllegalArgumentException(
          "couldn't open a socket for datagrams of " + datagramBytesMax + " bytes");
    }
  }

  /** Opens one that sends through what the operator makes of the system call. */
  static LinuxDatagramDriver open(
      InetSocketAddress bindAddress,
      int datagramBytesMax,
      UnaryOperator<SegmentedSend.Call> sendCall)
      throws IOException {
    return open(bindAddress, datagramBytesMax, sendCall, false);
  }

  @SuppressWarnings("MustBeClosedChecker") // The driver closes the arena.
  private static LinuxDatagramDriver open(
      InetSocketAddress bindAddress,
      int datagramBytesMax,
      UnaryOperator<SegmentedSend.Call> sendCall,
      boolean shared)
      throws IOException {
    checkDatagramBytes(datagramBytesMax);
    String unavailable = LinuxSocket.unavailable();
    if (unavailable != null) {
      throw new DriverUnavailableException(NAME, unavailable);
    }
    Arena arena = Arena.ofShared();
    LinuxSocket socket = null;
    WakeUpEvent event = null;
    try {
      socket = LinuxSocket.open(bindAddress, shared);
      InetSocketAddress localAddress = socket.localAddress();
      event = new WakeUpEvent(socket.state(), arena);
      return new LinuxDatagramDriver(
          arena, socket, localAddress, event, datagramBytesMax, sendCall);
    } catch (IOException | RuntimeException e) {
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
    if (timeoutNanos > 0 && !Thread.currentThread().isInterrupted()) {
      poll.await(full, timeoutNanos);
    }
  }

  /** Watches another driver of this kind, up to 16 of them. */
  @Override
  public boolean watch(DatagramDriver other) {
    return other instanceof LinuxDatagramDriver driver && poll.watch(driver.receive);
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
    socket.close();
    event.close();
    arena.close();
  }
}
