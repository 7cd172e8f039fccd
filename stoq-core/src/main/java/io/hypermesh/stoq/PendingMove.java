package io.hypermesh.stoq;

import io.hypermesh.stoq.connection.ConnectionEvent;
import io.hypermesh.stoq.connection.MigrationStart;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The move of a client's connection to another local address that its host has asked for, until it
 * is over. On the agent's thread.
 */
final class PendingMove {
  private record Move(
      int socket, InetSocketAddress bound, CompletableFuture<InetSocketAddress> done) {}

  private @Nullable Move move;

  void start(int socket, InetSocketAddress bound, CompletableFuture<InetSocketAddress> done) {
    move = new Move(socket, bound, done);
  }

  void end(ConnectionEvent.MigrationEnded event) {
    Move pending = move;
    if (pending == null || pending.socket() != event.socket()) {
      // The server's preferred address, or the whole endpoint's move.
      return;
    }
    move = null;
    if (event.moved()) {
      pending.done().complete(pending.bound());
    } else {
      pending
          .done()
          .completeExceptionally(
              new StoqException(
                  StoqException.Category.RETRYABLE,
                  "couldn't move to "
                      + Ipv6Text.of(pending.bound())
                      + " because the server can't be reached from there"));
    }
  }

  /** The connection has ended. */
  void fail(StoqCloseReason reason) {
    Move pending = move;
    if (pending != null) {
      pending.done().completeExceptionally(new StoqClosedException("move a connection", reason));
    }
  }

  static StoqException refused(String attempt, MigrationStart why) {
    return switch (why) {
      case NOT_A_CLIENT ->
          new StoqException(
              StoqException.Category.CALLER_MISTAKE, attempt + " because only clients can move");
      case DISABLED_BY_PEER ->
          new StoqException(
              StoqException.Category.FATAL, attempt + " because the server doesn't want it");
      case UNDERWAY ->
          new StoqException(
              StoqException.Category.RETRYABLE, attempt + " because another move isn't over");
      case NOT_CONFIRMED, NO_CONNECTION_ID, STARTED ->
          new StoqException(
              StoqException.Category.RETRYABLE,
              attempt + " because the server isn't ready for it yet");
    };
  }
}
