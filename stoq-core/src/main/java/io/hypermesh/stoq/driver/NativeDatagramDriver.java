package io.hypermesh.stoq.driver;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import org.jspecify.annotations.Nullable;

/**
 * What the drivers of Linux have in common: a socket with its memory outside the heap, sending by
 * {@link SegmentedSend}, waking up by an eventfd(2). How they receive, wait and end is their own.
 */
abstract class NativeDatagramDriver implements DatagramDriver {
  /** What a driver receives by. */
  interface Receiver extends SocketPoll.Source {
    /** Hands on what came; returns how many, dropped ones among them. */
    int receive(DatagramHandler handler, int limit) throws IOException;

    /** Datagrams dropped because an IPv4 host sent them. */
    long droppedIpv4();
  }

  /**
   * Longest datagram sent unless said otherwise, in bytes: an Ethernet frame has no room for it.
   */
  static final int DATAGRAM_BYTES_DEFAULT = 1_536;

  /** No driver is opened for less: QUIC needs as much (RFC 9000, 14). */
  private static final int DATAGRAM_BYTES_MIN = 1_200;

  /** Longest UDP payload there is, in bytes. */
  private static final int DATAGRAM_BYTES_MAX = 65_527;

  private final Arena arena;
  private final LinuxSocket socket;
  private final InetSocketAddress localAddress;
  private final WakeUpEvent event;
  private final SegmentedSend send;
  private final Receiver receive;
  private final SocketPoll poll;

  /** The socket took less than the batch. */
  private boolean full;

  private boolean closed;

  /** Takes over all of them, and closes them but for what the subclass closes itself. */
  NativeDatagramDriver(
      Arena arena, LinuxSocket socket, WakeUpEvent event, SegmentedSend send, Receiver receive)
      throws IOException {
    this.arena = arena;
    this.socket = socket;
    this.localAddress = socket.localAddress();
    this.event = event;
    this.send = send;
    this.receive = receive;
    this.poll = new SocketPoll(arena, socket.state(), receive, event);
  }

  static void checkDatagramBytes(int datagramBytesMax) {
    if (datagramBytesMax < DATAGRAM_BYTES_MIN || datagramBytesMax > DATAGRAM_BYTES_MAX) {
      throw new IllegalArgumentException(
          "couldn't open a socket for datagrams of " + datagramBytesMax + " bytes");
    }
  }

  /** What it waits by while others of its kind are watched, or always. */
  final SocketPoll poll() {
    return poll;
  }

  /** Whether datagrams wait here: the socket doesn't tell of them any more. */
  final boolean hasMore() {
    return receive.hasMore();
  }

  /** Whether the socket took less than the last batch. */
  final boolean isFull() {
    return full;
  }

  final void checkOpen() throws ClosedChannelException {
    if (closed) {
      throw new ClosedChannelException();
    }
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

  /** Watches another driver of this kind, up to 16 of them. */
  @Override
  public boolean watch(DatagramDriver other) {
    return other instanceof NativeDatagramDriver driver
        && driver.getClass() == getClass()
        && poll.watch(driver.receive);
  }

  /** Lets another socket share the port, for {@link #openSibling()}. */
  final void sharePort() throws IOException {
    checkOpen();
    socket.sharePort();
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

  /** What a subclass has of its own, before the socket and the memory go. */
  void closeOwn() {}

  /** Idempotent. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    closeOwn();
    socket.close();
    event.close();
    arena.close();
  }
}
