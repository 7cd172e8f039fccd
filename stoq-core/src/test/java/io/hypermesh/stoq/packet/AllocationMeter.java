package io.hypermesh.stoq.packet;

import java.lang.reflect.Method;
import org.junit.jupiter.api.Assumptions;

/** Measures how many bytes this thread allocates for an action in its steady state. */
public final class AllocationMeter {
  /** Enough for the compiler to have seen the action, and for the escape analysis to have run. */
  private static final int WARM_UP = 30_000;

  private static final int ROUNDS = 10_000;

  /** On a busy machine the compiler comes late. */
  private static final int ATTEMPTS_MAX = 40;

  private AllocationMeter() {}

  /** One repetition. */
  public interface Action {
    /**
     * Does it.
     *
     * @param round rises with every call
     */
    void run(long round) throws Exception;
  }

  /** Bytes that one repetition allocates, on average over many. */
  public static double bytesEach(Action action) throws Exception {
    return bytesEach(action, 0, 4);
  }

  /**
   * Like {@link #bytesEach(Action)}, but measures again for a while until it is at most a limit.
   */
  public static double bytesEach(Action action, double limit) throws Exception {
    return bytesEach(action, limit, ATTEMPTS_MAX);
  }

  private static double bytesEach(Action action, double limit, int attempts) throws Exception {
    long round = 0;
    for (; round < WARM_UP; round++) {
      action.run(round);
    }
    // The least of several: compilation in the background can still change what is allocated.
    double least = Double.MAX_VALUE;
    for (int attempt = 0; attempt < attempts && least > limit; attempt++) {
      long before = allocated();
      for (int i = 0; i < ROUNDS; i++) {
        action.run(round++);
      }
      least = Math.min(least, (double) (allocated() - before) / ROUNDS);
    }
    return least;
  }

  /** By reflection: the module under test does not read jdk.management, and should not. */
  private static long allocated() {
    try {
      Class<?> factory = Class.forName("java.lang.management.ManagementFactory");
      Object bean = factory.getMethod("getThreadMXBean").invoke(null);
      Method method =
          Class.forName("com.sun.management.ThreadMXBean")
              .getMethod("getCurrentThreadAllocatedBytes");
      return (Long) method.invoke(bean);
    } catch (ReflectiveOperationException e) {
      Assumptions.abort("skipped: this JVM does not count allocated bytes: " + e);
      return 0;
    }
  }
}
