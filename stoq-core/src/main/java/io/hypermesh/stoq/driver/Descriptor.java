package io.hypermesh.stoq.driver;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file descriptor that threads may be using while another wants it closed. The kernel gives the
 * number of a closed one to the next that is opened, by whomever; so whoever uses it holds it, and
 * the last to let go closes it.
 *
 * <p>Any thread may call any method.
 */
final class Descriptor implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(Descriptor.class);

  private final int number;

  /** How many use it, the owner among them until it closes it; at 0 it is closed for good. */
  private final AtomicInteger holds = new AtomicInteger(1);

  private final AtomicBoolean closed = new AtomicBoolean();

  Descriptor(int number) {
    this.number = number;
  }

  int number() {
    return number;
  }

  /** Keeps it open until {@link #release()}; false where it's closed. */
  boolean hold() {
    for (int now = holds.get(); now > 0; now = holds.get()) {
      if (holds.compareAndSet(now, now + 1)) {
        return true;
      }
    }
    return false;
  }

  void release() {
    if (holds.decrementAndGet() == 0 && Libc.close(number) < 0) {
      LOGGER.debug("couldn't close descriptor {} properly", number);
    }
  }

  /** Whether its owner has closed it. */
  boolean isClosed() {
    return closed.get();
  }

  /** Idempotent. */
  @Override
  public void close() {
    if (!closed.getAndSet(true)) {
      release();
    }
  }
}
