package io.hypermesh.stoq.ipc;

import io.hypermesh.stoq.ring.RingLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * The first page of a channel's memory, as it was when it was read; the two rings follow, the one
 * that the connecting side sends through first. All in the machine's byte order.
 *
 * <pre>
 * offset  bytes  written by
 *      0      8  connector   magic
 *      8      4  connector   version
 *     12      4  connector   longest message, as the connecting side's settings have it
 *     16      8  connector   bytes of a ring
 *     24      8  connector   its process id
 *     32      8  listener    its process id
 *     40      4  listener    longest message that both sides' settings allow
 *    128      4  connector   {@link #OFFERED}, {@link #WITHDRAWN}
 *    256      4  listener    {@link #ACCEPTED}, {@link #REFUSED}
 *
 *               listener: ACCEPTED
 *   OFFERED ──┬──────────────────────► the channel is open, its file is deleted
 *             ├─ listener: REFUSED ──► the connecting side is told
 *             └─ connector: WITHDRAWN ► it's over, also for a listener that accepts at that moment:
 *                                      to that one, the peer has closed the channel
 * </pre>
 *
 * <p>Each word has one writer, and none is compared and set: that is the one access that the JDK
 * doesn't guard against a file that another process cuts short.
 *
 * @param messageLengthMax longest message, in bytes
 * @param ringBytes bytes of each ring's frames
 * @param peerProcessId what the peer says its process is
 */
record ChannelHeader(int messageLengthMax, long ringBytes, long peerProcessId) {
  /** "STOQIPC" and a zero, on a little-endian machine. */
  static final long MAGIC = 0x0043504951_4f5453L;

  static final int VERSION = 1;

  /** Bytes before the rings. */
  static final int LENGTH = 4_096;

  /** The connecting side waits for an answer. */
  static final int OFFERED = 1;

  /** It doesn't any more. */
  static final int WITHDRAWN = 2;

  /** The listener hasn't answered. */
  static final int UNANSWERED = 0;

  static final int ACCEPTED = 1;
  static final int REFUSED = 2;

  private static final long MAGIC_AT = 0;
  private static final long VERSION_AT = 8;
  private static final long MESSAGE_LENGTH_MAX_AT = 12;
  private static final long RING_BYTES_AT = 16;
  private static final long CONNECTOR_AT = 24;
  private static final long LISTENER_AT = 32;
  private static final long AGREED_LENGTH_MAX_AT = 40;
  private static final long OFFER_AT = 128;
  private static final long ANSWER_AT = 256;

  private static final VarHandle STATE = ValueLayout.JAVA_INT.varHandle();
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  /** Bytes of a channel's memory. */
  static long memoryBytes(long ringBytes) {
    return LENGTH + 2 * RingLayout.bytes(ringBytes);
  }

  /** The ring that the connecting side sends through, or else the listener. */
  static MemorySegment ring(MemorySegment memory, long ringBytes, boolean connectorSends) {
    long bytes = RingLayout.bytes(ringBytes);
    return memory.asSlice(LENGTH + (connectorSends ? 0 : bytes), bytes);
  }

  /** Writes the offer of a connecting side into new memory, which is zero. */
  static void offer(MemorySegment memory, StoqIpcSettings settings, long processId) {
    memory.set(LONG, MAGIC_AT, MAGIC);
    memory.set(INT, VERSION_AT, VERSION);
    memory.set(INT, MESSAGE_LENGTH_MAX_AT, settings.messageLengthMax());
    memory.set(LONG, RING_BYTES_AT, settings.ringBytes());
    memory.set(LONG, CONNECTOR_AT, processId);
    STATE.setVolatile(memory, OFFER_AT, OFFERED);
  }

  /**
   * Reads what a connecting side offers, and takes nothing of it for granted.
   *
   * @throws StoqIpcException where it is no offer of this version
   */
  static ChannelHeader readOffer(MemorySegment memory) throws StoqIpcException {
    if (memory.byteSize() < memoryBytes(RingLayout.CAPACITY_MIN)) {
      throw malformed("its length", memory.byteSize());
    }
    long magic = memory.get(LONG, MAGIC_AT);
    if (magic != MAGIC) {
      throw malformed("its first bytes", magic);
    }
    int version = memory.get(INT, VERSION_AT);
    if (version != VERSION) {
      throw malformed("its version", version);
    }
    long ringBytes = memory.get(LONG, RING_BYTES_AT);
    if (!RingLayout.isCapacity(ringBytes) || memory.byteSize() != memoryBytes(ringBytes)) {
      throw malformed("the size of its rings", ringBytes);
    }
    int messageLengthMax = memory.get(INT, MESSAGE_LENGTH_MAX_AT);
    if (messageLengthMax < 1 || messageLengthMax > RingLayout.messageLengthMax(ringBytes)) {
      throw malformed("the length of its messages", messageLengthMax);
    }
    return new ChannelHeader(messageLengthMax, ringBytes, memory.get(LONG, CONNECTOR_AT));
  }

  /** Writes what the listener makes of an offer, before it accepts it. */
  static ChannelHeader agree(
      MemorySegment memory, ChannelHeader offer, StoqIpcSettings settings, long processId) {
    int agreed = Math.min(offer.messageLengthMax, settings.messageLengthMax());
    memory.set(INT, AGREED_LENGTH_MAX_AT, agreed);
    memory.set(LONG, LISTENER_AT, processId);
    return new ChannelHeader(agreed, offer.ringBytes, offer.peerProcessId);
  }

  /**
   * Reads the listener's answer, once the state says that there is one.
   *
   * @throws StoqIpcException where it is no answer to the offer
   */
  static ChannelHeader readAnswer(MemorySegment memory, StoqIpcSettings settings)
      throws StoqIpcException {
    int agreed = memory.get(INT, AGREED_LENGTH_MAX_AT);
    if (agreed < 1 || agreed > settings.messageLengthMax()) {
      throw malformed("the agreed length of messages", agreed);
    }
    return new ChannelHeader(agreed, settings.ringBytes(), memory.get(LONG, LISTENER_AT));
  }

  /** Takes the offer back. */
  static void withdraw(MemorySegment memory) {
    STATE.setVolatile(memory, OFFER_AT, WITHDRAWN);
  }

  /** Whether the connecting side still waits. */
  static boolean isOffered(MemorySegment memory) {
    return (int) STATE.getVolatile(memory, OFFER_AT) == OFFERED;
  }

  /** Says what the listener makes of the offer: {@link #ACCEPTED} or {@link #REFUSED}. */
  static void answer(MemorySegment memory, int answer) {
    STATE.setVolatile(memory, ANSWER_AT, answer);
  }

  /** What the listener has said: {@link #UNANSWERED} or one of the answers, if it keeps to them. */
  static int answer(MemorySegment memory) {
    return (int) STATE.getVolatile(memory, ANSWER_AT);
  }

  private static StoqIpcException malformed(String what, long value) {
    return new StoqIpcException(
        StoqIpcException.Reason.REFUSED,
        "couldn't use a channel's file because " + what + " can't be: " + value);
  }
}
