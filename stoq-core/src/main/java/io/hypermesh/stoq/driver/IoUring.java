package io.hypermesh.stoq.driver;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.net.SocketException;
import org.jspecify.annotations.Nullable;

/**
 * One io_uring (io_uring(7), {@code linux/io_uring.h}): a queue of requests to the kernel and one
 * of their completions, in memory that both sides see.
 *
 * <pre>
 *   prepare ──► submission queue ──► enter ──► the kernel works ──► completion queue ──► reap
 *   (tail: ours, released)                                 (tail: the kernel's, acquired)
 * </pre>
 *
 * <p>The kernel works on requests only while the thread is in {@link #enter} (DEFER_TASKRUN), so
 * nothing interrupts it, and their memory isn't touched meanwhile. The price is that one thread has
 * the ring to itself (SINGLE_ISSUER): the first that enters it. To any other {@link #enter} answers
 * EEXIST, and it needs a ring of its own.
 *
 * <p>Closing the ring cancels what is in flight.
 */
final class IoUring implements AutoCloseable {
  /** Requests that wait for the kernel at most; completions have twice as much room. */
  static final int ENTRIES = 128;

  // linux/io_uring.h: operations.
  static final int OP_POLL_ADD = 6;
  static final int OP_SENDMSG = 9;
  static final int OP_RECVMSG = 10;
  static final int OP_ASYNC_CANCEL = 14;

  /** {@code IOSQE_BUFFER_SELECT}: the kernel takes one of the provided buffers. */
  static final int BUFFER_SELECT = 1 << 5;

  /** {@code IORING_RECV_MULTISHOT}: one request receives until it can't. */
  static final int RECEIVE_MULTISHOT = 1 << 1;

  /** {@code IORING_ASYNC_CANCEL_ALL | IORING_ASYNC_CANCEL_ANY}. */
  static final int CANCEL_EVERYTHING = 1 | 1 << 2;

  /** {@code IORING_CQE_F_MORE}: the request goes on. */
  static final int MORE = 1 << 1;

  /** {@code IORING_CQE_F_BUFFER}: the upper half has a buffer's number. */
  static final int BUFFER = 1;

  /** {@code IORING_CQE_BUFFER_SHIFT}. */
  static final int BUFFER_SHIFT = 16;

  /** System calls; 64-bit x86 and ARM have the same numbers. */
  private static final long SETUP = 425;

  private static final long ENTER = 426;
  private static final long REGISTER = 427;

  /**
   * {@code R_DISABLED | SUBMIT_ALL | TASKRUN_FLAG | SINGLE_ISSUER | DEFER_TASKRUN}
   * (io_uring_setup(2)); the last is the newest, of Linux 6.1.
   */
  private static final int SETUP_FLAGS = 1 << 6 | 1 << 7 | 1 << 9 | 1 << 12 | 1 << 13;

  private static final int FEATURE_SINGLE_MMAP = 1;
  private static final int FEATURE_NODROP = 1 << 1;
  private static final int FEATURE_EXT_ARG = 1 << 8;
  private static final int FEATURE_NO_IOWAIT = 1 << 17;
  private static final int FEATURES_NEEDED = FEATURE_SINGLE_MMAP | FEATURE_NODROP | FEATURE_EXT_ARG;

  private static final int ENTER_GETEVENTS = 1;
  private static final int ENTER_EXT_ARG = 1 << 3;
  private static final int ENTER_NO_IOWAIT = 1 << 7;

  private static final int REGISTER_PROBE = 8;
  private static final int REGISTER_ENABLE_RINGS = 12;
  private static final int REGISTER_PBUF_RING = 22;

  /** {@code IORING_SQ_CQ_OVERFLOW | IORING_SQ_TASKRUN}: completions wait for an enter. */
  private static final int COMPLETIONS_WAIT = 1 << 1 | 1 << 2;

  /** {@code MAP_SHARED | MAP_POPULATE} (mmap(2)). */
  private static final int MAP_FLAGS = 1 | 0x8000;

