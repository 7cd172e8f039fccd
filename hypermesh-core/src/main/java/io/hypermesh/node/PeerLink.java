package io.hypermesh.node;

import io.hypermesh.stoq.StoqConnection;
import io.hypermesh.stoq.StoqException;
import io.hypermesh.stoq.StoqStreamChannel;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way out to one other member: it connects, reconnects with a growing, jittered pause, and
 * sends.
 *
 * <pre>
 *            connect()                channel open
 *   DOWN ───────────────► CONNECTING ───────────────► UP
 *    ▲   nextAttemptNanos      │ failed               │ broken
 *    └─────────────────────────┴──────────────────────┘        close() from any: CLOSED
 * </pre>
 *
 * <p>Owned by the replica's thread; the futures of the connection attempt are read by polling.
 */
final class PeerLink {
  private static final Logger LOG = LoggerFactory.getLogger(PeerLink.class);

  private enum State {
    DOWN,
    CONNECTING,
    UP,
    CLOSED
  }

  private final int replica;
  private final Function<PeerLink, CompletableFuture<StoqStreamChannel>> connector;
  private final OutboundQueue queue;
  private final long reconnectDelayMinNanos;
  private final long reconnectDelayMaxNanos;
  private final RandomGenerator random;

  private State state = State.DOWN;
  private @Nullable CompletableFuture<StoqStreamChannel> attempt;
  private @Nullable StoqStreamChannel channel;
  private long nextAttemptNanos = Long.MIN_VALUE;
  private long reconnectDelayNanos;

  PeerLink(
      int replica,
      NodeSettings settings,
      RandomGenerator random,
      Function<PeerLink, CompletableFuture<StoqStreamChannel>> connector) {
    this.replica = replica;
    this.connector = connector;
    this.random = random;
    this.queue = new OutboundQueue(settings.outboundBytesMax());
    this.reconnectDelayMinNanos = settings.reconnectDelayMin().toNanos();
    this.reconnectDelayMaxNanos = settings.reconnectDelayMax().toNanos();
    this.reconnectDelayNanos = reconnectDelayMinNanos;
  }

  int replica() {
    return replica;
  }

  boolean isUp() {
    return state == State.UP;
  }

  long dropped() {
    return queue.dropped();
  }

  void send(byte[] message, long nowNanos) {
    if (state == State.CLOSED) {
      return;
    }
    try {
      queue.offer(message);
    } catch (StoqException e) {
      onBroken(e, nowNanos);
    }
  }

  /**
   * Does what is due, and hands over what has arrived where the channel goes both ways.
   *
   * @return how much that was
   */
  int doWork(ConsensusTransport.Handler handler, int limit, long nowNanos) {
    return switch (state) {
      case DOWN -> nowNanos >= nextAttemptNanos ? connect() : 0;
      case CONNECTING -> checkAttempt(nowNanos);
      case UP -> checkChannel(handler, limit, nowNanos);
      case CLOSED -> 0;
    };
  }

  long nextDeadlineNanos() {
    return state == State.DOWN ? nextAttemptNanos : Long.MAX_VALUE;
  }

  void close() {
    StoqStreamChannel open = channel;
    if (open != null) {
      open.stream().connection().close();
    }
    CompletableFuture<StoqStreamChannel> pending = attempt;
    if (pending != null) {
      // If the attempt fails instead, there is nothing to close and nobody to tell.
      var _ = pending.thenAccept(late -> late.stream().connection().close());
    }
    channel = null;
    attempt = null;
    state = State.CLOSED;
  }

  private int connect() {
    state = State.CONNECTING;
    attempt = connector.apply(this);
    return 1;
  }

  private int checkAttempt(long nowNanos) {
    CompletableFuture<StoqStreamChannel> pending = attempt;
    if (pending == null || !pending.isDone()) {
      return 0;
    }
    attempt = null;
    if (pending.isCompletedExceptionally()) {
      onBroken(pending.exceptionNow(), nowNanos);
      return 1;
    }
    StoqStreamChannel opened = pending.resultNow();
    channel = opened;
    state = State.UP;
    reconnectDelayNanos = reconnectDelayMinNanos;
    try {
      queue.channel(opened);
    } catch (StoqException e) {
      onBroken(e, nowNanos);
    }
    return 1;
  }

  private int checkChannel(ConsensusTransport.Handler handler, int limit, long nowNanos) {
    StoqStreamChannel open = channel;
    if (open != null) {
      StoqConnection connection = open.stream().connection();
      try {
        if (connection.isOpen()) {
          int taken =
              open.stream().hasInput()
                  ? open.poll(
                      (buffer, offset, length) ->
                          handler.onMessage(
                              buffer.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE)),
                      limit)
                  : 0;
          return taken + queue.flush();
        }
        onBroken(new StoqException(StoqException.Category.RETRYABLE, "it closed"), nowNanos);
      } catch (StoqException e) {
        onBroken(e, nowNanos);
      }
    }
    return 1;
  }

  private void onBroken(Throwable cause, long nowNanos) {
    LOG.debug("The link to replica {} is down: {}", replica, cause.getMessage());
    StoqStreamChannel open = channel;
    channel = null;
    if (open != null) {
      open.stream().connection().close();
    }
    try {
      queue.channel(null);
    } catch (StoqException e) {
      throw new IllegalStateException("couldn't detach a channel, which sends nothing", e);
    }
    state = State.DOWN;
    long jitterNanos = random.nextLong(reconnectDelayNanos / 2 + 1);
    nextAttemptNanos = nowNanos + reconnectDelayNanos - jitterNanos;
    reconnectDelayNanos = Math.min(reconnectDelayNanos * 2, reconnectDelayMaxNanos);
  }
}
