package io.hypermesh.stoq.driver;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a driver has asked of its io_uring, and what came of it:
 *
 * <ul>
 *   <li>one request that receives again and again (multishot) into {@link ProvidedBuffers}, until
 *       there is no buffer left or an error: then it is made again;
 *   <li>messages to send, which the kernel takes or refuses before {@link IoUring#enter} returns:
 *       it doesn't wait for room, so that nothing of a batch is in flight afterwards;
 *   <li>while waiting, one for the wake-up event and one for room to send, which end by what they
 *       wait for.
 * </ul>
 *
 * <pre>
 *   not receiving ──arm──► receiving ──completion with MORE──► (buffer into the queue)
 *         ▲                    │
 *         └── ENOBUFS, error, ─┘
 *             last completion
 * </pre>
 *
 * <p>Where another thread takes over the driver, it gets a ring of its own: what the old one
 * brought is kept, what hadn't come yet is in the socket still.
 *
 * <p>The driver's thread owns it.
 */
final class IoUringRequests implements IoUring.Completions, AutoCloseable {
  private static final long RECEIVE = 1;
  private static final long EVENT = 2;
  private static final long WRITABLE = 3;
  private static final long CANCEL = 4;

  /** Messages are numbered from here on. */
  private static final long SEND = 1L << Integer.SIZE;

  /** {@code MSG_DONTWAIT} (sendmsg(2), {@code bits/socket.h}). */
  private static final int MSG_DONTWAIT = 0x40;

  /** {@code bits/poll.h}. */
  private static final int POLLIN = 1;

  private static final int POLLOUT = 4;

  /** Not yet known what became of a message. */
  private static final int PENDING = Integer.MIN_VALUE;

  /** How often a kernel that is out of memory is asked again within one call. */
  private static final int RETRIES_MAX = 16;

  /** How long closing waits for the kernel to let go of everything. */
  private static final long CLOSE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final Logger LOGGER = LoggerFactory.getLogger(IoUringRequests.class);

  private final LinuxSocket socket;
  private final WakeUpEvent event;
  private final ProvidedBuffers buffers;
  private final MessageHeader header;
  private IoUring ring;

  /** Buffers that were filled, in the order of that, and to what length: a queue. */
  private final int[] filled = new int[ProvidedBuffers.COUNT];

  private final int[] filledBytes = new int[ProvidedBuffers.COUNT];
  private int filledHead;
  private int filledTail;

  private boolean receiving;
  private boolean eventArmed;
  private boolean writableArmed;
  private boolean woken;

  /** Why receiving ended last, where that was an error: its number, else 0. */
  private int receiveError;

  /** What is being sent. */
  private SendMessages sending;

  private int unfinished;

  IoUringRequests(Arena arena, LinuxSocket socket, WakeUpEvent event) throws IOException {
    this.socket = socket;
    this.event = event;
    sending = new SendMessages(arena);
    header = new MessageHeader(arena);
    header.setNameLength(ProvidedBuffers.NAME_BYTES);
    header.setControlLength(ProvidedBuffers.CONTROL_BYTES);
    buffers = new ProvidedBuffers(arena, socket.state());
    ring = newRing();
  }

  private IoUring newRing() throws IOException {
    IoUring opened = new IoUring(socket.state());
    try {
      buffers.register(opened);
      return opened;
    } catch (IOException | RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  /** Another thread has taken over the driver; nothing that was prepared is in flight. */
  private void renew() throws IOException {
    LOGGER.debug("another thread uses {}: it gets an io_uring of its own", socket.number());
    ring.reap(this);
    ring.close();
    receiving = false;
    eventArmed = false;
    writableArmed = false;
    ring = newRing();
  }

  @Override
  public void onCompletion(long request, int result, int flags) {
    if (request >= SEND) {
      sending.setResult((int) (request - SEND), result);
      unfinished--;
    } else if (request == RECEIVE) {
      onReceived(result, flags);
    } else if (request == EVENT) {
      eventArmed = false;
      woken |= result != -Errno.ECANCELED;
    } else if (request == WRITABLE) {
      writableArmed = false;
    }
  }

  private void onReceived(int result, int flags) {
    if ((flags & IoUring.MORE) == 0) {
      receiving = false;
    }
    if ((flags & IoUring.BUFFER) != 0) {
      int number = flags >>> IoUring.BUFFER_SHIFT;
      buffers.hold(number);
      int at = filledTail & (ProvidedBuffers.COUNT - 1);
      filled[at] = number;
      filledBytes[at] = result;
      filledTail++;
    } else if (result < 0 && result != -Errno.ENOBUFS && result != -Errno.ECANCELED) {
      receiveError = -result;
    }
  }

  // ---- Receiving ----

  /** Whether there is a filled buffer, as far as is known without asking the kernel. */
  boolean hasFilled() {
    if (filledHead == filledTail) {
      ring.reap(this);
    }
    return filledHead != filledTail;
  }

  /** Asks the kernel, where it has something to tell, or has to be asked to receive again. */
  void refill() throws IOException {
    if (hasFilled() || (receiving && !ring.hasWork())) {
      return;
    }
    while (!enter(0, 0)) {
      // Another ring than before: what was prepared is gone.
    }
  }

  /** The number of the buffer that was filled first; there must be one. */
  int filled() {
    return filled[filledHead & (ProvidedBuffers.COUNT - 1)];
  }

  /** How much of that buffer is used. */
  int filledBytes() {
    return filledBytes[filledHead & (ProvidedBuffers.COUNT - 1)];
  }

  /** Takes that buffer from the queue; who takes it provides it again. */
  void takeFilled() {
    filledHead++;
  }

  ProvidedBuffers buffers() {
    return buffers;
  }

  /** Why receiving ended, once: an error number, or 0. */
  int takeReceiveError() {
    int error = receiveError;
    receiveError = 0;
    return error;
  }

  // ---- Sending ----

  /** Sends messages; of each it is known then what became of it. */
  int send(SendMessages messages, int count) throws IOException {
    sending = messages;
    int sent = Math.min(count, IoUring.ENTRIES / 2);
    int next = 0;
    for (int retries = 0; next < sent; ) {
      for (int i = next; i < sent; i++) {
        messages.setResult(i, PENDING);
        ring.prepare(
            IoUring.OP_SENDMSG,
            0,
            0,
            socket.number(),
            messages.address(i),
            1,
            MSG_DONTWAIT,
            SEND + i);
      }
      int result = ring.enter(0, 0);
      if (result > 0) {
        next += result;
        unfinished += result;
      } else if (result == -Errno.EEXIST) {
        renew();
        continue;
      } else if ((result < 0 && !isTemporary(-result)) || ++retries == RETRIES_MAX) {
        ring.forget();
        throw IoUring.failed(-result);
      }
      ring.forget();
      ring.reap(this);
    }
    while (unfinished > 0) {
      int result = ring.enter(1, Long.MAX_VALUE);
      if (result < 0 && !isTemporary(-result)) {
        throw IoUring.failed(-result);
      }
      ring.reap(this);
    }
    return sent;
  }

  // ---- Waiting ----

  /** Whether somebody has called for the driver, once. */
  boolean takeWoken() {
    if (!woken) {
      return false;
    }
    woken = false;
    event.clear(socket.state());
    return true;
  }

  /**
   * Waits for whatever comes first.
   *
   * @param room whether for room to send, too
   */
  void await(boolean room, long timeoutNanos) throws IOException {
    do {
      if (!eventArmed) {
        poll(event.number(), POLLIN, EVENT);
        eventArmed = true;
      }
      if (room && !writableArmed) {
        poll(socket.number(), POLLOUT, WRITABLE);
        writableArmed = true;
      }
    } while (!enter(1, timeoutNanos));
  }

  private void poll(int number, int events, long request) {
    ring.prepare(IoUring.OP_POLL_ADD, 0, 0, number, 0, 0, events, request);
  }

  /** False where this thread has got another ring, on which nothing is in flight. */
  private boolean enter(int completionsMin, long timeoutNanos) throws IOException {
    for (int retries = 0; ; ) {
      if (!receiving) {
        ring.prepare(
            IoUring.OP_RECVMSG,
            IoUring.BUFFER_SELECT,
            IoUring.RECEIVE_MULTISHOT,
            socket.number(),
            header.address(),
            1,
            0,
            RECEIVE);
        receiving = true;
      }
      int result = ring.enter(completionsMin, timeoutNanos);
      if (result == -Errno.EEXIST) {
        renew();
        return false;
      }
      boolean ends = result >= 0 || result == -Errno.ETIME || result == -Errno.EINTR;
      if (!ends && (!isTemporary(-result) || ++retries == RETRIES_MAX)) {
        throw IoUring.failed(-result);
      }
      ring.reap(this);
      if (ends) {
        return true;
      }
    }
  }

  /** Whether the kernel would do the same later. */
  private static boolean isTemporary(int errno) {
    return errno == Errno.EAGAIN || errno == Errno.EBUSY || errno == Errno.EINTR;
  }

  /**
   * Ends what is in flight and waits for the end, so that the socket's port is free. On another
   * thread than the ring's that is left to the kernel, which does so in its own time; it fills no
   * buffer any more, since that is done while the ring's thread is in it.
   */
  @Override
  public void close() {
    if (receiving || eventArmed || writableArmed) {
      ring.prepare(IoUring.OP_ASYNC_CANCEL, 0, 0, -1, 0, 0, IoUring.CANCEL_EVERYTHING, CANCEL);
      int result = ring.enter(1, CLOSE_NANOS);
      ring.reap(this);
      for (int i = 0; i < 3 && result >= 0 && (receiving || eventArmed || writableArmed); i++) {
        result = ring.enter(1, CLOSE_NANOS);
        ring.reap(this);
      }
    }
    ring.close();
  }
}
