package io.hypermesh.stoq.ipc;

import io.hypermesh.stoq.StoqChannel;
import io.hypermesh.stoq.StoqException;
import io.hypermesh.stoq.StoqMessageHandler;
import io.hypermesh.stoq.StoqProtocolException;
import io.hypermesh.stoq.StoqTimeoutException;
import io.hypermesh.stoq.ring.BrokenRingException;
import io.hypermesh.stoq.ring.RingConsumer;
import io.hypermesh.stoq.ring.RingProducer;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.NanoClock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@link StoqChannel} through memory that two processes of one host share: a ring of messages for
 * each direction. A message is copied once, or not at all: {@link #tryClaim} gives space in the
 * ring, and {@link #poll} hands out the ring itself. {@link #offer}, {@link #poll} and {@link
 * #tryClaimOffset} allocate nothing; {@link #tryClaim} allocates a view at most. None makes a
 * system call, except to look now and then whether the peer is there.
 *
 * <pre>{@code
 *         finish()                     the peer: end after the last message
 * OPEN ─────────────► FINISHED
 *   │                    │
 *   ├────────────────────┴── close() ────────────► CLOSED      the peer: PEER_CLOSED, unless finished
 *   ├── the peer's process is gone ──────────────► PEER_DIED   what it sent is polled first
 *   └── the peer wrote what can't be ────────────► BROKEN      StoqProtocolException
 * }</pre>
 *
 * <p>A peer that dies is noticed by a poll that finds nothing and an offer that finds no room, at
 * most {@link StoqIpcSettings#peerCheckInterval()} after its end, and by other offers at the latest
 * 16 KiB later. {@link #send} and {@link #receive} notice it while they wait. A process that is
 * stopped isn't dead: it is waited for.
 *
 * <p>The peer isn't trusted with this process's memory: whatever it writes, nothing outside the
 * shared memory is read or written, and no loop runs longer for it. It can alter a message while a
 * handler reads it, so copy what is checked first and used later, as {@link #receive} does.
 *
 * <p>Threads: one thread at a time sends and one thread at a time polls; the two may differ. {@link
 * #close} may be called by any thread at any time; a segment that {@link #tryClaim} gave then
 * throws {@link IllegalStateException}.
 */
public final class StoqIpcChannel implements StoqChannel {
  private static final Logger LOG = LoggerFactory.getLogger(StoqIpcChannel.class);

  /** So many bytes are sent at most without a look at whether the peer is there. */
  static final int BYTES_BETWEEN_PEER_CHECKS = 16 << 10;

  private enum Ending {
    CLOSED,
    BROKEN,
    PEER_DIED
  }

  private final RingProducer output;
  private final RingConsumer input;
  private final Peer peer;
  private final ChannelHeader header;
  private final UserPrincipal user;
  private final StoqIpcSettings settings;
  private final NanoClock clock;
  private final long peerCheckIntervalNanos;

  private final AtomicReference<@Nullable Ending> ending = new AtomicReference<>();
  private volatile long peerCheckedAtNanos;

  // Owned by the sending thread.
  private long peerCheckedAtPosition;
  private boolean finished;
  private @Nullable IdleStrategy sendIdle;

  // Owned by the polling thread.
  private @Nullable IdleStrategy receiveIdle;

  StoqIpcChannel(
      RingProducer output,
      RingConsumer input,
      Peer peer,
      ChannelHeader header,
      UserPrincipal user,
      StoqIpcSettings settings,
      NanoClock clock) {
    this.output = output;
    this.input = input;
    this.peer = peer;
    this.header = header;
    this.user = user;
    this.settings = settings;
    this.clock = clock;
    this.peerCheckIntervalNanos = settings.peerCheckInterval().toNanos();
    this.peerCheckedAtNanos = clock.nanoTime();
  }

  @Override
  public int messageLengthMax() {
    return output.messageLengthMax();
  }

  /** Bytes that may wait in each direction, messages' headers included. */
  public int ringBytes() {
    return (int) header.ringBytes();
  }

  /**
   * The peer's process as it calls itself: for logs and tools. It is another number than here where
   * the peer is in another PID namespace.
   */
  public long peerProcessId() {
    return header.peerProcessId();
  }

  /**
   * Whose the shared memory is: the user that both processes run as. Who may open it is all that
   * says who the peer is.
   */
  public UserPrincipal user() {
    return user;
  }

  // ---- Sending -------------------------------------------------------------------------------

  @Override
  public @Nullable MemorySegment tryClaim(int length) throws StoqException {
    long offset = claim(length, "claim");
    return offset < 0 ? null : output.frames().asSlice(offset, length);
  }

  /**
   * As {@link #tryClaim}, without a view of the space being made.
   *
   * @return where in {@link #claimBuffer()} the space begins, a multiple of 8; -1 where the ring is
   *     full
   */
  public long tryClaimOffset(int length) throws StoqException {
    return claim(length, "claim");
  }

  /**
   * What {@link #tryClaimOffset} gives places in: the ring of this side's messages. Beside the
   * claimed space there are messages in it that the peer hasn't taken.
   */
  public MemorySegment claimBuffer() {
    return output.frames();
  }

  @Override
  public void commit() throws StoqException {
    requireClaim("commit");
    try {
      requireOpen("send a message");
      output.commit();
    } catch (IllegalStateException e) {
      throw closedMeanwhile("send a message", e);
    } catch (InternalError e) {
      throw unreadable("send a message", e);
    } finally {
      output.abort();
    }
  }

  @Override
  public void abort() {
    requireClaim("abort");
    output.abort();
  }

  @Override
  public boolean offer(MemorySegment source, long offset, int length) throws StoqException {
    long target = claim(length, "offer");
    if (target < 0) {
      return false;
    }
    try {
      MemorySegment.copy(source, offset, output.frames(), target, length);
      output.commit();
      return true;
    } catch (IllegalStateException e) {
      throw closedMeanwhile("send a message", e);
    } catch (InternalError e) {
      throw unreadable("send a message", e);
    } finally {
      // Where the source's bounds were wrong, the claim is over as well.
      output.abort();
    }
  }

  @Override
  public boolean offer(byte[] message) throws StoqException {
    long target = claim(message.length, "offer");
    if (target < 0) {
      return false;
    }
    try {
      MemorySegment.copy(
          message, 0, output.frames(), ValueLayout.JAVA_BYTE, target, message.length);
      output.commit();
      return true;
    } catch (IllegalStateException e) {
      throw closedMeanwhile("send a message", e);
    } catch (InternalError e) {
      throw unreadable("send a message", e);
    } finally {
      output.abort();
    }
  }

  @Override
  public void send(byte[] message, Duration timeout) throws IOException {
    if (offer(message)) {
      return;
    }
    IdleStrategy idle = sendIdle;
    if (idle == null) {
      idle = settings.idleStrategies().get();
      sendIdle = idle;
    }
    idle.reset();
    long startedAtNanos = clock.nanoTime();
    while (!offer(message)) {
      await(idle, "send a message", startedAtNanos, timeout);
    }
  }

  @Override
  public void finish() throws StoqException {
    requireOpen("finish");
    finished = true;
    try {
      output.finish();
    } catch (IllegalStateException e) {
      throw closedMeanwhile("finish", e);
    }
  }

  private long claim(int length, String attempt) throws StoqException {
    if (length < 0 || length > output.messageLengthMax()) {
      throw new IllegalArgumentException(
          "couldn't send a message because its length is out of 0 to "
              + output.messageLengthMax()
              + ": "
              + length);
    }
    if (output.isClaimed()) {
      throw new IllegalStateException(
          "couldn't " + attempt + " because a claim is open: commit or abort it");
    }
    requireOpen("send a message");
    if (finished) {
      throw new StoqException(
          StoqException.Category.CALLER_MISTAKE,
          "couldn't send a message because this side has ended its output");
    }
    try {
      if (output.isConsumerGone()) {
        throw peerClosed("send a message");
      }
      long offset = output.claim(length);
      if (offset < 0 || output.position() - peerCheckedAtPosition > BYTES_BETWEEN_PEER_CHECKS) {
        peerCheckedAtPosition = output.position();
        requirePeerToSend();
      }
      return offset;
    } catch (BrokenRingException e) {
      throw broken("send a message", e);
    } catch (IllegalStateException e) {
      throw closedMeanwhile("send a message", e);
    } catch (InternalError e) {
      throw unreadable("send a message", e);
    }
  }

  private void requirePeerToSend() throws StoqException {
    if (isPeerGone()) {
      output.abort();
      throw output.isConsumerGone() ? peerClosed("send a message") : peerDied("send a message");
    }
  }

  private void requireClaim(String attempt) {
    if (!output.isClaimed()) {
      throw new IllegalStateException("couldn't " + attempt + " because nothing is claimed");
    }
  }

  // ---- Receiving -----------------------------------------------------------------------------

  @Override
  public int poll(StoqMessageHandler handler, int limit) throws StoqException {
    Ending ended = ending.get();
    if (ended != null && ended != Ending.PEER_DIED) {
      throw unusable("poll messages", ended, null);
    }
    try {
      int polled = input.poll(handler, limit);
      if (polled == 0 && limit > 0) {
        requirePeerToPoll();
      }
      return polled;
    } catch (BrokenRingException e) {
      throw broken("poll messages", e);
    } catch (IllegalStateException e) {
      throw closedMeanwhile("poll messages", e);
    } catch (InternalError e) {
      throw unreadable("poll messages", e);
    }
  }

  /** Fails where nothing was there to poll and nothing will come, and that isn't the end. */
  private void requirePeerToPoll() throws StoqException, BrokenRingException {
    if (input.isEnd()) {
      return;
    }
    if (input.isAbandoned()) {
      throw peerClosed("poll messages");
    }
    // What it sent before its end is there by now, and polled first.
    if (isPeerGone() && input.isDrained() && !input.isEnd()) {
      throw input.isAbandoned() ? peerClosed("poll messages") : peerDied("poll messages");
    }
  }

  @Override
  public boolean isEnd() {
    try {
      return ending.get() != Ending.CLOSED && input.isEnd();
    } catch (BrokenRingException e) {
      // The next poll says so.
      return false;
    } catch (IllegalStateException e) {
      if (ending.get() == Ending.CLOSED) {
        return false;
      }
      throw e;
    }
  }

  @Override
  public byte @Nullable [] receive(Duration timeout) throws IOException {
    byte[][] received = new byte[1][];
    StoqMessageHandler copy =
        (buffer, offset, length) -> {
          byte[] message = new byte[length];
          MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, offset, message, 0, length);
          received[0] = message;
        };
    IdleStrategy idle = receiveIdle;
    if (idle == null) {
      idle = settings.idleStrategies().get();
      receiveIdle = idle;
    }
    idle.reset();
    long startedAtNanos = clock.nanoTime();
    while (poll(copy, 1) == 0) {
      if (isEnd()) {
        return null;
      }
      await(idle, "receive a message", startedAtNanos, timeout);
    }
    return received[0];
  }

  // ---- Both ----------------------------------------------------------------------------------

  @Override
  public void close() {
    if (ending.getAndSet(Ending.CLOSED) != Ending.CLOSED) {
      tellPeer();
      peer.close();
    }
  }

  private void await(IdleStrategy idle, String attempt, long startedAtNanos, Duration timeout)
      throws StoqTimeoutException, InterruptedIOException {
    if (Thread.currentThread().isInterrupted()) {
      throw new InterruptedIOException(
          "couldn't " + attempt + " because the thread was interrupted");
    }
    if (!timeout.isZero() && clock.nanoTime() - startedAtNanos >= timeout.toNanos()) {
      throw new StoqTimeoutException(attempt, timeout);
    }
    idle.idle();
  }

  private boolean isPeerGone() {
    if (ending.get() == Ending.PEER_DIED) {
      return true;
    }
    long nowNanos = clock.nanoTime();
    if (nowNanos - peerCheckedAtNanos < peerCheckIntervalNanos) {
      return false;
    }
    peerCheckedAtNanos = nowNanos;
    return !peer.isAlive();
  }

  private void requireOpen(String attempt) throws StoqException {
    Ending ended = ending.get();
    if (ended != null) {
      throw unusable(attempt, ended, null);
    }
  }

  private StoqException unusable(String attempt, Ending ended, @Nullable Throwable cause) {
    return switch (ended) {
      case CLOSED ->
          new StoqException(
              StoqException.Category.CALLER_MISTAKE,
              "couldn't " + attempt + " because this side has closed the channel",
              cause);
      case BROKEN ->
          new StoqProtocolException(
              "couldn't " + attempt + " because the peer broke the channel before");
      case PEER_DIED -> peerDied(attempt);
    };
  }

  private StoqException peerClosed(String attempt) {
    return new StoqIpcException(
        StoqIpcException.Reason.PEER_CLOSED,
        "couldn't " + attempt + " because the peer has closed the channel: " + peerProcess());
  }

  private StoqException peerDied(String attempt) {
    end(Ending.PEER_DIED);
    return new StoqIpcException(
        StoqIpcException.Reason.PEER_DIED,
        "couldn't " + attempt + " because the peer's process has ended: " + peerProcess());
  }

  private String peerProcess() {
    return "process " + header.peerProcessId();
  }

  private StoqException broken(String attempt, BrokenRingException cause) {
    end(Ending.BROKEN);
    tellPeer();
    return new StoqProtocolException(
        "couldn't " + attempt + " because " + cause.getMessage(), cause);
  }

  /** Says in the shared memory that this side goes. */
  private void tellPeer() {
    try {
      output.abandon();
      input.abandon();
    } catch (IllegalStateException | InternalError e) {
      // The memory was closed by another thread, which has told, or cut short by the peer, which
      // then can't be told.
      LOG.debug("Couldn't tell {} that its channel has ended: {}", peerProcess(), e.getMessage());
    }
  }

  private void end(Ending newEnding) {
    ending.updateAndGet(ended -> ended == Ending.CLOSED ? ended : newEnding);
  }

  /** Another thread, or the handler, closed the channel within the call; else it's the host's. */
  private StoqException closedMeanwhile(String attempt, IllegalStateException cause) {
    if (ending.get() != Ending.CLOSED) {
      throw cause;
    }
    return unusable(attempt, Ending.CLOSED, cause);
  }

  /** The file was cut short beneath the mapping; everything else is none of this channel's. */
  private StoqException unreadable(String attempt, InternalError cause) {
    if (peer.isMemoryIntact()) {
      throw cause;
    }
    end(Ending.BROKEN);
    return new StoqProtocolException(
        "couldn't " + attempt + " because the peer has cut the shared memory short", cause);
  }
}
