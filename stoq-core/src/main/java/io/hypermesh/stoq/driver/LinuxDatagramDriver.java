package io.hypermesh.stoq.driver;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.util.function.UnaryOperator;

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
public final class LinuxDatagramDriver extends NativeDatagramDriver {
  /** What it's called among {@link DriverKind}s. */
  static final String NAME = "linux";

  private LinuxDatagramDriver(
      Arena arena,
      LinuxSocket socket,
      WakeUpEvent event,
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
            sendCall.apply(
                (messages, count) -> send(socket.state(), socket.number(), messages, count))),
        new CoalescedReceive(arena, socket, addresses));
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
      event = new WakeUpEvent(socket.state(), arena);
      return new LinuxDatagramDriver(
          arena, socket, event, new AddressCache(), datagramBytesMax, sendCall);
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
  public void await(long timeoutNanos) throws IOException {
    checkOpen();
    if (timeoutNanos > 0 && !Thread.currentThread().isInterrupted()) {
      poll().await(isFull(), timeoutNanos);
    }
  }

  @Override
  public DatagramDriver openSibling() throws IOException {
    sharePort();
    return open(localAddress(), datagramBytesMax(), UnaryOperator.identity(), true);
  }
}
