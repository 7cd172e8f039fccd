package io.hypermesh.stoq.driver;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The datagrams that are to be sent, and how they go: a run of them with one length, destination
 * and ECN mark is one {@code sendmsg} with UDP_SEGMENT (udp(7)), which the kernel cuts into
 * datagrams, or lets the network card. The last of a run may be shorter.
 *
 * <pre>
 *   claim ──► slot ──► commit ──► [start … end) ──► flush: runs ──► sendmsg ─┬─► sent, or lost
 *                                       ▲                                    ├─► EAGAIN: the rest stays
 *                                       └──── one a call ◄── EINVAL, EIO ◄───┘
 * </pre>
 *
 * <p>A refused run goes again, one datagram a call. Where the first of them passes, the kernel
 * can't segment on this path, and {@link RefusedPaths} keeps that; where it doesn't, it is too long
 * for the path (which kernels report as EINVAL, too, for a run).
 *
 * <p>Datagrams lie in slots beside each other; a run is an array of {@code iovec}s, of which each
 * slot has its own. The driver's thread owns all of it.
 */
final class SegmentedSend {
  /**
   * Datagrams in a batch; no more than a call may have segments (UDP_MAX_SEGMENTS, 64 at first).
   */
  static final int BATCH_SLOTS = 64;

  /** Payload of a run: what one IPv6 datagram has room for, with its own and UDP's header. */
  static final int RUN_BYTES_MAX = 65_535 - 40 - 8;

  /** A slot starts on a cache line. */
  private static final int SLOT_ALIGNMENT = 64;

  private static final Logger LOGGER = LoggerFactory.getLogger(SegmentedSend.class);

  /** The system call; tests have their own. */
  @FunctionalInterface
  interface Call {
    /**
     * Sends one datagram, or a run.
     *
     * @param header of the message
     * @param datagrams how many are in it
     * @return a negative error number where it failed
     */
    int send(MessageHeader header, int datagrams);
  }

  private final Call call;
  private final boolean segmentation;
  private final RefusedPaths refused = new RefusedPaths();
  private final AddressCache addresses;
  private final int datagramBytesMax;

  private final MemorySegment[] slots = new MemorySegment[BATCH_SLOTS];
  private final MemorySegment[] names = new MemorySegment[BATCH_SLOTS];
  private final @Nullable InetSocketAddress[] destinations = new InetSocketAddress[BATCH_SLOTS];
  private final int[] lengths = new int[BATCH_SLOTS];
  private final int[] marks = new int[BATCH_SLOTS];
  private final MemorySegment iovecs;
  private final MemorySegment control;
  private final MessageHeader header;

  private int start;
  private int end;

  /** Up to here datagrams go one a call, because their run was refused. */
  private int singlesEnd;

  /** None of those has gone yet. */
  private boolean undecided;

  private long failures;

  /**
   * An empty batch.
   *
   * @param segmentation whether this kernel knows UDP_SEGMENT at all: others would ignore it and
   *     send a run as one datagram
   */
  SegmentedSend(
      Arena arena, int datagramBytesMax, boolean segmentation, AddressCache addresses, Call call) {
    this.call = call;
    this.segmentation = segmentation;
    this.addresses = addresses;
    this.datagramBytesMax = datagramBytesMax;
    long stride = (datagramBytesMax + SLOT_ALIGNMENT - 1L) / SLOT_ALIGNMENT * SLOT_ALIGNMENT;
    MemorySegment memory = arena.allocate(stride * BATCH_SLOTS, SLOT_ALIGNMENT);
    MemorySegment nameMemory =
        arena.allocate((long) SocketAddressCodec.STRIDE_BYTES * BATCH_SLOTS, Long.BYTES);
    iovecs = MessageHeader.allocateIovecs(arena, BATCH_SLOTS);
    for (int i = 0; i < BATCH_SLOTS; i++) {
      slots[i] = memory.asSlice(i * stride, datagramBytesMax);
      names[i] =
          nameMemory.asSlice(
              (long) i * SocketAddressCodec.STRIDE_BYTES, SocketAddressCodec.STRIDE_BYTES);
      MessageHeader.setIovecBase(iovecs, i, slots[i].address());
    }
    control = arena.allocate(ControlMessages.SEND_BYTES, Long.BYTES);
    ControlMessages.prepare(control);
    header = new MessageHeader(arena);
  }

