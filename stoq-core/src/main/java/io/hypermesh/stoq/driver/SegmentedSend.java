package io.hypermesh.stoq.driver;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The datagrams that are to be sent, and how they go: a run of them with one length, destination
 * and ECN mark is one message with UDP_SEGMENT (udp(7)), which the kernel cuts into datagrams, or
 * lets the network card. The last of a run may be shorter. As many messages as there are go in one
 * call.
 *
 * <pre>
 *   claim ──► slot ──► commit ──► [start … end) ──► flush: runs ──► call ─┬─► sent, or lost
 *                                       ▲                                 ├─► EAGAIN: stays
 *                                       └───── singly ◄── EINVAL, EIO ◄───┘
 * </pre>
 *
 * <p>A refused run goes again, one datagram a message. Where the first of them passes, the kernel
 * can't segment on this path, and {@link RefusedPaths} keeps that; where it doesn't, it is too long
 * for the path (which kernels report as EINVAL, too, for a run).
 *
 * <p>Datagrams lie in slots beside each other, and the kernel takes them from there; a run is an
 * array of {@code iovec}s, of which each slot has its own. The driver's thread owns all of it.
 */
final class SegmentedSend {
  /** Datagrams in a batch at most: two of the longest runs. */
  static final int BATCH_SLOTS_MAX = 128;

  /** Datagrams in a batch at least, however long they are. */
  static final int BATCH_SLOTS_MIN = 16;

  /** What a batch has room for, unless that is too few or too many datagrams. */
  private static final int BATCH_BYTES = 256 << 10;

  /** Datagrams in a run: what the first kernels took (UDP_MAX_SEGMENTS, 64). */
  static final int RUN_DATAGRAMS_MAX = 64;

  /** Payload of a run: what one IPv6 datagram has room for, with its own and UDP's header. */
  static final int RUN_BYTES_MAX = 65_535 - 40 - 8;

  /** A slot starts on a cache line. */
  private static final int SLOT_ALIGNMENT = 64;

  /** A slot's datagram goes in a run, where there is one. */
  private static final byte COMMITTED = 0;

  /** Its run was refused: it goes by itself. */
  private static final byte SINGLE = 1;

  /** The same, and it's the first to go: whether that works says why the run was refused. */
  private static final byte FIRST_SINGLE = 2;

  /** It is sent, or lost. */
  private static final byte DONE = 3;

  private static final Logger LOGGER = LoggerFactory.getLogger(SegmentedSend.class);

  /** The system call; tests have their own. */
  @FunctionalInterface
  interface Call {
    /**
     * Sends messages, and sets the result of each that was tried.
     *
     * @param count how many of them, from the first on, at most; at least 1
     * @return how many of them, from the first on, were tried: at least 1
     * @throws IOException where the system is out of order
     */
    int send(SendMessages messages, int count) throws IOException;
  }

  private final Call call;
  private final boolean segmentation;
  private final RefusedPaths refused = new RefusedPaths();
  private final AddressCache addresses;
  private final int datagramBytesMax;

  private final MemorySegment[] slots;
  private final MemorySegment[] names;
  private final @Nullable InetSocketAddress[] destinations;
  private final int[] lengths;
  private final int[] marks;
  private final byte[] states;
  private final MemorySegment iovecs;
  private final SendMessages messages;

