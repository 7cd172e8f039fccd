package io.hypermesh.stoq.driver;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The portable driver: one non-blocking {@link DatagramChannel}, one system call a datagram.
 *
 * <p>The JDK's IPv6 sockets are dual-stack and have no option against it, so a socket on {@code ::}
 * would hear IPv4 too: what comes from an IPv4 address is dropped here and counted.
 *
 * <p>IPv6 packets are fragmented by their sender or not at all, and a kernel does so to what is
 * longer than the path's MTU as far as it knows it. QUIC finds that MTU out by itself and must not
 * be told that a datagram fits which only passed in pieces (RFC 9000, 14), so the kernel is asked
 * not to: it then refuses what is too long (EMSGSIZE), which counts as its loss. Where the JDK
 * can't ask, the kernel may fragment; that costs speed, and nothing else.
 *
 * <p>It can't read the ECN bits, for which the JDK has no way, so it doesn't set them either.
 *
 * <p>Buffers are heap arrays: the JDK copies datagrams through its own direct buffer, and its
 * ciphers are fastest on arrays.
 */
public final class NioDatagramDriver implements DatagramDriver {
  /** What it's called among {@link DriverKind}s. */
  static final String NAME = "nio";

  /** Datagrams in a batch. */
  private static final int BATCH_SLOTS = 64;

  /**
   * Longest datagram sent unless said otherwise, in bytes: an Ethernet frame has no room for it.
   */
  private static final int DATAGRAM_BYTES_DEFAULT = 1_536;

  /** No driver is opened for less: QUIC needs as much (RFC 9000, 14). */
  private static final int DATAGRAM_BYTES_MIN = 1_200;

  /** Longest UDP payload there is, in bytes. */
  private static final int RECEIVE_BYTES_MAX = 65_535;

  /** What is asked of the kernel for each socket buffer; it may give less. */
  private static final int SOCKET_BUFFER_BYTES = 4 << 20;

  private static final Logger LOGGER = LoggerFactory.getLogger(NioDatagramDriver.class);

  private final DatagramChannel channel;
  private final Selector selector;
  private final SelectionKey key;
  private final InetSocketAddress localAddress;

  private final ByteBuffer receiveBuffer = ByteBuffer.allocate(RECEIVE_BYTES_MAX);
  private final MemorySegment receiveSegment = MemorySegment.ofBuffer(receiveBuffer);

  private final ByteBuffer[] slots = new ByteBuffer[BATCH_SLOTS];
  private final MemorySegment[] slotSegments = new MemorySegment[BATCH_SLOTS];
  private final @Nullable InetSocketAddress[] destinations = new InetSocketAddress[BATCH_SLOTS];
  private int batchStart;
  private int batchEnd;

  private long droppedIpv4;
  private long sendFailures;

  private NioDatagramDriver(DatagramChannel channel, Selector selector, int datagramBytesMax)
      throws IOException {
    this.channel = channel;
    this.selector = selector;
    this.key = channel.register(selector, SelectionKey.OP_READ);
    this.localAddress = (InetSocketAddress) channel.getLocalAddress();
    for (int i = 0; i < BATCH_SLOTS; i++) {
      byte[] bytes = new byte[datagramBytesMax];
      slots[i] = ByteBuffer.wrap(bytes);
      slotSegments[i] = MemorySegment.ofArray(bytes);
    }
  }

  /**
   * Opens and binds a socket.
   *
   * @param bindAddress an IPv6 address; port 0 for any free one
   * @throws java.net.BindException where the address is in use or not this machine's
   */
  public static NioDatagramDriver open(InetSocketAddress bindAddress) throws IOException {
    return open(bindAddress, DATAGRAM_BYTES_DEFAULT);
  }

  /**
   * Opens and binds a socket.
   *
   * @param bindAddress an IPv6 address; port 0 for any free one
   * @param datagramBytesMax the longest datagram that it sends: 1,200 to 65,527 bytes
   * @throws java.net.BindException where the address is in use or not this machine's
   */
  public static NioDatagramDriver open(InetSocketAddress bindAddress, int datagramBytesMax)
      throws IOException {
    return open(bindAddress, datagramBytesMax, false);
  }