  int datagramBytesMax() {
    return datagramBytesMax;
  }

  @Nullable MemorySegment claim(int ahead) {
    int slot = end + ahead;
    return slot < BATCH_SLOTS ? slots[slot] : null;
  }

  @SuppressWarnings("ReferenceEquality") // Only to save work where it's the same object.
  void commit(int length, InetSocketAddress destination, int ecn) {
    if (end == BATCH_SLOTS) {
      throw new IllegalStateException("couldn't commit a datagram because none is claimed");
    }
    // Beyond it lies other memory of the process.
    if (length < 1 || length > datagramBytesMax) {
      throw new IllegalArgumentException(
          "couldn't commit a datagram of " + length + " bytes: it has 1 to " + datagramBytesMax);
    }
    if (destinations[end] != destination) {
      addresses.write(destination, names[end]);
      destinations[end] = destination;
    }
    MessageHeader.setIovecLength(iovecs, end, length);
    lengths[end] = length;
    marks[end] = ecn;
    end++;
  }

  /** Sends what there is, as far as the socket takes it; returns how many are left. */
  int flush() throws IOException {
    while (start < end) {
      int count = run();
      int result = send(count);
      if (result >= 0) {
        onSent(count);
      } else if (-result == Errno.EAGAIN) {
        return end - start;
      } else if (-result != Errno.EINTR) {
        onError(count, -result);
      }
    }
    start = 0;
    end = 0;
    singlesEnd = 0;
    return 0;
  }

  /** How many of the datagrams that come next go in one call. */
  private int run() {
    InetSocketAddress destination = destination(start);
    int length = lengths[start];
    if (!segmentation || start < singlesEnd || !fits(start + 1, length, 2L * length)) {
      return 1;
    }
    if (!refused.allows(destination)) {
      return 1;
    }
    int next = start + 1;
    for (long bytes = length; fits(next, length, bytes + length); next++) {
      bytes += lengths[next];
      if (lengths[next] < length) {
        return next + 1 - start;
      }
    }
    return next - start;
  }

  /** Whether a datagram can be in the run that the first one starts. */
  private boolean fits(int index, int length, long runBytes) {
    return index < end
        && lengths[index] <= length
        && marks[index] == marks[start]
        && runBytes <= RUN_BYTES_MAX
        && AddressCache.isSame(destination(index), destination(start));
  }

  private InetSocketAddress destination(int index) {
    InetSocketAddress destination = destinations[index];
    if (destination == null) {
      throw new IllegalStateException("couldn't send datagram " + index + ": it isn't committed");
    }
    return destination;
  }

  private int send(int count) {
    boolean segmented = count > 1;
    boolean marked = marks[start] != 0;
    ControlMessages.write(control, lengths[start], marks[start]);
    header.setName(names[start].address());
    header.setIovecs(iovecs.address() + (long) start * MessageHeader.IOVEC_BYTES, count);
    header.setControl(
        control.address() + ControlMessages.sendOffset(segmented),
        ControlMessages.sendLength(segmented, marked));
    return call.send(header, count);
  }

  private void onSent(int count) {
    if (undecided) {
      undecided = false;
      refused.add(destination(start));
      LOGGER.debug("the kernel doesn't segment what goes to {}", destinations[start]);
    }
    start += count;
  }

  private void onError(int count, int errno) throws IOException {
    if (count > 1 && isRefusal(errno)) {
      singlesEnd = start + count;
      undecided = true;
      return;
    }
    if (Errno.isSocketUnusable(errno)) {
      throw Errno.exception("send datagrams", errno);
    }
    // No route, or a datagram too long for the link: to the protocol this is loss, and one peer's
    // trouble must not stop the others.
    undecided = false;
    failures += count;
    LOGGER.trace("couldn't send {} datagrams to {}: errno {}", count, destinations[start], errno);
    start += count;
  }

  private static boolean isRefusal(int errno) {
    return errno == Errno.EIO || errno == Errno.EINVAL || errno == Errno.EMSGSIZE;
  }

  /** Datagrams that the kernel refused to send. */
  long failures() {
    return failures;
  }

  /** Destinations to which runs aren't segmented. */
  int refusedPaths() {
    return refused.size();
  }
}