  private static final long OFFSET_RINGS = 0;
  private static final long OFFSET_ENTRIES = 0x10000000L;

  /** {@code struct io_uring_params}. */
  private static final int PARAMETERS_BYTES = 120;

  private static final long PARAMETER_COMPLETIONS = 4;
  private static final long PARAMETER_FLAGS = 8;
  private static final long PARAMETER_FEATURES = 20;
  private static final long SUBMISSION_OFFSETS = 40;
  private static final long COMPLETION_OFFSETS = 80;

  /** {@code struct io_uring_sqe}. */
  private static final int ENTRY_BYTES = 64;

  /** {@code struct io_uring_cqe}. */
  private static final int COMPLETION_BYTES = 16;

  /** {@code struct io_uring_getevents_arg}, and behind it a {@code struct __kernel_timespec}. */
  private static final int WAIT_BYTES = 24;

  private static final long WAIT_TIMEOUT_OFFSET = 16;
  private static final int TIMEOUT_BYTES = 16;

  /** {@code struct io_uring_probe} with one {@code io_uring_probe_op} for each operation. */
  private static final int PROBE_HEADER_BYTES = 16;

  private static final int PROBE_OPERATION_BYTES = 8;
  private static final int PROBE_OPERATIONS = 64;

  private static final long NANOS_PER_SECOND = 1_000_000_000;

  private static final VarHandle INT = JAVA_INT.varHandle();

  /** Takes what became of requests. */
  @FunctionalInterface
  interface Completions {
    /**
     * Takes one.
     *
     * @param request what the request was {@linkplain #prepare prepared} with
     * @param result as of the system call, or the negative of an error number
     * @param flags {@link #MORE}, {@link #BUFFER}
     */
    void onCompletion(long request, int result, int flags);
  }

  private final MemorySegment state;
  private final Arena arena = Arena.ofShared();
  private final Descriptor descriptor;
  private final MemorySegment rings;
  private final MemorySegment entries;
  private final MemorySegment wait;
  private final long submissionTail;
  private final long submissionFlags;
  private final long completionHead;
  private final long completionTail;
  private final long completions;
  private final int submissionMask;
  private final int completionMask;
  private final int waitFlags;

  private int tail;
  private int submitted;
  private boolean enabled;

  /**
   * Sets one up; which thread has it is decided by the first {@link #enter}.
   *
   * @param state where calls write {@code errno}
   * @throws DriverUnavailableException where this kernel has none, or not for this process
   */
  IoUring(MemorySegment state) throws IOException {
    this.state = state;
    Descriptor opened = null;
    try {
      MemorySegment parameters = arena.allocate(PARAMETERS_BYTES, Long.BYTES);
      parameters.set(JAVA_INT, PARAMETER_FLAGS, SETUP_FLAGS);
      int number = Libc.syscall(state, SETUP, ENTRIES, parameters.address(), 0, 0, 0, 0);
      if (number < 0) {
        throw unavailable(-number);
      }
      opened = new Descriptor(number);
      descriptor = opened;
      int features = parameters.get(JAVA_INT, PARAMETER_FEATURES);
      if ((features & FEATURES_NEEDED) != FEATURES_NEEDED) {
        throw new DriverUnavailableException(
            IoUringDatagramDriver.NAME, "the kernel's io_uring has the features " + features);
      }
      long array = offset(parameters, SUBMISSION_OFFSETS, 6);
      completions = offset(parameters, COMPLETION_OFFSETS, 5);
      long bytes =
          Math.max(
              array + (long) ENTRIES * Integer.BYTES,
              completions
                  + (long) parameters.get(JAVA_INT, PARAMETER_COMPLETIONS) * COMPLETION_BYTES);
      rings = Libc.map(arena, state, bytes, MAP_FLAGS, number, OFFSET_RINGS);
      entries =
          Libc.map(arena, state, (long) ENTRIES * ENTRY_BYTES, MAP_FLAGS, number, OFFSET_ENTRIES);
      submissionTail = offset(parameters, SUBMISSION_OFFSETS, 1);
      submissionMask = rings.get(JAVA_INT, offset(parameters, SUBMISSION_OFFSETS, 2));
      submissionFlags = offset(parameters, SUBMISSION_OFFSETS, 4);
      completionHead = offset(parameters, COMPLETION_OFFSETS, 0);
      completionTail = offset(parameters, COMPLETION_OFFSETS, 1);
      completionMask = rings.get(JAVA_INT, offset(parameters, COMPLETION_OFFSETS, 2));
      // Which entry stands where in the queue: each at its own place, for good.
      for (int i = 0; i < ENTRIES; i++) {
        rings.set(JAVA_INT, array + (long) i * Integer.BYTES, i);
      }
      wait = arena.allocate(WAIT_BYTES + TIMEOUT_BYTES, Long.BYTES);
      wait.set(JAVA_LONG, WAIT_TIMEOUT_OFFSET, wait.address() + WAIT_BYTES);
      // What waits for the network doesn't wait for a disk, which is what users take iowait for.
      waitFlags = (features & FEATURE_NO_IOWAIT) == 0 ? 0 : ENTER_NO_IOWAIT;
    } catch (IOException | RuntimeException e) {
      if (opened != null) {
        opened.close();
      }
      arena.close();
      throw e;
    }
  }

