package io.hypermesh.stoq.driver;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the kernel hands over in one {@code recvmsg}: a datagram, or several from one source that it
 * put together (UDP_GRO, udp(7)), all of one length but the last. They are handed on from where
 * they lie; those beyond the limit of one call wait here for the next.
 *
 * <p>The driver's thread owns it.
 */
final class CoalescedReceive implements NativeDatagramDriver.Receiver {
  /** Longest payload that a call returns, in bytes: UDP's length has 16 bits. */
  private static final int BUFFER_BYTES = 65_536;

  /** {@code MSG_TRUNC} (recvmsg(2), {@code bits/socket.h}). */
  private static final int MSG_TRUNC = 0x20;

  private static final Logger LOGGER = LoggerFactory.getLogger(CoalescedReceive.class);

  private final LinuxSocket socket;
  private final AddressCache addresses;
  private final MemorySegment buffer;
  private final MemorySegment name;
  private final MemorySegment iovec;
  private final MemorySegment control;
  private final MessageHeader header;
  private final ControlMessages messages = new ControlMessages();

  private final PendingTrain train = new PendingTrain();
  private long droppedIpv4;

  CoalescedReceive(Arena arena, LinuxSocket socket, AddressCache addresses) {
    this.socket = socket;
    this.addresses = addresses;
    buffer = arena.allocate(BUFFER_BYTES, Long.BYTES);
    name = arena.allocate(SocketAddressCodec.STRIDE_BYTES, Long.BYTES);
    iovec = MessageHeader.allocateIovecs(arena, 1);
    MessageHeader.setIovecBase(iovec, 0, buffer.address());
    MessageHeader.setIovecLength(iovec, 0, BUFFER_BYTES);
    control = arena.allocate(ControlMessages.RECEIVE_BYTES, Long.BYTES);
    header = new MessageHeader(arena);
    header.setIovecs(iovec.address(), 1);
  }

  @Override
  public Descriptor descriptor() {
    return socket.descriptor();
  }

  @Override
  public boolean hasMore() {
    return !train.isEmpty();
  }

  @Override
  public int receive(DatagramHandler handler, int limit) throws IOException {
    int received = 0;
    while (received < limit) {
      if (!train.isEmpty()) {
        received += train.handOn(handler, limit - received);
        continue;
      }
      int result = fill();
      if (result == -Errno.EAGAIN) {
        break;
      }
      if (train.isEmpty()) {
        received++;
      }
    }
    return received;
  }

  /** Asks the kernel; where nothing comes of it the train is as empty as before. */
  private int fill() throws IOException {
    header.setName(name.address());
    header.setControl(control.address(), ControlMessages.RECEIVE_BYTES);
    int result = Libc.recvmsg(socket.state(), socket.number(), header.address(), 0);
    if (result < 0) {
      if (-result == Errno.EINVAL || Errno.isSocketUnusable(-result)) {
        throw Errno.exception("receive datagrams", -result);
      }
      if (-result != Errno.EAGAIN) {
        // An ICMP error of some earlier send; QUIC doesn't act on those (RFC 9000, 14.2.1).
        LOGGER.trace("a datagram sent earlier was refused: errno {}", -result);
      }
      return result;
    }
    InetSocketAddress from = addresses.read(name);
    if (from == null) {
      droppedIpv4++;
      return result;
    }
    if ((header.flags() & MSG_TRUNC) != 0) {
      LOGGER.trace("dropped a datagram from {} that is longer than there are", from);
      return result;
    }
    messages.read(control, header.controlLength());
    train.begin(buffer, 0, result, messages.segmentBytes(), from, messages.ecn());
    return result;
  }

  @Override
  public long droppedIpv4() {
    return droppedIpv4;
  }
}