  private int start;
  private int end;
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
    int count = Math.clamp(BATCH_BYTES / stride, BATCH_SLOTS_MIN, BATCH_SLOTS_MAX);
    slots = new MemorySegment[count];
    names = new MemorySegment[count];
    destinations = new InetSocketAddress[count];
    lengths = new int[count];
    marks = new int[count];
    states = new byte[count];
    MemorySegment memory = arena.allocate(stride * count, SLOT_ALIGNMENT);
    MemorySegment nameMemory =
        arena.allocate((long) SocketAddressCodec.STRIDE_BYTES * count, Long.BYTES);
    iovecs = MessageHeader.allocateIovecs(arena, count);
    for (int i = 0; i < count; i++) {
      slots[i] = memory.asSlice(i * stride, datagramBytesMax);
      names[i] =
          nameMemory.asSlice(
              (long) i * SocketAddressCodec.STRIDE_BYTES, SocketAddressCodec.STRIDE_BYTES);
      MessageHeader.setIovecBase(iovecs, i, slots[i].address());
    }
    messages = new SendMessages(arena);
  }

  int datagramBytesMax() {
    return datagramBytesMax;
  }

  @Nullable MemorySegment claim(int ahead) {
    int slot = end + ahead;
    return slot < slots.length ? slots[slot] : null;
  }

  @SuppressWarnings("ReferenceEquality") // Only to save work where it's the same object.
  void commit(int length, InetSocketAddress destination, int ecn) {
    if (end == slots.length) {
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
    states[end] = COMMITTED;
    end++;
  }

  /** Sends what there is, as far as the socket takes it; returns how many are left. */
  int flush() throws IOException {
    while (start < end) {
      gather();
      int tried = call.send(messages, messages.count());
      boolean full = false;
      for (int i = 0; i < tried; i++) {
        int result = messages.result(i);
        if (result >= 0) {
          onSent(i);
        } else if (-result == Errno.EAGAIN) {
          full = true;
        } else if (-result != Errno.EINTR) {
          onError(i, -result);
        }
      }
      while (start < end && states[start] == DONE) {
        start++;
      }
      if (full) {
        return unsent();
      }
    }
    start = 0;
    end = 0;
    return 0;
  }

  private int unsent() {
    int unsent = 0;
    for (int i = start; i < end; i++) {
      unsent += states[i] == DONE ? 0 : 1;
    }
    return unsent;
  }

  /** Makes messages of the datagrams that come next. */
  private void gather() {
    messages.clear();
    for (int i = start; i < end && !messages.isFull(); ) {
      if (states[i] == DONE) {
        i++;
        continue;
      }
      int run = run(i);
      messages.add(
          i,
          run,
          lengths[i],
          marks[i],
          names[i].address(),
          iovecs.address() + (long) i * MessageHeader.IOVEC_BYTES);
      i += run;
    }
  }

  /** How many datagrams from this one on go in one message. */
  private int run(int first) {
    int length = lengths[first];
    if (!segmentation || states[first] != COMMITTED || !fits(first, first + 1, 2L * length)) {
      return 1;
    }
    if (!refused.allows(destination(first))) {
      // Asked once for each, also where it stays.
      states[first] = SINGLE;
      return 1;
    }
    int next = first + 1;
    for (long bytes = length;
        next - first < RUN_DATAGRAMS_MAX && fits(first, next, bytes + length);
        next++) {
      bytes += lengths[next];
      if (lengths[next] < length) {
        return next + 1 - first;
      }
    }
    return next - first;
  }

  /** Whether a datagram can be in the run that another starts. */
  private boolean fits(int first, int index, long runBytes) {
    return index < end
        && states[index] == COMMITTED
        && lengths[index] <= lengths[first]
        && marks[index] == marks[first]
        && runBytes <= RUN_BYTES_MAX
        && AddressCache.isSame(destination(index), destination(first));
  }

  private InetSocketAddress destination(int index) {
    InetSocketAddress destination = destinations[index];
    if (destination == null) {
      throw new IllegalStateException("couldn't send datagram " + index + ": it isn't committed");
    }
    return destination;
  }

  private void onSent(int message) {
    int slot = messages.slot(message);
    if (states[slot] == FIRST_SINGLE) {
      refused.add(destination(slot));
      LOGGER.debug("the kernel doesn't segment what goes to {}", destinations[slot]);
    }
    set(message, DONE);
  }

  private void onError(int message, int errno) throws IOException {
    int slot = messages.slot(message);
    int datagrams = messages.datagrams(message);
    if (datagrams > 1 && isRefusal(errno)) {
      set(message, SINGLE);
      states[slot] = FIRST_SINGLE;
      return;
    }
    if (Errno.isSocketUnusable(errno)) {
      throw Errno.exception("send datagrams", errno);
    }
    // No route, or a datagram too long for the link: to the protocol this is loss, and one peer's
    // trouble must not stop the others.
    failures += datagrams;
    LOGGER.trace(
        "couldn't send {} datagrams to {}: errno {}", datagrams, destinations[slot], errno);
    set(message, DONE);
  }

  private void set(int message, byte state) {
    int slot = messages.slot(message);
    Arrays.fill(states, slot, slot + messages.datagrams(message), state);
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