  private static NioDatagramDriver open(
      InetSocketAddress bindAddress, int datagramBytesMax, boolean shared) throws IOException {
    if (datagramBytesMax < DATAGRAM_BYTES_MIN || datagramBytesMax > RECEIVE_BYTES_MAX) {
      throw new IllegalArgumentException(
          "couldn't open a socket for datagrams of " + datagramBytesMax + " bytes");
    }
    DatagramChannel channel = DatagramChannel.open(StandardProtocolFamily.INET6);
    Selector selector = null;
    try {
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.SO_RCVBUF, SOCKET_BUFFER_BYTES);
      channel.setOption(StandardSocketOptions.SO_SNDBUF, SOCKET_BUFFER_BYTES);
      if (channel.supportedOptions().contains(ExtendedSocketOptions.IP_DONTFRAGMENT)) {
        channel.setOption(ExtendedSocketOptions.IP_DONTFRAGMENT, true);
      }
      if (shared) {
        channel.setOption(StandardSocketOptions.SO_REUSEPORT, true);
      }
      channel.bind(bindAddress);
      selector = Selector.open();
      return new NioDatagramDriver(channel, selector, datagramBytesMax);
    } catch (IOException | RuntimeException e) {
      if (selector != null) {
        selector.close();
      }
      channel.close();
      throw e;
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int datagramBytesMax() {
    return slots[0].capacity();
  }

  @Override
  public InetSocketAddress localAddress() {
    return localAddress;
  }

  @Override
  public int receive(DatagramHandler handler, int limit) throws IOException {
    int received = 0;
    while (received < limit) {
      receiveBuffer.clear();
      SocketAddress source;
      try {
        source = channel.receive(receiveBuffer);
      } catch (PortUnreachableException e) {
        // An ICMP error of some earlier send; QUIC doesn't act on those (RFC 9000, 14.2.1).
        LOGGER.trace("a peer's port is unreachable", e);
        received++;
        continue;
      }
      if (source == null) {
        break;
      }
      received++;
      InetSocketAddress from = (InetSocketAddress) source;
      if (from.getAddress() instanceof Inet6Address) {
        handler.onDatagram(receiveSegment, 0, receiveBuffer.position(), from, 0);
      } else {
        droppedIpv4++;
      }
    }
    return received;
  }

  @Override
  public @Nullable MemorySegment claim() {
    return batchEnd < BATCH_SLOTS ? slotSegments[batchEnd] : null;
  }

  @Override
  public @Nullable MemorySegment claim(int ahead) {
    int slot = batchEnd + ahead;
    return slot < BATCH_SLOTS ? slotSegments[slot] : null;
  }

  @Override
  public void commit(int length, InetSocketAddress destination, int ecn) {
    if (batchEnd == BATCH_SLOTS) {
      throw new IllegalStateException("couldn't commit a datagram because none is claimed");
    }
    slots[batchEnd].clear().limit(length);
    destinations[batchEnd] = destination;
    batchEnd++;
  }

  @Override
  public int flush() throws IOException {
    while (batchStart < batchEnd) {
      if (!send(batchStart)) {
        key.interestOps(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
        return batchEnd - batchStart;
      }
      destinations[batchStart] = null;
      batchStart++;
    }
    if (batchEnd > 0 && key.interestOps() != SelectionKey.OP_READ) {
      key.interestOps(SelectionKey.OP_READ);
    }
    batchStart = 0;
    batchEnd = 0;
    return 0;
  }

  /** Sends one; false where the socket's buffer is full. */
  private boolean send(int slot) throws IOException {
    ByteBuffer datagram = slots[slot];
    InetSocketAddress destination = destinations[slot];
    try {
      return channel.send(datagram, destination) > 0 || !datagram.hasRemaining();
    } catch (IOException e) {
      if (!channel.isOpen()) {
        throw e;
      }
      // No route, or a datagram too long for the link: to the protocol this is loss, and one peer's
      // trouble must not stop the others.
      sendFailures++;
      LOGGER.trace("couldn't send a datagram to {}", destination, e);
      return true;
    }
  }

  @Override
  public void await(long timeoutNanos) throws IOException {
    if (timeoutNanos <= 0) {
      return;
    }
    if (timeoutNanos == Long.MAX_VALUE) {
      selector.select();
    } else {
      // Rounded up: waking before the deadline would only spin.
      selector.select((timeoutNanos + 999_999) / 1_000_000);
    }
    selector.selectedKeys().clear();
  }

  @Override
  public boolean watch(DatagramDriver other) {
    if (!(other instanceof NioDatagramDriver driver)) {
      return false;
    }
    try {
      driver.channel.register(selector, SelectionKey.OP_READ);
      return true;
    } catch (ClosedChannelException e) {
      LOGGER.debug("couldn't watch a socket that is closed", e);
      return false;
    }
  }

  /** Where the system has SO_REUSEPORT; it spreads what arrives over the sockets on Linux alone. */
  @Override
  public @Nullable DatagramDriver openSibling() throws IOException {
    if (!channel.supportedOptions().contains(StandardSocketOptions.SO_REUSEPORT)) {
      return null;
    }
    channel.setOption(StandardSocketOptions.SO_REUSEPORT, true);
    return open(localAddress, datagramBytesMax(), true);
  }

  @Override
  public void wakeUp() {
    selector.wakeup();
  }

  /** Datagrams dropped because an IPv4 host sent them. */
  public long droppedIpv4() {
    return droppedIpv4;
  }

  /** Datagrams that the kernel refused to send. */
  public long sendFailures() {
    return sendFailures;
  }

  @Override
  public void close() throws IOException {
    try (selector) {
      channel.close();
    }
  }
}
