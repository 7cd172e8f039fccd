package io.hypermesh.stoq;

import io.hypermesh.stoq.datagram.Datagrams;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The unreliable datagrams of a connection (RFC 9221): protected and congestion-controlled like
 * streams, but each comes whole, in any order, at most once, or not at all.
 *
 * {@snippet file="ApiMessageExamplesTest.java" region="datagrams"}
 *
 * {@snippet file="ApiMessageExamplesTest.java" region="datagramsPoll"}
 *
 * <p>Or on virtual threads:
 *
 * {@snippet file="ApiMessageExamplesTest.java" region="datagramsSend"}
 *
 * {@snippet file="ApiMessageExamplesTest.java" region="datagramsReceive"}
 *
 * <p>Nothing here blocks, except {@link #send} and {@link #receive}, which are meant for virtual
 * threads. What waits to be sent is bounded by {@link StoqSettings#datagramSendQueueBytes()}, and
 * what waits to be polled by {@link StoqSettings#datagramReceiveQueueBytes()}: a datagram that
 * comes when that is full is dropped, and {@link #statistics()} counts it.
 *
 * <p>Threads: one thread at a time sends and one thread at a time polls; the two may differ, and
 * either may be the agent's. Everything else may be called from any thread.
 */
public final class StoqDatagrams {
  /** What became of an attempt to send. */
  public enum SendResult {
    /** The datagram will be sent, or the space is claimed. */
    ACCEPTED,
    /** The queue is full: wait for {@link StoqDatagramListener#onWritable}. */
    BACK_PRESSURE,
    /** It is longer than {@link StoqDatagrams#maxPayloadBytes()} at present. */
    TOO_LARGE,
    /** The peer takes no datagrams, and never will on this connection. */
    UNSUPPORTED,
    /** The connection has ended. */
    CLOSED
  }

  private final StoqConnection connection;
  private final Datagrams core;
  private final EndpointAgent agent;

  private final Signal readable = new Signal();
  private final Signal writable = new Signal();
  private final AtomicBoolean progressPending = new AtomicBoolean();
  private final AtomicReference<@Nullable StoqDatagramListener> listener = new AtomicReference<>();

  // Owned by the sending thread.
  private @Nullable MemorySegment claimed;

  StoqDatagrams(StoqConnection connection, Datagrams core, EndpointAgent agent) {
    this.connection = connection;
    this.core = core;
    this.agent = agent;
  }

  /** The connection that these datagrams belong to. */
  public StoqConnection connection() {
    return connection;
  }

  /**
   * Longest datagram that can be sent now, in bytes: what fits one packet on the present path, and
   * what the peer takes. It may change while the connection lasts. 0 where the peer takes none.
   */
  public int maxPayloadBytes() {
    return core.payloadBytesMax();
  }

  /** What has been counted since the connection began; cheap. */
  public StoqDatagramStatistics statistics() {
    return new StoqDatagramStatistics(
        core.sent(),
        core.acknowledged(),
        core.lost(),
        core.sendDropped(),
        core.received(),
        core.receiveDropped());
  }

  // ---- Sending -------------------------------------------------------------------------------

  /**
   * Claims space for a datagram. Where that is {@link SendResult#ACCEPTED}, {@link #claimed()} is
   * filled and {@link #commit()} or {@link #abort()} follows, before anything else is sent.
   *
   * @param length the datagram's length in bytes, 0 or more
   */
  public SendResult tryClaim(int length) {
    SendResult result = check(length);
    if (result == SendResult.ACCEPTED) {
      claimed = core.claim(length);
      return claimed == null ? SendResult.BACK_PRESSURE : SendResult.ACCEPTED;
    }
    return result;
  }

  private SendResult check(int length) {
    if (length < 0) {
      throw new IllegalArgumentException("couldn't send a datagram of " + length + " bytes");
    }
    if (claimed != null) {
      throw new IllegalStateException("couldn't send because a claim is open: commit or abort it");
    }
    if (core.isClosed()) {
      return SendResult.CLOSED;
    }
    int max = core.payloadBytesMax();
    if (length > max || max == 0) {
      return max == 0 ? SendResult.UNSUPPORTED : SendResult.TOO_LARGE;
    }
    return SendResult.ACCEPTED;
  }

  /** The claimed space, exactly as long as the claim asked for. */
  public MemorySegment claimed() {
    MemorySegment space = claimed;
    if (space == null) {
      throw new IllegalStateException("couldn't give the claimed space: nothing is claimed");
    }
    return space;
  }

  /** Sends the claimed datagram. */
  public void commit() {
    claimed();
    claimed = null;
    core.commit();
    signalProgress();
  }

  private void signalProgress() {
    // One entry in the agent's queue is enough, however often the host sends until it is seen.
    if (progressPending.compareAndSet(false, true)) {
      agent.progress(this);
    }
  }

  /** Gives the claimed space back; nothing is sent. */
  public void abort() {
    claimed();
    claimed = null;
    core.abort();
  }

  /**
   * Sends a copy of a datagram, or nothing.
   *
   * @param source heap or native memory
   * @param offset where the datagram starts, in bytes
   * @param length its length in bytes
   */
  public SendResult offer(MemorySegment source, long offset, int length) {
    SendResult result = check(length);
    if (result == SendResult.ACCEPTED) {
      if (!core.offer(source, offset, length)) {
        return SendResult.BACK_PRESSURE;
      }
      signalProgress();
    }
    return result;
  }

  /** As {@link #offer(MemorySegment, long, int)}, a whole array. */
  public SendResult offer(byte[] datagram) {
    return offer(MemorySegment.ofArray(datagram), 0, datagram.length);
  }

  /**
   * Sends a copy of a datagram, waiting for room in the queue; for virtual threads.
   *
   * @param timeout for the wait; zero for no limit
   * @throws StoqTimeoutException where there was no room within the timeout; nothing was sent
   * @throws StoqClosedException where the connection has ended
   * @throws StoqException where the datagram is too large, or the peer takes none
   */
  public void send(MemorySegment source, long offset, int length, Duration timeout)
      throws IOException {
    while (true) {
      int seen = writable.count();
      switch (offer(source, offset, length)) {
        case ACCEPTED -> {
          return;
        }
        case BACK_PRESSURE -> writable.await(seen, "send a datagram", timeout);
        case TOO_LARGE ->
            throw mistake("it has " + length + " bytes, and the path takes " + maxPayloadBytes());
        case UNSUPPORTED -> throw mistake("the peer takes none");
        case CLOSED -> {
          connection.throwIfClosed("send a datagram");
          // The reason is about to be told.
          writable.await(seen, "send a datagram", timeout);
        }
      }
    }
  }

  /** As {@link #send(MemorySegment, long, int, Duration)}, a whole array. */
  public void send(byte[] datagram, Duration timeout) throws IOException {
    send(MemorySegment.ofArray(datagram), 0, datagram.length, timeout);
  }

  private static StoqException mistake(String reason) {
    return new StoqException(
        StoqException.Category.CALLER_MISTAKE, "couldn't send a datagram because " + reason);
  }

  // ---- Receiving -----------------------------------------------------------------------------

  /**
   * Hands datagrams that have come to the handler, in place. If the handler throws, the datagram
   * counts as taken. Datagrams that came before the connection ended can be polled after its end.
   *
   * @param limit how many at most
   * @return how many it was; 0 where there is none: wait for {@link
   *     StoqDatagramListener#onReadable}
   */
  public int poll(StoqMessageHandler handler, int limit) {
    int polled = 0;
    while (polled < limit && core.next()) {
      polled++;
      try {
        handler.onMessage(core.buffer(), core.offset(), core.length());
      } finally {
        core.remove();
      }
    }
    return polled;
  }

  /**
   * Waits for one datagram and copies it; for virtual threads.
   *
   * @param timeout zero for no limit
   * @throws StoqTimeoutException where none came within the timeout
   * @throws StoqClosedException where the connection has ended and all that came was taken
   */
  public byte[] receive(Duration timeout) throws IOException {
    while (true) {
      int seen = readable.count();
      boolean ended = !connection.isOpen();
      if (core.next()) {
        byte[] datagram =
            core.buffer().asSlice(core.offset(), core.length()).toArray(ValueLayout.JAVA_BYTE);
        core.remove();
        return datagram;
      }
      if (ended) {
        connection.throwIfClosed("receive a datagram");
      }
      readable.await(seen, "receive a datagram", timeout);
    }
  }

  /**
   * Sets who is told about these datagrams, instead of whoever was told before; called once at
   * once, in case there is something to do already.
   */
  public void listener(StoqDatagramListener newListener) {
    listener.set(newListener);
    agent.execute(() ->
        agent.tell(
            connection,
            () -> {
              newListener.onReadable(this);
              newListener.onWritable(this);
            }));
  }

  // ---- For the agent, on its thread ----------------------------------------------------------

  void progressSeen() {
    progressPending.set(false);
  }

  void onReadable() {
    readable.raise();
    StoqDatagramListener told = listener.get();
    if (told != null) {
      told.onReadable(this);
    }
  }

  void onWritable() {
    writable.raise();
    StoqDatagramListener told = listener.get();
    if (told != null) {
      told.onWritable(this);
    }
  }

  void onClosed() {
    onReadable();
    onWritable();
  }
}
