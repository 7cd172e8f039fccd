package io.hypermesh.ledger.state.forbidden;

import java.io.IOException;
import java.net.DatagramSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Random;
import java.util.concurrent.locks.ReentrantLock;

/** Breaks every rule of a state machine, so that a test can see the rules catch it. */
public final class ImpureMachine {
  private final ReentrantLock lock = new ReentrantLock();
  private long steps;

  /** Takes a step as no state machine may. */
  public long step() throws IOException {
    lock.lock();
    try (DatagramSocket socket = new DatagramSocket()) {
      return System.nanoTime()
          + new SecureRandom().nextLong()
          + new Random().nextLong()
          + Files.size(Path.of("state"))
          + socket.getLocalPort()
          + Thread.currentThread().threadId();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for other threads as no state machine may. */
  public synchronized long lockedStep() {
    return ++steps;
  }
}
