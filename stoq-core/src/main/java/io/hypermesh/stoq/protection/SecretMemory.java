package io.hypermesh.stoq.protection;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.hypermesh.stoq.foreign.NativeAccess;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Native memory for what is made of keys, from the C library's allocator: an arena and a cleaner
 * for each of a hundred thousand connections would take more than what they hold. It is erased when
 * it's freed, which its owner must not forget; {@link #blocksInUse()} tells whether it did.
 *
 * <p>Addresses are numbers; {@link #ANYWHERE} reads and writes at them, unchecked. The class can't
 * be loaded where native access is denied. Any thread may call it.
 */
final class SecretMemory {
  /** All memory: offsets in it are addresses. */
  // Native access is what this class is for; a host allows it by a flag.
  @SuppressWarnings("restricted")
  static final MemorySegment ANYWHERE = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private static final ValueLayout.OfInt NONCE_FIRST =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong NONCE_LAST =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  /** A processor's cache line, and the most that a vector instruction asks for. */
  private static final long ALIGNMENT = 64;

  private static final MethodHandle ALIGNED_ALLOC =
      function("aligned_alloc", FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle FREE = function("free", FunctionDescriptor.ofVoid(JAVA_LONG));

  private static final AtomicLong BLOCKS_IN_USE = new AtomicLong();

  private SecretMemory() {}

  // Native access is what this class is for; a host allows it by a flag.
  @SuppressWarnings("restricted")
  private static MethodHandle function(String name, FunctionDescriptor descriptor) {
    Linker linker = Linker.nativeLinker();
    SymbolLookup library = linker.defaultLookup();
    return linker.downcallHandle(library.findOrThrow(name), descriptor);
  }

  /**
   * Memory of zeros, its address a multiple of 64.
   *
   * @param bytes a multiple of 64
   * @throws OutOfMemoryError where there is none
   */
  static long allocate(long bytes) {
    long address;
    try {
      address = (long) ALIGNED_ALLOC.invokeExact(ALIGNMENT, bytes);
    } catch (Throwable e) {
      throw NativeAccess.failed(e);
    }
    if (address == 0) {
      throw new OutOfMemoryError("couldn't allocate " + bytes + " bytes of native memory");
    }
    erase(address, bytes);
    BLOCKS_IN_USE.incrementAndGet();
    return address;
  }

  /** Erases memory, and gives it back. */
  static void free(long address, long bytes) {
    erase(address, bytes);
    BLOCKS_IN_USE.decrementAndGet();
    try {
      FREE.invokeExact(address);
    } catch (Throwable e) {
      throw NativeAccess.failed(e);
    }
  }

  /** Writes a nonce of twelve bytes in network order. */
  static void putNonce(long address, int first, long last) {
    ANYWHERE.set(NONCE_FIRST, address, first);
    ANYWHERE.set(NONCE_LAST, address + Integer.BYTES, last);
  }

  static void erase(long address, long bytes) {
    ANYWHERE.asSlice(address, bytes).fill((byte) 0);
  }

  /** How many blocks there are that weren't freed. */
  static long blocksInUse() {
    return BLOCKS_IN_USE.get();
  }
}
