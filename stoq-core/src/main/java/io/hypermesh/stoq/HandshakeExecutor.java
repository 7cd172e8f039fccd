package io.hypermesh.stoq;

import io.hypermesh.stoq.handshake.PublicKeys;
import java.util.concurrent.Executor;

/**
 * Runs handshakes' tasks where the host wants it, and after each, when nobody waits for it any
 * more, makes ephemeral keys ahead in the place of what the handshake took: that needs no thread,
 * and no wake-up, of its own.
 *
 * @param executor runs the tasks
 * @param publicKeys whose keys are made
 */
record HandshakeExecutor(Executor executor, PublicKeys publicKeys) implements Executor {
  @Override
  public void execute(Runnable task) {
    executor.execute(() -> {
      task.run();
      publicKeys.makeAhead();
    });
  }
}
