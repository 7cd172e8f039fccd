package io.hypermesh.stoq;

import io.hypermesh.stoq.handshake.KeyLog;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A host's sink for secrets that is left alone once it has thrown: debugging must not end a
 * handshake. On the agents' threads, one at a time.
 */
final class GuardedKeyLog implements KeyLog {
  private static final Logger LOGGER = LoggerFactory.getLogger(GuardedKeyLog.class);

  private final Consumer<String> sink;
  private boolean failed;

  GuardedKeyLog(Consumer<String> sink) {
    this.sink = sink;
  }

  @Override
  public synchronized void secretDerived(String line) {
    if (failed) {
      return;
    }
    try {
      sink.accept(line);
    } catch (RuntimeException e) {
      failed = true;
      // Without its message, in which the secret may be.
      LOGGER.warn("the key log has failed and is given up: {}", e.getClass().getName());
    }
  }
}
