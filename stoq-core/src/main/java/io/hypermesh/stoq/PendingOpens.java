package io.hypermesh.stoq;

import io.hypermesh.stoq.connection.Connection;
import io.hypermesh.stoq.endpoint.EndpointConnection;
import io.hypermesh.stoq.stream.Stream;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The streams that a connection's host wants to open, until the peer allows them: bounded, and
 * served in order, each direction for itself. Any thread asks; the agent's thread serves.
 */
final class PendingOpens {
  private final StoqConnection connection;
  private final EndpointAgent agent;
  private final AtomicInteger count = new AtomicInteger();

  // Owned by the agent's thread.
  private final ArrayDeque<PendingOpen> waiting = new ArrayDeque<>();

  private record PendingOpen(boolean bidirectional, CompletableFuture<StoqStream> future) {}

  PendingOpens(StoqConnection connection, EndpointAgent agent) {
    this.connection = connection;
    this.agent = agent;
  }

  CompletableFuture<StoqStream> open(boolean bidirectional) {
    CompletableFuture<StoqStream> future = new CompletableFuture<>();
    int pendingMax = agent.settings().streamOpensPendingMax();
    if (count.incrementAndGet() > pendingMax + 1) {
      count.decrementAndGet();
      future.completeExceptionally(
          new StoqException(
              StoqException.Category.RETRYABLE,
              "couldn't open a stream because so many wait for the peer already: " + pendingMax));
      return future;
    }
    agent.execute(
        () -> {
          waiting.add(new PendingOpen(bidirectional, future));
          connection.servePendingOpens();
        },
        () -> fail(future));
    return future;
  }

  /**
   * Opens as many as the peer allows.
   *
   * @param core null where the connection is no more: then all fail
   */
  void serve(@Nullable EndpointConnection core) {
    if (core == null) {
      waiting.forEach(pending -> fail(pending.future()));
      waiting.clear();
      return;
    }
    // By direction: one at its limit must not hold up the other.
    waiting.removeIf(pending -> tryOpen(core.connection(), pending));
  }

  private boolean tryOpen(Connection core, PendingOpen pending) {
    Stream stream = pending.bidirectional() ? core.openBidirectional() : core.openUnidirectional();
    if (stream == null) {
      return false;
    }
    count.decrementAndGet();
    StoqStream wrapped = connection.wrap(stream);
    if (!pending.future().complete(wrapped)) {
      // Whoever asked has cancelled: nobody else will ever close this stream.
      wrapped.reset(0);
      if (wrapped.hasInput()) {
        wrapped.stopSending(0);
      }
    }
    return true;
  }

  private void fail(CompletableFuture<StoqStream> future) {
    count.decrementAndGet();
    StoqCloseReason reason = connection.closeReason();
    future.completeExceptionally(
        new StoqClosedException(
            "open a stream",
            reason == null
                ? new StoqCloseReason(StoqCloseReason.Initiator.LOCAL, false, 0, "endpoint closed")
                : reason));
  }
}
