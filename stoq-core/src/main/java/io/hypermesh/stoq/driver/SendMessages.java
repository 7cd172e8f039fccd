package io.hypermesh.stoq.driver;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The messages of one system call, an array of {@code mmsghdr}s (sendmmsg(2)), each with its own
 * control messages; and what became of each. A message is a datagram or a run of them.
 *
 * <p>The driver's thread owns it.
 */
final class SendMessages {
  /** Messages in a call at most. */
  static final int COUNT_MAX = 64;

  /** {@code sizeof(struct mmsghdr)}: a {@code msghdr} and how much of it was sent. */
  private static final int STRIDE_BYTES = 64;

  private final MemorySegment memory;
  private final MemorySegment[] controls = new MemorySegment[COUNT_MAX];
  private final MessageHeader[] headers = new MessageHeader[COUNT_MAX];
  private final int[] slots = new int[COUNT_MAX];
  private final int[] datagrams = new int[COUNT_MAX];
  private final int[] results = new int[COUNT_MAX];
  private int count;

  SendMessages(Arena arena) {
    memory = arena.allocate((long) STRIDE_BYTES * COUNT_MAX, Long.BYTES);
    MemorySegment control =
        arena.allocate((long) ControlMessages.SEND_BYTES * COUNT_MAX, JAVA_LONG.byteAlignment());
    for (int i = 0; i < COUNT_MAX; i++) {
      headers[i] = new MessageHeader(memory.asSlice((long) i * STRIDE_BYTES, STRIDE_BYTES));
      controls[i] =
          control.asSlice(
              (long) i * ControlMessages.SEND_BYTES, ControlMessages.SEND_BYTES, Long.BYTES);
      ControlMessages.prepare(controls[i]);
    }
  }

  void clear() {
    count = 0;
  }

  boolean isFull() {
    return count == COUNT_MAX;
  }

  /** How many there are. */
  int count() {
    return count;
  }

  /**
   * Adds one.
   *
   * @param slot its first datagram's
   * @param run how many datagrams are in it
   * @param length of each of them but the last, in bytes
   * @param name address of the destination's {@code sockaddr}
   * @param iovecs address of what says where its datagrams are (readv(2))
   */
  void add(int slot, int run, int length, int ecn, long name, long iovecs) {
    boolean segmented = run > 1;
    MemorySegment control = controls[count];
    ControlMessages.write(control, length, ecn);
    MessageHeader header = headers[count];
    header.setName(name);
    header.setIovecs(iovecs, run);
    header.setControl(
        control.address() + ControlMessages.sendOffset(segmented),
        ControlMessages.sendLength(segmented, ecn != 0));
    slots[count] = slot;
    datagrams[count] = run;
    count++;
  }

  /** Where a message is; those that follow lie behind it. */
  long address(int message) {
    return memory.address() + (long) message * STRIDE_BYTES;
  }

  /** The slot of a message's first datagram. */
  int slot(int message) {
    return slots[message];
  }

  /** How many datagrams are in a message. */
  int datagrams(int message) {
    return datagrams[message];
  }

  /** Sets what became of a message: a negative error number where it failed. */
  void setResult(int message, int result) {
    results[message] = result;
  }

  int result(int message) {
    return results[message];
  }
}
