package io.hypermesh.stoq;

import io.hypermesh.stoq.connection.MigrationStart;
import io.hypermesh.stoq.driver.DatagramDriver;
import io.hypermesh.stoq.endpoint.Endpoint;
import io.hypermesh.stoq.endpoint.EndpointConnection;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntPredicate;

/**
 * Moves connections to other local addresses, each to a socket of its own or all together (RFC
 * 9000, 9), and closes the sockets that they have left. On the agent's thread.
 */
final class ConnectionMoves {
  private final Endpoint endpoint;
  private final EndpointSockets sockets;
  private final IntPredicate used = this::isUsed;

  ConnectionMoves(Endpoint endpoint, EndpointSockets sockets) {
    this.endpoint = endpoint;
    this.sockets = sockets;
  }

  private boolean isUsed(int socket) {
    for (EndpointConnection core : endpoint.connections()) {
      if (core.usesSocket(socket)) {
        return true;
      }
    }
    return false;
  }

  /** Closes, from time to time, the sockets that no connection uses. */
  void sweep(long nowNanos) {
    sockets.sweep(used, nowNanos);
  }

  /** Moves a client's connection to a socket of its own. */
  void migrate(
      StoqConnection connection,
      InetSocketAddress local,
      CompletableFuture<InetSocketAddress> done,
      long nowNanos) {
    String attempt = "couldn't move to " + Ipv6Text.of(local);
    EndpointConnection core = connection.core();
    if (core == null || !connection.isOpen()) {
      done.completeExceptionally(
          new StoqException(
              StoqException.Category.CALLER_MISTAKE,
              attempt + " because the connection is closed"));
      return;
    }
    try {
      int socket = sockets.open(local);
      InetSocketAddress bound = sockets.localAddress(socket);
      MigrationStart start = core.connection().migrate(socket, false, nowNanos);
      if (start == MigrationStart.STARTED) {
        connection.onMigrationStarted(socket, bound, done);
        endpoint.touch(core);
      } else {
        sockets.closeUnused(used);
        done.completeExceptionally(PendingMove.refused(attempt, start));
      }
    } catch (IOException e) {
      done.completeExceptionally(
          new StoqException(
              StoqException.Category.RETRYABLE,
              attempt + " because no socket could be opened there: " + e.getMessage(),
              e));
    }
  }

  /**
   * Takes an open socket that connections to servers may move to.
   *
   * @return its number
   * @throws IOException where there are too many; then it's closed
   */
  int adopt(DatagramDriver driver, int group) throws IOException {
    try {
      sockets.checkRoom(driver.localAddress());
    } catch (IOException e) {
      driver.close();
      throw e;
    }
    int socket = sockets.add(driver, group);
    sockets.keep(socket, true);
    return socket;
  }

  /** Gives up a socket that was adopted. */
  void giveUp(int socket) {
    sockets.keep(socket, false);
    sockets.closeUnused(used);
  }

  /**
   * Moves all that this agent's connections to servers do to another socket, which was adopted.
   *
   * @param listens whether the sockets that were used until now are kept
   */
  void moveAll(int socket, boolean listens, long nowNanos) {
    endpoint.connectFrom(socket);
    // A server goes on listening where it did; a client has no need of its old socket.
    sockets.keepFor(socket, listens);
    for (EndpointConnection core : endpoint.connections()) {
      if (!core.isServer()) {
        core.connection().migrate(socket, true, nowNanos);
        endpoint.touch(core);
      }
    }
  }
}
