package io.hypermesh.stoq;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Finds messages in pieces of a stream: a message that lies whole in a piece is delivered in place,
 * one that doesn't is gathered in an array, which never grows beyond the bytes that have come.
 *
 * <pre>{@code
 * HEADER ──4 bytes──► BODY ──length bytes──► MESSAGE ──deliver──► HEADER
 * }</pre>
 *
 * <p>Owned by the polling thread. No I/O: the bytes come in through {@link #next}.
 */
final class MessageAssembler {
  private static final ValueLayout.OfInt LENGTH =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private final int messageLengthMax;

  /** Gathered bytes, the header's first. */
  private byte[] gathered = new byte[StoqStreamChannel.HEADER_LENGTH];

  private int gatheredLength;

  /** Length of the message whose header is complete, or -1. */
  private int bodyLength = -1;

  private @Nullable MemorySegment message;
  private long messageOffset;
  private int messageLength;

  MessageAssembler(int messageLengthMax) {
    this.messageLengthMax = messageLengthMax;
  }

  /**
   * Takes bytes, until a message is complete or the bytes are used up.
   *
   * @return how many bytes it took, at least 1
   * @throws StoqProtocolException where a message is too long; nothing is taken
   */
  int next(MemorySegment bytes, int offset, int length) throws StoqProtocolException {
    if (gatheredLength == 0 && length >= StoqStreamChannel.HEADER_LENGTH) {
      int whole = checked(bytes.get(LENGTH, offset));
      if (length - StoqStreamChannel.HEADER_LENGTH >= whole) {
        complete(bytes, (long) offset + StoqStreamChannel.HEADER_LENGTH, whole);
        return StoqStreamChannel.HEADER_LENGTH + whole;
      }
    }
    return gather(bytes, offset, length);
  }

  private int gather(MemorySegment bytes, int offset, int length) throws StoqProtocolException {
    int used = 0;
    if (bodyLength < 0) {
      used =
          take(bytes, offset, Math.min(length, StoqStreamChannel.HEADER_LENGTH - gatheredLength));
      if (gatheredLength < StoqStreamChannel.HEADER_LENGTH) {
        return used;
      }
      bodyLength = checked(MemorySegment.ofArray(gathered).get(LENGTH, 0));
    }
    int end = StoqStreamChannel.HEADER_LENGTH + bodyLength;
    used += take(bytes, offset + used, Math.min(length - used, end - gatheredLength));
    if (gatheredLength == end) {
      complete(
          MemorySegment.ofArray(gathered).asReadOnly(),
          StoqStreamChannel.HEADER_LENGTH,
          bodyLength);
    }
    return used;
  }

  private int take(MemorySegment bytes, int offset, int count) {
    int needed = gatheredLength + count;
    if (needed > gathered.length) {
      // By doubling, up to the message's own length: no memory for bytes that haven't come.
      long doubled = Math.max(needed, gathered.length * 2L);
      int end = StoqStreamChannel.HEADER_LENGTH + Math.max(bodyLength, 0);
      gathered = Arrays.copyOf(gathered, (int) Math.min(doubled, Math.max(needed, end)));
    }
    MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, offset, gathered, gatheredLength, count);
    gatheredLength = needed;
    return count;
  }

  private int checked(int length) throws StoqProtocolException {
    if (length < 0 || length > messageLengthMax) {
      throw new StoqProtocolException(
          "couldn't poll messages because the peer's message is longer than "
              + messageLengthMax
              + " bytes: "
              + Integer.toUnsignedString(length));
    }
    return length;
  }

  private void complete(MemorySegment buffer, long offset, int length) {
    message = buffer;
    messageOffset = offset;
    messageLength = length;
  }

  /** Whether a message is complete and waits for {@link #deliver}. */
  boolean hasMessage() {
    return message != null;
  }

  /** Hands the complete message over; afterwards it counts as taken, whatever the handler does. */
  void deliver(StoqMessageHandler handler) {
    MemorySegment buffer = message;
    if (buffer == null) {
      throw new IllegalStateException("no message is complete");
    }
    message = null;
    gatheredLength = 0;
    bodyLength = -1;
    try {
      handler.onMessage(buffer, messageOffset, messageLength);
    } finally {
      if (gathered.length > KEPT_BYTES_MAX) {
        gathered = new byte[StoqStreamChannel.HEADER_LENGTH];
      }
    }
  }

  /** Gathering space that is kept between messages, in bytes. */
  private static final int KEPT_BYTES_MAX = 64 << 10;

  /** Whether no message has begun that isn't complete. */
  boolean isBetweenMessages() {
    return gatheredLength == 0 && message == null;
  }
}
