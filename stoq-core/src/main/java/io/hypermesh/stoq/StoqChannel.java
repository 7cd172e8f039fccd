package io.hypermesh.stoq;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Whole messages over a stream, in Agrona's manner: {@link #offer} or {@link #tryClaim} and {@link
 * #commit} to send, {@link #poll} to take what has come, in place where it lies in one piece.
 *
 * {@snippet file="ApiMessageExamplesTest.java" region="channelSend"}
 *
 * {@snippet file="ApiMessageExamplesTest.java" region="channelPoll"}
 *
 * <p>Or on virtual threads, on one side and on the other:
 *
 * {@snippet file="ApiMessageExamplesTest.java" region="channelBlocking"}
 *
 * {@snippet file="ApiMessageExamplesTest.java" region="channelServe"}
 *
 * <p>On the wire a message is its length as four bytes, most significant first, and then its bytes.
 * A length above the channel's maximum is refused before a byte of the message is stored: the
 * stream is reset with {@link #ERROR_MESSAGE_TOO_LONG} and {@link #poll} throws {@link
 * StoqProtocolException}.
 *
 * <p>Threads: one thread at a time sends and one thread at a time polls, as with the stream
 * beneath.
 */
public final class StoqChannel {
  /** Longest message of a channel that doesn't say otherwise, in bytes: 256 KiB. */
  public static final int MESSAGE_LENGTH_MAX_DEFAULT = 256 << 10;

  /** Bytes before each message that hold its length. */
  public static final int HEADER_LENGTH = Integer.BYTES;

  /** Application error code for a peer whose message is longer than the channel's maximum. */
  public static final long ERROR_MESSAGE_TOO_LONG = 0x53544f5101L;

  /** Application error code for a peer whose stream ends within a message. */
  public static final long ERROR_MESSAGE_TRUNCATED = 0x53544f5102L;

  private static final ValueLayout.OfInt LENGTH =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private final StoqStream stream;
  private final int messageLengthMax;

  // Owned by the sending thread.
  private @Nullable MemorySegment claimedInPlace;
  private @Nullable MemorySegment claimedAside;
  private int claimedLength = -1;
  private final MemorySegment header = MemorySegment.ofArray(new byte[HEADER_LENGTH]);

  /**
   * What was accepted but didn't fit, because all streams together were at their limit. Owned by
   * whoever holds {@link #flushing}: the sending thread, or the agent's once there is room.
   */
  private MemorySegment remainder = MemorySegment.NULL;

  private final AtomicBoolean flushing = new AtomicBoolean();
  private volatile boolean hasRemainder;
  private volatile boolean finishRequested;

  // Owned by the polling thread.
  private final MessageAssembler assembler;

  StoqChannel(StoqStream stream, int messageLengthMax, int sendBufferBytes) {
    if (messageLengthMax < 1 || messageLengthMax > sendBufferBytes - HEADER_LENGTH) {
      throw new IllegalArgumentException(
          "couldn't make a channel because its messageLengthMax is out of 1 to "
              + (sendBufferBytes - HEADER_LENGTH)
              + ": "
              + messageLengthMax);
    }
    this.stream = stream;
    this.messageLengthMax = messageLengthMax;
    this.assembler = new MessageAssembler(messageLengthMax);
  }

  /** The stream beneath; its bytes are this channel's only. */
  public StoqStream stream() {
    return stream;
  }

  /** Longest message in either direction, in bytes. */
  public int messageLengthMax() {
    return messageLengthMax;
  }

  // ---- Sending -------------------------------------------------------------------------------

  /**
   * Claims space for a message, to be filled and then ended by {@link #commit} or {@link #abort}.
   *
   * @param length the message's length in bytes, 0 to {@link #messageLengthMax()}
   * @return exactly {@code length} bytes; null where the stream is full: wait for {@link
   *     StoqStreamListener#onWritable}
   * @throws StoqException where the stream takes no more messages at all
   */
  public @Nullable MemorySegment tryClaim(int length) throws StoqException {
    checkLength(length);
    if (claimedLength >= 0) {
      throw new IllegalStateException("couldn't claim because a claim is open: commit or abort it");
    }
    if (!hasRoom(HEADER_LENGTH + length)) {
      return null;
    }
    MemorySegment space = stream.claim();
    if (space == null) {
      return null;
    }
    claimedLength = length;
    if (space.byteSize() >= HEADER_LENGTH + length) {
      claimedInPlace = space;
      return space.asSlice(HEADER_LENGTH, length);
    }
    // It doesn't lie in one piece of the send buffer: filled aside, and copied when committed.
    stream.commit(0);
    MemorySegment aside = MemorySegment.ofArray(new byte[HEADER_LENGTH + length]);
    claimedAside = aside;
    return aside.asSlice(HEADER_LENGTH, length);
  }

