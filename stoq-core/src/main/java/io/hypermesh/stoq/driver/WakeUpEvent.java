package io.hypermesh.stoq.driver;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An eventfd(2) that one thread polls and any thread signals: readable from the first signal on,
 * until the owner {@linkplain #clear clears} it. Of many signals one costs a system call.
 *
 * <p>Signals may come at any time, also while and after it is closed.
 */
final class WakeUpEvent implements AutoCloseable {
  /** {@code EFD_CLOEXEC | EFD_NONBLOCK} (eventfd(2)). */
  private static final int FLAGS = 0x80000 | 0x800;

  private static final Logger LOGGER = LoggerFactory.getLogger(WakeUpEvent.class);

  /** What every signal adds to the counter; never written again. */
  private static final MemorySegment ONE = Arena.global().allocateFrom(ValueLayout.JAVA_LONG, 1);

  private final Descriptor descriptor;
  private final MemorySegment counter;
  private final AtomicBoolean signalled = new AtomicBoolean();

  /**
   * Opens one.
   *
   * @param arena has the memory for what is read; open as long as this
   */
  WakeUpEvent(MemorySegment state, Arena arena) throws IOException {
    int number = Libc.eventfd(state, 0, FLAGS);
    if (number < 0) {
      throw Errno.exception("open an eventfd", -number);
    }
    descriptor = new Descriptor(number);
    counter = arena.allocate(ValueLayout.JAVA_LONG);
  }

  int number() {
    return descriptor.number();
  }

  /** Any thread may call it. */
  void signal() {
    if (signalled.getAndSet(true) || !descriptor.hold()) {
      return;
    }
    try {
      if (Libc.write(descriptor.number(), ONE.address(), Long.BYTES) < 0) {
        LOGGER.debug("couldn't signal descriptor {}", descriptor.number());
      }
    } finally {
      descriptor.release();
    }
  }

  /**
   * Takes the signals that came; the owner calls it when the descriptor is readable. Read first: a
   * signal between the two is one of those that are taken, and what it was for is seen after the
   * flag is cleared. The other way round its write could be read and its flag stay.
   */
  void clear(MemorySegment state) {
    int result = Libc.read(state, descriptor.number(), counter.address(), Long.BYTES);
    if (result < 0) {
      LOGGER.debug("couldn't read descriptor {}: errno {}", descriptor.number(), -result);
    }
    signalled.getAndSet(false);
  }

  @Override
  public void close() {
    descriptor.close();
  }
}
