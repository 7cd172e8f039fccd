package io.hypermesh.stoq;

import io.hypermesh.stoq.stream.ReceiveBuffer;
import io.hypermesh.stoq.stream.SendBuffer;
import io.hypermesh.stoq.stream.Stream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A stream of bytes within a connection (RFC 9000, 2): reliable, in order, flow-controlled, in one
 * direction or both.
 *
 * <p>Nothing here blocks, except the views {@link #inputStream()} and {@link #outputStream()},
 * which are meant for virtual threads. {@link #write} accepts what fits and says how much that was:
 * 0 is back pressure, and {@link StoqStreamListener#onWritable} says when to go on. {@link #read}
 * and {@link #peek} give what has come; reading is what lets the peer send more.
 *
 * <p>By the views, on virtual threads; or by events, without a thread:
 *
 * {@snippet file="ApiExamplesTest.java" region="blockingStream"}
 *
 * {@snippet file="ApiExamplesTest.java" region="nonBlockingStream"}
 *
 * <p>Threads: one thread at a time writes and one thread at a time reads; the two may differ, and
 * either may be the agent's. Everything else may be called from any thread.
 */
public final class StoqStream {
  private final StoqConnection connection;
  private final Stream stream;
  private final EndpointAgent agent;

  private final Signal readable = new Signal();
  private final Signal writable = new Signal();
  private final AtomicBoolean progressPending = new AtomicBoolean();
  private final AtomicBoolean roomWantedPending = new AtomicBoolean();
  private volatile int roomWantedBytes;
  private final StreamListening listening = new StreamListening(this);
  private volatile boolean writingAbandoned;
  private volatile boolean readingAbandoned;
  private volatile @Nullable StoqStreamChannel channel;

  StoqStream(StoqConnection connection, Stream stream, EndpointAgent agent) {
    this.connection = connection;
    this.stream = stream;
    this.agent = agent;
  }

  /** The connection that this stream belongs to. */
  public StoqConnection connection() {
    return connection;
  }

  /** The stream's number within its connection (RFC 9000, 2.1). */
  public long id() {
    return stream.id();
  }

  /** Whether this side opened it. */
  public boolean isLocal() {
    return stream.isLocal();
  }

  /** Whether bytes go both ways. */
  public boolean isBidirectional() {
    return stream.isBidirectional();
  }

  /** Whether this side may write: false for a unidirectional stream that the peer opened. */
  public boolean hasOutput() {
    return stream.hasSendPart();
  }

  /** Whether this side may read: false for a unidirectional stream that this side opened. */
  public boolean hasInput() {
    return stream.hasReceivePart();
  }

  /** Whether what came may be a replay: early data, before the handshake is confirmed. */
  public boolean isReplayable() {
    return hasInput() && stream.receiveBuffer().isEarly() && !connection.isHandshakeConfirmed();
  }

  // ---- Writing -------------------------------------------------------------------------------

  /**
   * Writes as many bytes as fit now.
   *
   * @param source heap or native memory
   * @param offset where in {@code source} to start, in bytes
   * @param length how many bytes at most
   * @return how many bytes were taken; 0 where the stream is full: wait for {@link
   *     StoqStreamListener#onWritable}
   * @throws StoqException where the stream takes no more bytes at all
   */
  public int write(MemorySegment source, long offset, int length) throws StoqException {
    SendBuffer output = output("write");
    int accepted = output.write(source, offset, length);
    if (accepted == SendBuffer.CLOSED) {
      return writeFailure();
    }
    if (accepted > 0 || output.isClosed()) {
      // A stream that ended meanwhile may have freed memory that others wait for.
      signalProgress();
    }
    if (accepted < length && writable() > 0) {
      // Not this stream is full, but all together.
      requestWritable(1);
    }
    return accepted;
  }

  /** As {@link #write(MemorySegment, long, int)}, from an array. */
  public int write(byte[] source, int offset, int length) throws StoqException {
    Objects.checkFromIndexSize(offset, length, source.length);
    return write(MemorySegment.ofArray(source), offset, length);
  }

  /**
   * Space in the send buffer to fill in place; every result that isn't null is followed by {@link
   * #commit}, before anything else is written.
   *
   * @return at least one byte; null where the stream is full
   * @throws StoqException where the stream takes no more bytes at all
   */
  public @Nullable MemorySegment claim() throws StoqException {
    SendBuffer output = output("write");
    MemorySegment claimed = output.claim();
    if (claimed == null) {
      requireWriting();
      if (output.writable() > 0) {
        requestWritable(1);
      }
    }
    return claimed;
  }

  /**
   * Sends the first bytes of the claimed space.
   *
   * @param length how many, 0 for none
   */
  public void commit(int length) {
    stream.sendBuffer().commit(length);
    if (length > 0 || stream.sendBuffer().isClosed()) {
      signalProgress();
    }
  }

  /**
   * How many bytes can be written now, as far as this stream's own buffer is concerned; it may be
   * less where all streams together are at {@link StoqSettings#sendBuffersBytesMax()}.
   */
  public long writable() {
    return stream.hasSendPart() ? stream.sendBuffer().writable() : 0;
  }

  /** Ends the output: the peer reads everything that was written, and then the end. Idempotent. */
  public void finish() {
    if (!writingAbandoned && stream.hasSendPart()) {
      stream.sendBuffer().finish();
      signalProgress();
    }
  }

  /**
   * Gives up the output (RESET_STREAM): what hasn't arrived yet may never arrive.
   *
   * @param applicationErrorCode says why, in the application's own terms; 0 to 2^62-1
   */
  public void reset(long applicationErrorCode) {
    StoqConnection.checkErrorCode(applicationErrorCode);
    if (stream.hasSendPart() && !writingAbandoned) {
      writingAbandoned = true;
      agent.call(connection, core -> core.reset(stream, applicationErrorCode));
      writable.raise();
    }
  }

  /**
   * Says when this side sends this stream's bytes, compared with its other streams of the same
   * connection: those of a lower urgency go first as long as they have any. Of the same urgency,
   * incremental streams share, packet by packet, and others go one after the other. Nothing of this
   * goes to the peer (RFC 9218's terms, locally). 3 and incremental unless set.
   *
   * {@snippet file="ApiExamplesTest.java" region="priority"}
   *
   * @param urgency 0, the most urgent, to 7
   */
  public void priority(int urgency, boolean incremental) {
    Objects.checkIndex(urgency, 8);
    agent.call(connection, core -> stream.prioritize(urgency, incremental));
  }

  // ---- Reading -------------------------------------------------------------------------------

  /**
   * Copies bytes that have come.
   *
   * @param target heap or native memory
   * @param offset where in {@code target} to start, in bytes
   * @param length how many bytes at most
   * @return how many bytes; 0 where none has come yet: wait for {@link
   *     StoqStreamListener#onReadable}; -1 at the end
   * @throws StoqException where the end will never come
   */
  public int read(MemorySegment target, long offset, int length) throws StoqException {
    int count = input("read").read(target, offset, length);
    if (count > 0) {
      signalProgress();
      return count;
    }
    if (count == ReceiveBuffer.ABORTED) {
      return readFailure();
    }
    return count == ReceiveBuffer.END ? -1 : 0;
  }

  /** As {@link #read(MemorySegment, long, int)}, into an array. */
  public int read(byte[] target, int offset, int length) throws StoqException {
    Objects.checkFromIndexSize(offset, length, target.length);
    return read(MemorySegment.ofArray(target), offset, length);
  }

  /**
   * Bytes that have come, in place, as many as lie in one piece; every result that isn't null is
   * followed by {@link #consume}, before anything else is read.
   *
   * @return at least one byte, not to be changed; null where none has come yet or none will come
   *     ({@link #isEnd()} tells them apart)
   * @throws StoqException where the end will never come
   */
  public @Nullable MemorySegment peek() throws StoqException {
    ReceiveBuffer input = input("read");
    MemorySegment peeked = input.peek();
    if (peeked == null && input.isAborted()) {
      readFailure();
    }
    return peeked;
  }

  /**
   * Is done with the first bytes of what {@link #peek()} gave.
   *
   * @param length how many, 0 for none
   */
  public void consume(int length) {
    stream.receiveBuffer().consume(length);
    if (length > 0) {
      signalProgress();
    }
  }

  /** How many bytes can be read now. */
  public long readable() {
    return stream.hasReceivePart() ? stream.receiveBuffer().readable() : 0;
  }

  /** Whether everything up to the peer's end of the stream has been read. */
  public boolean isEnd() {
    return stream.hasReceivePart() && stream.receiveBuffer().isEnd();
  }

  /**
   * Gives up the input (STOP_SENDING): what comes is dropped, and the peer is asked to stop. To be
   * called by the reading thread.
   *
   * @param applicationErrorCode says why, in the application's own terms; 0 to 2^62-1
   */
  public void stopSending(long applicationErrorCode) {
    StoqConnection.checkErrorCode(applicationErrorCode);
    if (stream.hasReceivePart() && !readingAbandoned) {
      readingAbandoned = true;
      boolean ended = stream.receiveBuffer().isEnd();
      stream.receiveBuffer().discard();
      if (!ended) {
        agent.call(connection, core -> core.stopSending(stream, applicationErrorCode));
      }
      readable.raise();
    }
  }

  // ---- Views ---------------------------------------------------------------------------------

  /** A blocking view of the input without a time limit; closing it is {@code stopSending(0)}. */
  public InputStream inputStream() {
    return inputStream(Duration.ZERO);
  }

  /**
   * A blocking view of the input. A read that waits for longer than the timeout throws {@link
   * StoqTimeoutException}, and may be tried again; an interrupt ends it with {@link
   * java.io.InterruptedIOException}. Closing it is {@code stopSending(0)}, unless the end was read.
   *
   * @param timeout for each read; zero for no limit
   */
  public InputStream inputStream(Duration timeout) {
    input("read");
    return new StreamInput(this, timeout);
  }

  /** A blocking view of the output without a time limit; closing it is {@link #finish()}. */
  public OutputStream outputStream() {
    return outputStream(Duration.ZERO);
  }

  /**
   * A blocking view of the output. A write that waits for longer than the timeout throws {@link
   * StoqTimeoutException}, as does an interrupt {@link java.io.InterruptedIOException}; part of the
   * bytes may have been written then. Closing it is {@link #finish()}.
   *
   * @param timeout for each wait within a write; zero for no limit
   */
  public OutputStream outputStream(Duration timeout) {
    output("write");
    return new StreamOutput(this, timeout);
  }

  /** A channel of messages of at most {@link StoqChannel#MESSAGE_LENGTH_MAX_DEFAULT} bytes. */
  public StoqStreamChannel channel() {
    return channel(StoqChannel.MESSAGE_LENGTH_MAX_DEFAULT);
  }

  /**
   * A channel of messages over this stream; from then on, bytes go through the channel only.
   *
   * @param messageLengthMax longest message in either direction, in bytes; with its 4 bytes of
   *     length it has to fit in {@link StoqSettings#sendBufferBytes()}
   * @throws IllegalStateException where the stream already has one
   */
  public StoqStreamChannel channel(int messageLengthMax) {
    if (channel != null) {
      throw new IllegalStateException(
          "couldn't make a channel because the stream has one: " + id());
    }
    StoqStreamChannel made =
        new StoqStreamChannel(this, messageLengthMax, agent.settings().sendBufferBytes());
    channel = made;
    return made;
  }

  /**
   * Sets who is told about this stream, instead of whoever was told before; called once at once if
   * there is something to tell.
   */
  public void listener(StoqStreamListener newListener) {
    listening.set(newListener);
    agent.execute(() -> agent.tell(connection, listening::start));
  }

  // ---- For the views -------------------------------------------------------------------------

  int readSignals() {
    return readable.count();
  }

  int writeSignals() {
    return writable.count();
  }

  void awaitReadable(int seen, Duration timeout) throws IOException {
    readable.await(seen, "read from stream " + id(), timeout);
  }

  void awaitWritable(int seen, Duration timeout) throws IOException {
    writable.await(seen, "write to stream " + id(), timeout);
  }

  // ---- For the channel -----------------------------------------------------------------------

  /** Fails if the stream takes no more bytes at all. */
  void requireWriting() throws StoqException {
    SendBuffer output = stream.sendBuffer();
    if (output.isFinished() || output.isClosed()) {
      writeFailure();
    }
  }

  /** Has {@link #onWritable} called once so many bytes can be written. */
  void requestWritable(int bytes) {
    roomWantedBytes = bytes;
    if (roomWantedPending.compareAndSet(false, true)) {
      agent.execute(() -> agent.awaitRoom(this));
    }
  }

  // ---- For the agent, on its thread ----------------------------------------------------------

  void onReadable() {
    readable.raise();
    listening.readable();
  }

  void onWritable() {
    StoqStreamChannel flushed = channel;
    if (flushed != null) {
      flushed.flushFromAgent();
    }
    writable.raise();
    listening.writable();
  }

  /** Whether what {@link #requestWritable} asked for is there, or never will be. */
  boolean isRoomWantedThere() {
    SendBuffer output = stream.sendBuffer();
    return output.writable() >= roomWantedBytes || output.isClosed() || output.isFinished();
  }

  void roomWantedTold() {
    roomWantedPending.set(false);
    onWritable();
  }

  /** Takes note that the agent is about to look at this stream. */
  void progressSeen() {
    progressPending.set(false);
  }

  Stream core() {
    return stream;
  }

  void signalProgress() {
    // One entry in the agent's queue is enough, however often the host writes until it is seen.
    if (progressPending.compareAndSet(false, true)) {
      agent.progress(this);
    }
  }

  private SendBuffer output(String attempt) {
    if (!stream.hasSendPart()) {
      throw new IllegalStateException(
          "couldn't " + attempt + " because the peer opened stream " + id() + " to send only");
    }
    return stream.sendBuffer();
  }

  private ReceiveBuffer input(String attempt) {
    if (!stream.hasReceivePart()) {
      throw new IllegalStateException(
          "couldn't " + attempt + " because this side opened stream " + id() + " to send only");
    }
    return stream.receiveBuffer();
  }

  /**
   * Why writing failed.
   *
   * @return 0 where the reason isn't known yet; the agent is about to tell, and to raise the signal
   */
  private int writeFailure() throws StoqException {
    SendBuffer output = stream.sendBuffer();
    if (writingAbandoned || output.isFinished()) {
      throw new StoqException(
          StoqException.Category.CALLER_MISTAKE,
          "couldn't write to stream " + id() + " because this side has ended its output");
    }
    if (output.stopErrorCode() >= 0) {
      throw StoqStreamException.stopped(id(), output.stopErrorCode());
    }
    connection.throwIfClosed("write to stream " + id());
    return 0;
  }

  private int readFailure() throws StoqException {
    ReceiveBuffer input = stream.receiveBuffer();
    if (readingAbandoned) {
      throw new StoqException(
          StoqException.Category.CALLER_MISTAKE,
          "couldn't read from stream " + id() + " because this side has given up its input");
    }
    if (input.resetErrorCode() >= 0) {
      throw StoqStreamException.reset(id(), input.resetErrorCode());
    }
    connection.throwIfClosed("read from stream " + id());
    return 0;
  }
}
