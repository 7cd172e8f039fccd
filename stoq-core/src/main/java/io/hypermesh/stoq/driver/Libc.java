package io.hypermesh.stoq.driver;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.hypermesh.stoq.foreign.NativeAccess;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;

/**
 * The C library's functions that the drivers for Linux need, by the Foreign Function and Memory API
 * (man-pages, section 2). Each returns what the function returns, or the negative of {@code errno}
 * where that is -1, as the system calls below do.
 *
 * <p>Pointers are passed as numbers: who calls owns the memory and keeps it open meanwhile, and a
 * call needn't check so for each of them. {@code state} is where {@code errno} is written; each
 * thread has its own, from {@link #newCallState()}.
 *
 * <p>The class can't be loaded where native access is denied, or a function is missing.
 */
final class Libc {
  private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
  private static final long ERRNO_OFFSET = CALL_STATE.byteOffset(PathElement.groupElement("errno"));

  private static final MethodHandle SOCKET =
      withErrno("socket", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle SETSOCKOPT =
      withErrno("setsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT);
  private static final MethodHandle BIND =
      withErrno("bind", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT);
  private static final MethodHandle GETSOCKNAME =
      withErrno("getsockname", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle SENDMSG =
      withErrno("sendmsg", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT);
  private static final MethodHandle SENDMMSG =
      withErrno("sendmmsg", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT);
  private static final MethodHandle RECVMSG =
      withErrno("recvmsg", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT);
  private static final MethodHandle PPOLL =
      withErrno("ppoll", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle EVENTFD = withErrno("eventfd", JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle READ =
      withErrno("read", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle MMAP =
      withErrno("mmap", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
  private static final MethodHandle MUNMAP =
      function("munmap", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG));

  /** The system call's number, and six arguments, which is as many as one has. */
  private static final MethodHandle SYSCALL =
      function(
          "syscall",
          FunctionDescriptor.of(
              JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
              JAVA_LONG),
          Linker.Option.firstVariadicArg(1),
          Linker.Option.captureCallState("errno"));

  private static final MethodHandle WRITE =
      function("write", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle CLOSE =
      function("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

  /** {@code PROT_READ | PROT_WRITE} (mmap(2)). */
  private static final int READ_AND_WRITE = 3;

  private Libc() {}

  private static MethodHandle withErrno(
      String name, MemoryLayout result, MemoryLayout... parameters) {
    return function(
        name, FunctionDescriptor.of(result, parameters), Linker.Option.captureCallState("errno"));
  }

  // Native access is what this class is for; a host allows it by a flag.
  @SuppressWarnings("restricted")
  private static MethodHandle function(
      String name, FunctionDescriptor descriptor, Linker.Option... options) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor, options);
  }

  /** Memory for {@code errno}; the garbage collector frees it. */
  static MemorySegment newCallState() {
    return Arena.ofAuto().allocate(CALL_STATE);
  }

  static int socket(MemorySegment state, int family, int type, int protocol) {
    try {
      return checked((int) SOCKET.invokeExact(state, family, type, protocol), state);
    } catch (Throwable e) {
      throw NativeAccess.failed(e);
    }
  }

  static int setsockopt(
      MemorySegment state, int socket, int level, int option, long value, int length) {
    try {
      return checked(
          (int) SETSOCKOPT.invokeExact(state, socket, level, option, value, length), state);
    } catch (Throwable e) {
      throw NativeAccess.failed(e);
    }
  }

  static int bind(MemorySegment state, int socket, long address, int length) {
    try {
      return checked((int) BIND.invokeExact(state, socket, address, length), state);
    } catch (Throwable e) {
      throw NativeAccess.failed(e);
    }
  }

  static int getsockname(MemorySegment state, int socket, long address, long length) {
    try {
      return checked((int) GETSOCKNAME.invokeExact(state, socket, address, length), state);
    } catch (Throwable e) {
      throw NativeAccess.failed(e);
    }
  }

  static int sendmsg(MemorySegment state, int socket, long header, int flags) {
    try {
      return checked((int) (long) SENDMSG.invokeExact(state, socket, header, flags), state);
    } catch (Throwable e) {
      throw NativeAccess.failed(e);
    }
  }

  static int sendmmsg(MemorySegment state, int socket, long headers, int count, int flags) {
    try {
      return checked((int) SENDMMSG.invokeExact(state, socket, headers, count, flags), state);
    } catch (Throwable e) {
      throw NativeAccess.failed(e);
    }
  }

  static int recvmsg(MemorySegment state, int socket, long header, int flags) {
    try {
      return checked((int) (long) RECVMSG.invokeExact(state, socket, header, flags), state);
    } catch (Throwable e) {
      throw NativeAccess.failed(e);
    }
  }

  /** Waits without end where {@code timeout} is 0. */
  static int ppoll(MemorySegment state, long descriptors, long count, long timeout) {
    try {
      return checked((int) PPOLL.invokeExact(state, descriptors, count, timeout, 0L), state);
    } catch (Throwable e) {
      throw NativeAccess.failed(e);
    }
  }

  static int eventfd(MemorySegment state, int value, int flags) {
    try {
      return checked((int) EVENTFD.invokeExact(state, value, flags), state);
    } catch (Throwable e) {
      throw NativeAccess.failed(e);
    }
  }

  static int read(MemorySegment state, int descriptor, long buffer, long length) {
    try {
      return checked((int) (long) READ.invokeExact(state, descriptor, buffer, length), state);
    } catch (Throwable e) {
      throw NativeAccess.failed(e);
    }
  }

  /**
   * A system call that the C library has no function for.
   *
   * @param number of the call, on this architecture
   */
  static int syscall(
      MemorySegment state, long number, long a, long b, long c, long d, long e, long f) {
    try {
      return checked((int) (long) SYSCALL.invokeExact(state, number, a, b, c, d, e, f), state);
    } catch (Throwable t) {
      throw NativeAccess.failed(t);
    }
  }

  /**
   * Maps memory that is freed when the arena is closed.
   *
   * @param flags mmap(2)'s, {@code MAP_SHARED} or {@code MAP_PRIVATE} among them
   * @param descriptor what to map, or -1
   * @param offset where in it
   */
  // Native access is what this class is for; a host allows it by a flag.
  @SuppressWarnings("restricted")
  static MemorySegment map(
      Arena arena, MemorySegment state, long bytes, int flags, int descriptor, long offset)
      throws IOException {
    long address;
    try {
      address =
          (long) MMAP.invokeExact(state, 0L, bytes, READ_AND_WRITE, flags, descriptor, offset);
    } catch (Throwable e) {
      throw NativeAccess.failed(e);
    }
    if (address == -1) {
      throw Errno.exception("map memory", state.get(JAVA_INT, ERRNO_OFFSET));
    }
    return MemorySegment.ofAddress(address)
        .reinterpret(bytes, arena, mapped -> unmap(address, bytes));
  }

  private static void unmap(long address, long bytes) {
    try {
      if ((int) MUNMAP.invokeExact(address, bytes) < 0) {
        throw new IllegalStateException("couldn't unmap memory at " + address);
      }
    } catch (Throwable e) {
      throw NativeAccess.failed(e);
    }
  }

  /** Without {@code errno}, so that any thread can call it: -1 is all it tells. */
  static long write(int descriptor, long buffer, long length) {
    try {
      return (long) WRITE.invokeExact(descriptor, buffer, length);
    } catch (Throwable e) {
      throw NativeAccess.failed(e);
    }
  }

  /** Without {@code errno}, so that any thread can call it. */
  static int close(int descriptor) {
    try {
      return (int) CLOSE.invokeExact(descriptor);
    } catch (Throwable e) {
      throw NativeAccess.failed(e);
    }
  }

  private static int checked(int result, MemorySegment state) {
    return result >= 0 ? result : -state.get(JAVA_INT, ERRNO_OFFSET);
  }

  /** The width of a pointer, in bytes. */
  static long pointerBytes() {
    return ADDRESS.byteSize();
  }
}
