package io.hypermesh.stoq;

import org.agrona.concurrent.IdleStrategy;

/**
 * Tries again a few times, then sleeps in the endpoint's driver until a datagram, a deadline or a
 * call of the host: an idle endpoint costs no CPU. For the one thread that runs the agent.
 */
final class BlockingIdleStrategy implements IdleStrategy {
  /**
   * Cycles without work before the thread sleeps; to sleep and wake costs about as much as these.
   */
  private static final int SPINS_MAX = 10;

  private final EndpointAgent agent;
  private int spins;

  BlockingIdleStrategy(EndpointAgent agent) {
    this.agent = agent;
  }

  @Override
  public void idle(int workCount) {
    if (workCount > 0) {
      reset();
    } else {
      idle();
    }
  }

  @Override
  public void idle() {
    if (spins < SPINS_MAX) {
      spins++;
      Thread.onSpinWait();
    } else {
      agent.await();
    }
  }

  @Override
  public void reset() {
    spins = 0;
  }

  @Override
  public String alias() {
    return "stoq-blocking";
  }
}