  private static long offset(MemorySegment parameters, long offsets, int index) {
    return parameters.get(JAVA_INT, offsets + (long) index * Integer.BYTES);
  }

  private static IOException unavailable(int errno) {
    String reason =
        switch (errno) {
          case Errno.EPERM, Errno.EACCES ->
              "the system forbids io_uring, by kernel.io_uring_disabled or a container's filter";
          case Errno.ENOSYS -> "the kernel has no io_uring";
          case Errno.EINVAL -> "the kernel's io_uring is older than Linux 6.1";
          case Errno.ENOMEM -> "io_uring gets no memory, for which there is a limit: ulimit -l";
          default -> "io_uring can't be set up";
        };
    return new DriverUnavailableException(IoUringDatagramDriver.NAME, reason + ": errno " + errno);
  }

  /**
   * Why this kernel's can't do what the driver needs; null where it can.
   *
   * @throws DriverUnavailableException where there is none at all
   */
  static @Nullable String missing(MemorySegment state) throws IOException {
    try (IoUring ring = new IoUring(state);
        Arena arena = Arena.ofConfined()) {
      MemorySegment probe =
          arena.allocate(PROBE_HEADER_BYTES + PROBE_OPERATIONS * PROBE_OPERATION_BYTES, 8);
      int result = ring.register(REGISTER_PROBE, probe.address(), PROBE_OPERATIONS);
      if (result < 0) {
        return "the kernel's io_uring can't be asked what it does: errno " + -result;
      }
      for (int operation : new int[] {OP_POLL_ADD, OP_SENDMSG, OP_RECVMSG, OP_ASYNC_CANCEL}) {
        long at = PROBE_HEADER_BYTES + (long) operation * PROBE_OPERATION_BYTES;
        if (operation > Byte.toUnsignedInt(probe.get(JAVA_BYTE, 0))
            || (probe.get(JAVA_SHORT, at + 2) & 1) == 0) {
          return "the kernel's io_uring doesn't do operation " + operation;
        }
      }
      return null;
    }
  }

  private int register(int operation, long argument, int count) {
    return Libc.syscall(state, REGISTER, descriptor.number(), operation, argument, count, 0, 0);
  }

  /** Registers a ring of buffers, described by a {@code struct io_uring_buf_reg}. */
  void registerBuffers(MemorySegment description) throws IOException {
    int result = register(REGISTER_PBUF_RING, description.address(), 1);
    if (result < 0) {
      throw Errno.exception("provide buffers to io_uring", -result);
    }
  }

  /** How many more requests can be prepared before the next {@link #enter}. */
  int room() {
    return ENTRIES - (tail - submitted);
  }

