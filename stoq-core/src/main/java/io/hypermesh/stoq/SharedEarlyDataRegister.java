package io.hypermesh.stoq;

import io.hypermesh.stoq.handshake.EarlyDataRegister;
import java.time.Duration;

/**
 * A register of early data that an endpoint's agents have in common, so that none takes what
 * another has taken. One short lock for each handshake that brings early data, and none for what
 * follows.
 */
final class SharedEarlyDataRegister extends EarlyDataRegister {
  SharedEarlyDataRegister(long id, int ticketsMax, Duration window) {
    super(id, ticketsMax, window);
  }

  @Override
  protected synchronized boolean take(long id, long expectedMillis, long nowMillis) {
    return super.take(id, expectedMillis, nowMillis);
  }
}