  /**
   * Sends the claimed message.
   *
   * @throws StoqException where the stream takes no more messages; the claim is over even so
   */
  public void commit() throws StoqException {
    MemorySegment inPlace = claimedInPlace;
    MemorySegment aside = claimedAside;
    int length = endClaim("commit");
    if (inPlace != null) {
      inPlace.set(LENGTH, 0, length);
      stream.commit(HEADER_LENGTH + length);
    } else if (aside != null) {
      aside.set(LENGTH, 0, length);
      send(aside, 0, HEADER_LENGTH + length);
    }
  }

  /** Gives the claimed space back; nothing is sent. */
  public void abort() {
    boolean inPlace = claimedInPlace != null;
    endClaim("abort");
    if (inPlace) {
      stream.commit(0);
    }
  }

  /**
   * Sends a copy of a message, or nothing.
   *
   * @param source heap or native memory
   * @param offset where the message starts, in bytes
   * @param length its length in bytes, 0 to {@link #messageLengthMax()}
   * @return false where the stream is full: wait for {@link StoqStreamListener#onWritable}
   * @throws StoqException where the stream takes no more messages at all
   */
  public boolean offer(MemorySegment source, long offset, int length) throws StoqException {
    checkLength(length);
    if (claimedLength >= 0) {
      throw new IllegalStateException("couldn't offer because a claim is open: commit or abort it");
    }
    if (!hasRoom(HEADER_LENGTH + length)) {
      return false;
    }
    header.set(LENGTH, 0, length);
    int headerAccepted = stream.write(header, 0, HEADER_LENGTH);
    if (headerAccepted == 0) {
      return false;
    }
    if (headerAccepted < HEADER_LENGTH) {
      // Both parts are kept together, so that the message goes out whole.
      MemorySegment rest = MemorySegment.ofArray(new byte[HEADER_LENGTH - headerAccepted + length]);
      MemorySegment.copy(header, headerAccepted, rest, 0, HEADER_LENGTH - headerAccepted);
      MemorySegment.copy(source, offset, rest, HEADER_LENGTH - headerAccepted, length);
      keep(rest);
      return true;
    }
    send(source, offset, length);
    return true;
  }

  /** As {@link #offer(MemorySegment, long, int)}, a whole array. */
  public boolean offer(byte[] message) throws StoqException {
    return offer(MemorySegment.ofArray(message), 0, message.length);
  }

  /**
   * Sends a copy of a message, waiting for room; for virtual threads.
   *
   * @param timeout for the wait; zero for no limit
   * @throws StoqTimeoutException where there was no room within the timeout; nothing was sent
   */
  public void send(byte[] message, Duration timeout) throws IOException {
    int seen = stream.writeSignals();
    while (!offer(message)) {
      stream.awaitWritable(seen, timeout);
      seen = stream.writeSignals();
    }
  }

  /** Ends the output after the messages sent so far; the peer polls them, and then the end. */
  public void finish() throws StoqException {
    // Noted first: whoever passes on the remainder looks at the note afterwards.
    finishRequested = true;
    if (flush()) {
      stream.finish();
    }
  }

  /**
   * Passes on what a full endpoint made wait; the agent does the same as soon as there is room.
   *
   * @return false where some of it still waits
   */
  private boolean flush() throws StoqException {
    if (!hasRemainder) {
      return true;
    }
    if (!flushing.compareAndSet(false, true)) {
      return false;
    }
    try {
      // Looked at again: the other thread may have passed it on before this one got the flag.
      if (hasRemainder) {
        int accepted = stream.write(remainder, 0, (int) remainder.byteSize());
        remainder = remainder.asSlice(accepted);
        if (remainder.byteSize() > 0) {
          return false;
        }
        remainder = MemorySegment.NULL;
        hasRemainder = false;
      }
    } finally {
      flushing.set(false);
    }
    if (finishRequested) {
      stream.finish();
    }
    return true;
  }

