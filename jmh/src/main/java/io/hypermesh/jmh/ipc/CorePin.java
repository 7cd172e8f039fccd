package io.hypermesh.jmh.ipc;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Keeps the calling thread on one core (Linux, sched_setaffinity). */
final class CorePin {
  private static final int MASK_BYTES = 128;

  private CorePin() {}

  /**
   * Pins the calling thread.
   *
   * @return whether it is
   */
  @SuppressWarnings("restricted") // native access is what this is for
  static boolean pin(int core) {
    Linker linker = Linker.nativeLinker();
    return linker
        .defaultLookup()
        .find("sched_setaffinity")
        .map(function -> {
          FunctionDescriptor descriptor =
              FunctionDescriptor.of(
                  ValueLayout.JAVA_INT,
                  ValueLayout.JAVA_INT,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.ADDRESS);
          try (Arena arena = Arena.ofConfined()) {
            MemorySegment mask = arena.allocate(MASK_BYTES);
            mask.set(ValueLayout.JAVA_BYTE, core / Byte.SIZE, (byte) (1 << core % Byte.SIZE));
            return (int)
                    linker
                        .downcallHandle(function, descriptor)
                        .invokeExact(0, (long) MASK_BYTES, mask)
                == 0;
          } catch (Throwable e) {
            throw new IllegalStateException("couldn't pin a thread to core " + core, e);
          }
        })
        .orElse(false);
  }
}
