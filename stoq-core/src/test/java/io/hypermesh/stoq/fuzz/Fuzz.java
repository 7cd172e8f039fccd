package io.hypermesh.stoq.fuzz;

import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;

/**
 * Where Jazzer enters: {@code --target_class=io.hypermesh.stoq.fuzz.Fuzz --target_args=NAME}.
 * Nothing here depends on Jazzer, so that a test can replay inputs without it.
 */
public final class Fuzz {
  /** An input may be the first to load a class or fill a cache; what it costs again is its own. */
  private static final int ATTEMPTS = 4;

  private static @Nullable Runner runner;

  private Fuzz() {}

  /** One target, with a watch on what it allocates. */
  static final class Runner {
    private final FuzzTargets which;
    private final FuzzTarget target;

    Runner(FuzzTargets which) {
      this.which = which;
      this.target = which.make();
    }

    void run(byte[] data) throws Exception {
      long limit = which.allocatedBytesMax(data.length);
      long allocated = Long.MAX_VALUE;
      for (int attempt = 0; attempt < ATTEMPTS && allocated > limit; attempt++) {
        long before = allocatedBytes();
        target.run(new FuzzInput(data));
        allocated = allocatedBytes() - before;
      }
      if (allocated > limit) {
        throw new AssertionError(
            which.title() + " allocates " + allocated + " bytes for " + data.length);
      }
    }
  }

  /**
   * Called once by Jazzer. The first input loads and instruments the classes, which on a busy
   * machine takes longer than an input may.
   */
  public static void fuzzerInitialize(String[] arguments) throws Exception {
    runner = new Runner(FuzzTargets.named(arguments[0]));
    runner.run(new byte[0]);
    runner.run(new byte[64]);
  }

  /** Called by Jazzer for each input. */
  public static void fuzzerTestOneInput(byte[] data) throws Exception {
    Runner present = runner;
    if (present == null) {
      throw new IllegalStateException("fuzzerInitialize comes first");
    }
    present.run(data);
  }

  private static final @Nullable Object THREADS;
  private static final @Nullable Method ALLOCATED;

  static {
    Object threads = null;
    Method allocated = null;
    try {
      // By reflection: the module under test does not read jdk.management, and should not.
      threads =
          Class.forName("java.lang.management.ManagementFactory")
              .getMethod("getThreadMXBean")
              .invoke(null);
      allocated =
          Class.forName("com.sun.management.ThreadMXBean")
              .getMethod("getCurrentThreadAllocatedBytes");
    } catch (ReflectiveOperationException e) {
      System.err.println("this JVM does not count allocated bytes: " + e);
    }
    THREADS = threads;
    ALLOCATED = allocated;
  }

  /** Bytes that this thread has allocated; 0 where the JVM doesn't count them. */
  public static long allocatedBytes() {
    try {
      return ALLOCATED == null ? 0 : (Long) ALLOCATED.invoke(THREADS);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("couldn't ask for the allocated bytes", e);
    }
  }
}
