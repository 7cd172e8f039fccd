package io.hypermesh.stoq;

import io.hypermesh.stoq.driver.DatagramDriver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Moves all that an endpoint's connections to servers do to other sockets, all agents or none.
 *
 * <pre>{@code
 * first agent: opens the sockets ──► each agent: adopts its own ──► the last of them: all adopted?
 *                                                       each: moves ◄── yes │ no ──► each: gives up
 * }</pre>
 */
final class EndpointMove {
  private static final int NONE = -1;

  private final EndpointAgents agents;
  private final InetSocketAddress local;
  private final CompletableFuture<InetSocketAddress> done = new CompletableFuture<>();
  private final AtomicInteger pending;
  private final AtomicReference<@Nullable StoqException> failure = new AtomicReference<>();

  /** Each is written by its agent before {@link #pending} is counted down. */
  private final int[] sockets;

  private EndpointMove(EndpointAgents agents, InetSocketAddress local) {
    this.agents = agents;
    this.local = local;
    this.pending = new AtomicInteger(agents.all().size());
    this.sockets = new int[agents.all().size()];
  }

  /** The future has the address of the first agent's socket. */
  static CompletableFuture<InetSocketAddress> start(
      EndpointAgents agents, InetSocketAddress local) {
    EndpointMove move = new EndpointMove(agents, local);
    agents.first().execute(move::open, () -> move.done.completeExceptionally(closed()));
    return move.done;
  }

  private static StoqException closed() {
    return new StoqException(
        StoqException.Category.CALLER_MISTAKE, "couldn't move an endpoint because it is closed");
  }

  private StoqException unopened(Exception cause) {
    return new StoqException(
        StoqException.Category.RETRYABLE,
        "couldn't move to "
            + Ipv6Text.of(local)
            + " because no socket could be opened there: "
            + cause.getMessage(),
        cause);
  }

  private void open() {
    List<DatagramDriver> drivers;
    try {
      drivers = agents.openToMoveTo(local).drivers();
    } catch (IOException | UnsupportedOperationException e) {
      done.completeExceptionally(unopened(e));
      return;
    }
    InetSocketAddress bound = drivers.getFirst().localAddress();
    int group = agents.nextGroup(local);
    for (int i = 0; i < sockets.length; i++) {
      int index = i;
      DatagramDriver driver = drivers.get(i);
      agents
          .all()
          .get(i)
          .execute(
              () -> adopt(index, driver, group, bound),
              () -> {
                SharedPort.closeQuietly(driver);
                settle(index, NONE, closed(), bound);
              });
    }
  }

  private void adopt(int index, DatagramDriver driver, int group, InetSocketAddress bound) {
    int socket = NONE;
    StoqException problem = null;
    try {
      socket = agents.all().get(index).adopt(driver, group);
    } catch (IOException e) {
      problem = unopened(e);
    }
    settle(index, socket, problem, bound);
  }

  private void settle(
      int index, int socket, @Nullable StoqException problem, InetSocketAddress bound) {
    sockets[index] = socket;
    if (problem != null) {
      failure.compareAndSet(null, problem);
    }
    if (pending.decrementAndGet() > 0) {
      return;
    }
    StoqException reason = failure.get();
    for (int i = 0; i < sockets.length; i++) {
      EndpointAgent agent = agents.all().get(i);
      int adopted = sockets[i];
      if (reason == null) {
        agent.execute(() -> agent.moveAll(adopted, agents.listens()));
      } else if (adopted != NONE) {
        agent.execute(() -> agent.giveUp(adopted));
      }
    }
    if (reason == null) {
      done.complete(bound);
    } else {
      done.completeExceptionally(reason);
    }
  }
}
