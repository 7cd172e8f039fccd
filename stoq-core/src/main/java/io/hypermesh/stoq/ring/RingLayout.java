package io.hypermesh.stoq.ring;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * What lies where in the memory of a ring. Each word is written by one end only, and words that
 * different ends write, or write at different rates, are two cache lines apart (two, because
 * processors fetch lines in pairs).
 *
 * <pre>
 * offset  bytes     written by
 *      0      8     producer    tail: where the next frame goes, counted from the ring's beginning
 *    128      4     producer    output state: {@link #OPEN}, {@link #FINISHED}, {@link #ABANDONED}
 *    256      8     consumer    head: how far frames have been taken
 *    384      4     consumer    input state: {@link #OPEN}, {@link #ABANDONED}
 *    512  capacity  producer    frames, at position modulo capacity
 * </pre>
 *
 * <p>A frame is an 8-byte header in the machine's byte order, whose lower half is the message's
 * length and whose upper half says what it is; then the message; then up to 7 bytes, so that the
 * next frame begins at a multiple of 8. A message lies in one piece: where it would cross the
 * ring's end, a frame of padding fills the rest, and it goes to the ring's beginning. That is why
 * the longest message is half the ring: an empty ring then has room for it wherever its tail is.
 *
 * <p>The tail is published by a release store after the frames before it, and the head after they
 * were read; each end reads the other's word by an acquire load, only when what it read last is
 * used up. So a message that is seen is whole, and a producer that dies has sent it or not.
 */
public final class RingLayout {
  /** Bytes of a ring's memory beside its frames. */
  public static final int OVERHEAD = 512;

  /** Bytes before each message. */
  public static final int FRAME_HEADER_LENGTH = Long.BYTES;

  /** Smallest ring, in bytes of frames. */
  public static final int CAPACITY_MIN = 1 << 10;

  /** Largest ring, in bytes of frames. */
  public static final int CAPACITY_MAX = 1 << 30;

  /** The end goes on. */
  public static final int OPEN = 0;

  /** The producer has sent all that it will. */
  public static final int FINISHED = 1;

  /** The end has given up. */
  public static final int ABANDONED = 2;

  static final long TAIL = 0;
  static final long OUTPUT_STATE = 128;
  static final long HEAD = 256;
  static final long INPUT_STATE = 384;

  static final int ALIGNMENT = Long.BYTES;
  static final int MESSAGE = 1;
  static final int PADDING = 2;

  static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();
  static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();

  private RingLayout() {}

  /**
   * Whether a ring can be so large.
   *
   * @param capacity bytes of frames
   */
  public static boolean isCapacity(long capacity) {
    return capacity >= CAPACITY_MIN && capacity <= CAPACITY_MAX && Long.bitCount(capacity) == 1;
  }

  /**
   * Longest message that a ring can carry, in bytes.
   *
   * @param capacity bytes of frames
   */
  public static int messageLengthMax(long capacity) {
    return (int) (capacity / 2) - FRAME_HEADER_LENGTH;
  }

  /**
   * Bytes of memory that a ring takes.
   *
   * @param capacity bytes of frames
   */
  public static long bytes(long capacity) {
    return OVERHEAD + capacity;
  }

  static long frameLength(int messageLength) {
    return ((long) messageLength + FRAME_HEADER_LENGTH + ALIGNMENT - 1) & -ALIGNMENT;
  }

  static long frameHeader(int type, long length) {
    return (long) type << Integer.SIZE | length;
  }

  static MemorySegment frames(MemorySegment region) {
    long capacity = region.byteSize() - OVERHEAD;
    if (!isCapacity(capacity)) {
      throw new IllegalArgumentException(
          "couldn't use memory as a ring because its capacity is no power of two from "
              + CAPACITY_MIN
              + " to "
              + CAPACITY_MAX
              + ": "
              + capacity);
    }
    return region.asSlice(OVERHEAD, capacity);
  }

  static int checkedMessageLengthMax(int messageLengthMax, long capacity) {
    if (messageLengthMax < 1 || messageLengthMax > messageLengthMax(capacity)) {
      throw new IllegalArgumentException(
          "couldn't use a ring because its messageLengthMax is out of 1 to "
              + messageLengthMax(capacity)
              + ": "
              + messageLengthMax);
    }
    return messageLengthMax;
  }
}
