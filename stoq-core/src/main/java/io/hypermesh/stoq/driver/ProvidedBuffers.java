package io.hypermesh.stoq.driver;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * Buffers that the kernel fills with what arrives, and the ring by which it gets them
 * (io_uring_register(2), IORING_REGISTER_PBUF_RING). Each has room for the longest run of datagrams
 * there is.
 *
 * <pre>
 *   struct io_uring_recvmsg_out │ sockaddr_in6 │ control messages │ datagrams …
 *   0                           16             48                 128
 * </pre>
 *
 * <p>The memory is mapped, not allocated: what no datagram ever reached takes none.
 *
 * <p>The driver's thread owns it.
 */
final class ProvidedBuffers {
  /**
   * How many there are, a power of two: few, since the kernel goes through all of them one after
   * the other, and what is used again soon is in the processor's cache still.
   */
  static final int COUNT = 16;

  /** Room for the source's address, in bytes. */
  static final int NAME_BYTES = SocketAddressCodec.STRIDE_BYTES;

  /** Room for control messages, in bytes; so that datagrams start on a cache line. */
  static final int CONTROL_BYTES = 80;

  /** Where the datagrams start. */
  static final int DATAGRAMS_OFFSET = 128;

  /** {@code struct io_uring_recvmsg_out}. */
  private static final int HEADER_BYTES = 16;

  private static final long CONTROL_LENGTH_OFFSET = 4;
  private static final long PAYLOAD_LENGTH_OFFSET = 8;
  private static final long FLAGS_OFFSET = 12;

  private static final long BUFFER_BYTES = DATAGRAMS_OFFSET + 65_536;

  /** {@code MAP_PRIVATE | MAP_ANONYMOUS} (mmap(2)). */
  private static final int MAP_FLAGS = 2 | 0x20;

  /** {@code struct io_uring_buf}. */
  private static final int ENTRY_BYTES = 16;

  private static final long ENTRY_LENGTH_OFFSET = 8;
  private static final long ENTRY_NUMBER_OFFSET = 12;

  /** Where the ring's tail is: in the first entry, in what entries have no use for. */
  private static final long TAIL_OFFSET = 14;

  /** {@code struct io_uring_buf_reg}. */
  private static final int DESCRIPTION_BYTES = 40;

  private static final VarHandle SHORT = JAVA_SHORT.varHandle();

  private final MemorySegment ring;
  private final MemorySegment description;
  private final MemorySegment[] buffers = new MemorySegment[COUNT];
  private final MemorySegment[] names = new MemorySegment[COUNT];
  private final MemorySegment[] controls = new MemorySegment[COUNT];

  /** Those that the kernel has filled, or may fill no more. */
  private final boolean[] held = new boolean[COUNT];

  private short tail;

  /** Maps the memory; no kernel knows of it yet. */
  ProvidedBuffers(Arena arena, MemorySegment state) throws IOException {
    ring = Libc.map(arena, state, (long) COUNT * ENTRY_BYTES, MAP_FLAGS, -1, 0);
    MemorySegment memory = Libc.map(arena, state, COUNT * BUFFER_BYTES, MAP_FLAGS, -1, 0);
    for (int i = 0; i < COUNT; i++) {
      buffers[i] = memory.asSlice(i * BUFFER_BYTES, BUFFER_BYTES, Long.BYTES);
      names[i] = buffers[i].asSlice(HEADER_BYTES, NAME_BYTES, Long.BYTES);
      controls[i] = buffers[i].asSlice(HEADER_BYTES + NAME_BYTES, CONTROL_BYTES, Long.BYTES);
    }
    description = arena.allocate(DESCRIPTION_BYTES, Long.BYTES);
    description.set(JAVA_LONG, 0, ring.address());
    description.set(JAVA_INT, Long.BYTES, COUNT);
  }

  /** Gives a ring all that aren't held; another ring, if any, mustn't have them any more. */
  void register(IoUring uring) throws IOException {
    tail = 0;
    SHORT.setRelease(ring, TAIL_OFFSET, tail);
    uring.registerBuffers(description);
    for (int i = 0; i < COUNT; i++) {
      if (!held[i]) {
        provide(i);
      }
    }
  }

  /** The kernel has filled one. */
  void hold(int number) {
    held[number] = true;
  }

  /** Gives one to the kernel. */
  void provide(int number) {
    held[number] = false;
    long at = (long) (tail & (COUNT - 1)) * ENTRY_BYTES;
    ring.set(JAVA_LONG, at, buffers[number].address());
    ring.set(JAVA_INT, at + ENTRY_LENGTH_OFFSET, (int) BUFFER_BYTES);
    ring.set(JAVA_SHORT, at + ENTRY_NUMBER_OFFSET, (short) number);
    tail++;
    SHORT.setRelease(ring, TAIL_OFFSET, tail);
  }

  /** A buffer, whose datagrams start at {@link #DATAGRAMS_OFFSET}. */
  MemorySegment buffer(int number) {
    return buffers[number];
  }

  /** The source's {@code sockaddr_in6}. */
  MemorySegment name(int number) {
    return names[number];
  }

  /** The control messages. */
  MemorySegment control(int number) {
    return controls[number];
  }

  int controlLength(int number) {
    return buffers[number].get(JAVA_INT, CONTROL_LENGTH_OFFSET);
  }

  /** How long the datagrams are together, as they came: more than there is where it was cut. */
  int payloadLength(int number) {
    return buffers[number].get(JAVA_INT, PAYLOAD_LENGTH_OFFSET);
  }

  /** The message's flags (recvmsg(2)). */
  int flags(int number) {
    return buffers[number].get(JAVA_INT, FLAGS_OFFSET);
  }
}