  /** Called on the agent's thread when there is room again. */
  void flushFromAgent() {
    try {
      flush();
    } catch (StoqException e) {
      // The sending thread meets the same failure at its next call, and that is where it belongs.
      hasRemainder = false;
    }
  }

  private void send(MemorySegment source, long offset, int length) throws StoqException {
    int accepted = length == 0 ? 0 : stream.write(source, offset, length);
    if (accepted < length) {
      MemorySegment rest = MemorySegment.ofArray(new byte[length - accepted]);
      MemorySegment.copy(source, offset + accepted, rest, 0, length - accepted);
      keep(rest);
    }
  }

  private void keep(MemorySegment rest) throws StoqException {
    remainder = rest;
    hasRemainder = true;
    flush();
  }

  /** Whether a message of this size fits; where it doesn't, the stream tells once it does. */
  private boolean hasRoom(int needed) throws StoqException {
    if (!flush()) {
      return false;
    }
    if (stream.writable() >= needed) {
      return true;
    }
    stream.requireWriting();
    stream.requestWritable(needed);
    return false;
  }

  private int endClaim(String attempt) {
    int length = claimedLength;
    if (length < 0) {
      throw new IllegalStateException("couldn't " + attempt + " because nothing is claimed");
    }
    claimedLength = -1;
    claimedInPlace = null;
    claimedAside = null;
    return length;
  }

  private void checkLength(int length) {
    if (length < 0 || length > messageLengthMax) {
      throw new IllegalArgumentException(
          "couldn't send a message because its length is out of 0 to "
              + messageLengthMax
              + ": "
              + length);
    }
  }

  // ---- Receiving -----------------------------------------------------------------------------

  /**
   * Hands messages that have come to the handler. If the handler throws, the message counts as
   * taken.
   *
   * @param limit how many at most
   * @return how many it was; 0 where none is complete yet: wait for {@link
   *     StoqStreamListener#onReadable}, unless {@link #isEnd()}
   * @throws StoqProtocolException where the peer broke the rules
   * @throws StoqException where the end will never come
   */
  public int poll(StoqMessageHandler handler, int limit) throws StoqException {
    int polled = 0;
    while (polled < limit) {
      MemorySegment bytes = stream.peek();
      if (bytes == null) {
        checkEnd();
        break;
      }
      int consumed = 0;
      try {
        MemorySegment view = bytes.asReadOnly();
        int available = (int) view.byteSize();
        while (consumed < available && polled < limit) {
          int used = assembler.next(view, consumed, available - consumed);
          consumed += used;
          if (assembler.hasMessage()) {
            polled++;
            assembler.deliver(handler);
          }
        }
      } catch (StoqProtocolException e) {
        stream.consume(consumed);
        fail(ERROR_MESSAGE_TOO_LONG);
        throw e;
      } catch (RuntimeException | Error e) {
        stream.consume(consumed);
        throw e;
      }
      stream.consume(consumed);
    }
    return polled;
  }

  /** Whether the peer has ended its output and every message has been polled. */
  public boolean isEnd() {
    return stream.isEnd() && assembler.isBetweenMessages();
  }

  /**
   * Waits for one message and copies it; for virtual threads.
   *
   * @param timeout zero for no limit
   * @return null at the end
   * @throws StoqTimeoutException where none came within the timeout
   */
  public byte @Nullable [] receive(Duration timeout) throws IOException {
    byte[][] received = new byte[1][];
    while (true) {
      int seen = stream.readSignals();
      int polled =
          poll(
              (buffer, offset, length) ->
                  received[0] = buffer.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE),
              1);
      if (polled > 0) {
        return received[0];
      }
      if (isEnd()) {
        return null;
      }
      stream.awaitReadable(seen, timeout);
    }
  }

  private void checkEnd() throws StoqProtocolException {
    if (stream.isEnd() && !assembler.isBetweenMessages()) {
      fail(ERROR_MESSAGE_TRUNCATED);
      throw new StoqProtocolException(
          "couldn't poll messages because the peer's stream ended within one: stream "
              + stream.id());
    }
  }

  private void fail(long errorCode) {
    stream.stopSending(errorCode);
    stream.reset(errorCode);
  }
}
