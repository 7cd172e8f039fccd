package io.hypermesh.stoq;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The {@link StoqChannel} over a stream of a connection, from {@link StoqStream#channel()}.
 *
 * <p>On the wire a message is its length as four bytes, most significant first, and then its bytes.
 * A length above the channel's maximum is refused before a byte of the message is stored: the
 * stream is reset with {@link #ERROR_MESSAGE_TOO_LONG} and {@link #poll} throws {@link
 * StoqProtocolException}. {@link #close()} resets a stream that isn't finished with {@link
 * #ERROR_CHANNEL_CLOSED}.
 *
 * <p>When to go on is told by the stream's {@link StoqStreamListener}: where {@link #tryClaim} or
 * {@link #offer} found no room, by {@link StoqStreamListener#onWritable}; where {@link #poll} found
 * nothing, by {@link StoqStreamListener#onReadable}.
 *
 * <p>Threads: one thread at a time sends and one thread at a time polls, as with the stream
 * beneath; {@link #close()} is called by the polling thread, or by any once nobody polls.
 */
public final class StoqStreamChannel implements StoqChannel {
  /** Bytes before each message that hold its length. */
  public static final int HEADER_LENGTH = Integer.BYTES;

  /** Application error code for a peer whose message is longer than the channel's maximum. */
  public static final long ERROR_MESSAGE_TOO_LONG = 0x53544f5101L;

  /** Application error code for a peer whose stream ends within a message. */
  public static final long ERROR_MESSAGE_TRUNCATED = 0x53544f5102L;

  /** Application error code of a channel that was closed before it was finished. */
  public static final long ERROR_CHANNEL_CLOSED = 0x53544f5103L;

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
  private volatile boolean closed;

  // Owned by the polling thread.
  private final MessageAssembler assembler;

  StoqStreamChannel(StoqStream stream, int messageLengthMax, int sendBufferBytes) {
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

  @Override
  public int messageLengthMax() {
    return messageLengthMax;
  }

  // ---- Sending -------------------------------------------------------------------------------

  @Override
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

  @Override
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

  @Override
  public void abort() {
    boolean inPlace = claimedInPlace != null;
    endClaim("abort");
    if (inPlace) {
      stream.commit(0);
    }
  }

  @Override
  public boolean offer(MemorySegment source, long offset, int length) throws StoqException {
    checkLength(length);
    if (claimedLength >= 0) {
      throw new IllegalStateException("couldn't offer because a claim is open: commit or abort it");
    }
    Objects.checkFromIndexSize(offset, length, source.byteSize());
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

  @Override
  public void send(byte[] message, Duration timeout) throws IOException {
    int seen = stream.writeSignals();
    while (!offer(message)) {
      stream.awaitWritable(seen, timeout);
      seen = stream.writeSignals();
    }
  }

  @Override
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
    requireOpen("send a message");
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

  @Override
  public int poll(StoqMessageHandler handler, int limit) throws StoqException {
    requireOpen("poll messages");
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

  @Override
  public boolean isEnd() {
    return stream.isEnd() && assembler.isBetweenMessages();
  }

  @Override
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

  @Override
  public void close() {
    closed = true;
    stream.stopSending(ERROR_CHANNEL_CLOSED);
    if (!finishRequested) {
      stream.reset(ERROR_CHANNEL_CLOSED);
    }
  }

  private void requireOpen(String attempt) throws StoqException {
    if (closed) {
      throw new StoqException(
          StoqException.Category.CALLER_MISTAKE,
          "couldn't " + attempt + " because this side has closed the channel");
    }
  }

  private void fail(long errorCode) {
    stream.stopSending(errorCode);
    stream.reset(errorCode);
  }
}
