package io.hypermesh.stoq.driver;

import java.io.IOException;
import java.net.InetSocketAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands on what an io_uring received: each buffer has a datagram, or several from one source that
 * the kernel put together (UDP_GRO, udp(7)). A buffer is the kernel's again when all of it was
 * handed on.
 *
 * <p>The driver's thread owns it.
 */
final class IoUringReceive implements NativeDatagramDriver.Receiver {
  /** {@code MSG_TRUNC} (recvmsg(2), {@code bits/socket.h}). */
  private static final int MSG_TRUNC = 0x20;

  private static final int NONE = -1;

  private static final Logger LOGGER = LoggerFactory.getLogger(IoUringReceive.class);

  private final LinuxSocket socket;
  private final IoUringRequests requests;
  private final AddressCache addresses;
  private final ControlMessages messages = new ControlMessages();
  private final PendingTrain train = new PendingTrain();

  /** The buffer that the train is in. */
  private int held = NONE;

  private long droppedIpv4;

  IoUringReceive(LinuxSocket socket, IoUringRequests requests, AddressCache addresses) {
    this.socket = socket;
    this.requests = requests;
    this.addresses = addresses;
  }

  @Override
  public Descriptor descriptor() {
    return socket.descriptor();
  }

  @Override
  public boolean hasMore() {
    return !train.isEmpty() || requests.hasFilled();
  }

  @Override
  public int receive(DatagramHandler handler, int limit) throws IOException {
    int received = 0;
    while (received < limit) {
      if (!train.isEmpty()) {
        received += train.handOn(handler, limit - received);
        continue;
      }
      release();
      requests.refill();
      received += failures();
      if (!requests.hasFilled()) {
        break;
      }
      received += begin();
    }
    if (train.isEmpty()) {
      release();
    }
    return received;
  }

  private void release() {
    if (held != NONE) {
      requests.buffers().provide(held);
      held = NONE;
    }
  }

  /** Looks at why receiving ended; returns how many datagrams that counts for. */
  private int failures() throws IOException {
    int errno = requests.takeReceiveError();
    if (errno == 0) {
      return 0;
    }
    if (errno == Errno.EINVAL || Errno.isSocketUnusable(errno)) {
      throw Errno.exception("receive datagrams", errno);
    }
    // An ICMP error of some earlier send; QUIC doesn't act on those (RFC 9000, 14.2.1).
    LOGGER.trace("a datagram sent earlier was refused: errno {}", errno);
    return 1;
  }

  /** Begins with the buffer that was filled first; returns how many datagrams were dropped. */
  private int begin() {
    ProvidedBuffers buffers = requests.buffers();
    int number = requests.filled();
    int bytes = requests.filledBytes() - ProvidedBuffers.DATAGRAMS_OFFSET;
    requests.takeFilled();
    held = number;
    InetSocketAddress from = addresses.read(buffers.name(number));
    if (from == null) {
      droppedIpv4++;
      return 1;
    }
    if ((buffers.flags(number) & MSG_TRUNC) != 0 || buffers.payloadLength(number) != bytes) {
      LOGGER.trace("dropped a datagram from {} that is longer than there are", from);
      return 1;
    }
    messages.read(buffers.control(number), buffers.controlLength(number));
    train.begin(
        buffers.buffer(number),
        ProvidedBuffers.DATAGRAMS_OFFSET,
        bytes,
        messages.segmentBytes(),
        from,
        messages.ecn());
    return 0;
  }

  @Override
  public long droppedIpv4() {
    return droppedIpv4;
  }
}