  /**
   * Puts a request in the queue, for which there must be room.
   *
   * @param flags of the entry ({@code IOSQE_…})
   * @param ioprio its field of that name, which has an operation's own flags
   * @param operationFlags its field that the operation gives another name to
   * @param request what its completions have
   */
  void prepare(
      int operation,
      int flags,
      int ioprio,
      int number,
      long address,
      int length,
      int operationFlags,
      long request) {
    long at = (long) (tail & submissionMask) * ENTRY_BYTES;
    entries.set(
        JAVA_LONG,
        at,
        operation | (long) flags << 8 | (long) ioprio << 16 | (long) number << Integer.SIZE);
    entries.set(JAVA_LONG, at + 8, 0);
    entries.set(JAVA_LONG, at + 16, address);
    entries.set(
        JAVA_LONG, at + 24, Integer.toUnsignedLong(length) | (long) operationFlags << Integer.SIZE);
    entries.set(JAVA_LONG, at + 32, request);
    // The group of provided buffers: there is one, number 0.
    entries.set(JAVA_LONG, at + 40, 0);
    entries.set(JAVA_LONG, at + 48, 0);
    entries.set(JAVA_LONG, at + 56, 0);
    tail++;
  }

  /** Takes back what was prepared and never entered. */
  void forget() {
    tail = submitted;
  }

  /** Whether completions wait that only an {@link #enter} brings. */
  boolean hasWork() {
    return ((int) INT.getOpaque(rings, submissionFlags) & COMPLETIONS_WAIT) != 0;
  }

  /**
   * Submits what is prepared, has the kernel work on what is in flight, and waits for completions.
   *
   * @param completionsMin how many, 0 for none
   * @param timeoutNanos how long at most; {@link Long#MAX_VALUE} for no limit
   * @return how many requests were submitted, or the negative of an error number, with none
   *     submitted: EEXIST where the ring is another thread's, ETIME where time was up
   */
  int enter(int completionsMin, long timeoutNanos) {
    if (!enabled) {
      int result = register(REGISTER_ENABLE_RINGS, 0, 0);
      if (result < 0) {
        return result;
      }
      enabled = true;
    }
    INT.setRelease(rings, submissionTail, tail);
    int flags = ENTER_GETEVENTS;
    long argument = 0;
    if (completionsMin > 0) {
      flags |= waitFlags;
    }
    if (completionsMin > 0 && timeoutNanos < Long.MAX_VALUE) {
      flags |= ENTER_EXT_ARG;
      argument = wait.address();
      wait.set(JAVA_LONG, WAIT_BYTES, timeoutNanos / NANOS_PER_SECOND);
      wait.set(JAVA_LONG, WAIT_BYTES + Long.BYTES, timeoutNanos % NANOS_PER_SECOND);
    }
    int result =
        Libc.syscall(
            state,
            ENTER,
            descriptor.number(),
            tail - submitted,
            completionsMin,
            flags,
            argument,
            argument == 0 ? 0 : WAIT_BYTES);
    if (result > 0) {
      submitted += result;
    }
    return result;
  }

  /** Hands on the completions that there are, without a system call. */
  void reap(Completions handler) {
    int head = rings.get(JAVA_INT, completionHead);
    int end = (int) INT.getAcquire(rings, completionTail);
    if (head == end) {
      return;
    }
    while (head != end) {
      long at = completions + (long) (head & completionMask) * COMPLETION_BYTES;
      handler.onCompletion(
          rings.get(JAVA_LONG, at), rings.get(JAVA_INT, at + 8), rings.get(JAVA_INT, at + 12));
      head++;
    }
    INT.setRelease(rings, completionHead, head);
  }

  /** The exception for an {@link #enter} that failed. */
  static IOException failed(int errno) {
    return new SocketException("couldn't enter io_uring because of errno " + errno);
  }

  @Override
  public void close() {
    descriptor.close();
    arena.close();
  }
}
