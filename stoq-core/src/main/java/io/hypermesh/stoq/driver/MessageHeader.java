package io.hypermesh.stoq.driver;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A {@code msghdr} (recvmsg(2), {@code bits/types/struct_msghdr.h}) and what it points to: {@code
 * iovec}s (readv(2)). Pointers and {@code size_t} are eight bytes long.
 */
final class MessageHeader {
  /** {@code sizeof(struct iovec)}. */
  static final int IOVEC_BYTES = 16;

  private static final long IOVEC_BASE_OFFSET = 0;
  private static final long IOVEC_LENGTH_OFFSET = 8;

  /** {@code sizeof(struct msghdr)}. */
  private static final int BYTES = 56;

  private static final int ALIGNMENT = 8;
  private static final long NAME_OFFSET = 0;
  private static final long NAME_LENGTH_OFFSET = 8;
  private static final long IOVECS_OFFSET = 16;
  private static final long IOVEC_COUNT_OFFSET = 24;
  private static final long CONTROL_OFFSET = 32;
  private static final long CONTROL_LENGTH_OFFSET = 40;
  private static final long FLAGS_OFFSET = 48;

  private final MemorySegment segment;

  MessageHeader(Arena arena) {
    this(arena.allocate(BYTES, ALIGNMENT));
  }

  /** One in the memory given. */
  MessageHeader(MemorySegment segment) {
    this.segment = segment;
  }

  static MemorySegment allocateIovecs(Arena arena, int count) {
    return arena.allocate((long) count * IOVEC_BYTES, ALIGNMENT);
  }

  static void setIovecBase(MemorySegment iovecs, int index, long address) {
    iovecs.set(JAVA_LONG, (long) index * IOVEC_BYTES + IOVEC_BASE_OFFSET, address);
  }

  static void setIovecLength(MemorySegment iovecs, int index, long length) {
    iovecs.set(JAVA_LONG, (long) index * IOVEC_BYTES + IOVEC_LENGTH_OFFSET, length);
  }

  long address() {
    return segment.address();
  }

  void setName(long address) {
    segment.set(JAVA_LONG, NAME_OFFSET, address);
    segment.set(JAVA_INT, NAME_LENGTH_OFFSET, SocketAddressCodec.BYTES);
  }

  /** Room for a name that the kernel puts elsewhere. */
  void setNameLength(int length) {
    segment.set(JAVA_INT, NAME_LENGTH_OFFSET, length);
  }

  /** Room for control messages that the kernel puts elsewhere. */
  void setControlLength(long length) {
    segment.set(JAVA_LONG, CONTROL_LENGTH_OFFSET, length);
  }

  void setIovecs(long address, long count) {
    segment.set(JAVA_LONG, IOVECS_OFFSET, address);
    segment.set(JAVA_LONG, IOVEC_COUNT_OFFSET, count);
  }

  void setControl(long address, long length) {
    segment.set(JAVA_LONG, CONTROL_OFFSET, length == 0 ? 0 : address);
    segment.set(JAVA_LONG, CONTROL_LENGTH_OFFSET, length);
  }

  long controlLength() {
    return segment.get(JAVA_LONG, CONTROL_LENGTH_OFFSET);
  }

  int flags() {
    return segment.get(JAVA_INT, FLAGS_OFFSET);
  }
}
