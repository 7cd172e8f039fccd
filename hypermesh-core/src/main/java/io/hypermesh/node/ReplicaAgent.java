package io.hypermesh.node;

import io.hypermesh.byzantine.Event;
import io.hypermesh.byzantine.MessageVerifier;
import io.hypermesh.byzantine.Output;
import io.hypermesh.byzantine.Progress;
import io.hypermesh.byzantine.ProtocolException;
import io.hypermesh.byzantine.Replica;
import io.hypermesh.byzantine.VoteLog;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentTerminationException;
import org.agrona.concurrent.NanoClock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drives one replica: takes messages in, fires its timers, and does what it asks for.
 *
 * <p>The one rule that matters for safety is kept here: what the replica wants persisted is forced
 * to the disk before anything that it said later is sent. Up to {@link #GROUP_MESSAGES_MAX}
 * messages share one force.
 */
final class ReplicaAgent implements Agent {
  /** How many messages are taken in before what they led to is forced and sent. */
  static final int GROUP_MESSAGES_MAX = 32;

  private static final Logger LOG = LoggerFactory.getLogger(ReplicaAgent.class);

  private final String name;
  private final Replica replica;
  private final MessageVerifier verifier;
  private final VoteLog log;
  private final ConsensusTransport transport;
  private final int members;
  private final NanoClock clock;
  private final ParkingIdleStrategy idleStrategy;
  private final NodeListener listener;
  private final ArrayDeque<Output> unsent = new ArrayDeque<>();
  private final AtomicLong refusedMessages = new AtomicLong();
  private volatile Progress progress;
  private volatile @Nullable NodeException failure;
  private volatile long droppedMessages;
  private volatile @Nullable Thread owner;
  private volatile boolean stopping;
  private volatile @Nullable Throwable networkFailure;
  private long nowNanos;

  ReplicaAgent(
      String name,
      Replica replica,
      int members,
      MessageVerifier verifier,
      VoteLog log,
      ConsensusTransport transport,
      NanoClock clock,
      ParkingIdleStrategy idleStrategy,
      NodeListener listener) {
    this.name = name;
    this.replica = replica;
    this.members = members;
    this.verifier = verifier;
    this.log = log;
    this.transport = transport;
    this.clock = clock;
    this.idleStrategy = idleStrategy;
    this.listener = listener;
    this.progress = replica.progress();
  }

  @Override
  public String roleName() {
    return name;
  }

  @Override
  public void onStart() {
    owner = Thread.currentThread();
    idleStrategy.onStart();
    guarded(() -> {
      nowNanos = clock.nanoTime();
      // Who was convicted before a restart stays cut off.
      replica.isolated().forEach(transport::isolate);
      replica.start(nowNanos);
      return act();
    });
  }

  @Override
  public int doWork() {
    if (stopping) {
      throw new AgentTerminationException("closed by its own listener");
    }
    Throwable ended = networkFailure;
    if (ended != null) {
      throw fail("couldn't go on because its network ended: " + ended.getMessage(), ended);
    }
    return guarded(this::step);
  }

  private int guarded(IntSupplier work) {
    try {
      return work.getAsInt();
    } catch (AgentTerminationException e) {
      throw e;
    } catch (RuntimeException | Error e) {
      // Whatever it was, the replica may have stopped halfway: it must not vote from such a state.
      throw fail("couldn't go on because of " + e, e);
    }
  }

  /** Whether the caller is the thread that runs this agent, and so must not wait for its end. */
  boolean isOwnThread() {
    return owner == Thread.currentThread();
  }

  /** Told by the network's thread that it has ended by itself, which no retry mends. */
  void onNetworkFailure(Throwable cause) {
    networkFailure =
        cause instanceof CompletionException && cause.getCause() != null ? cause.getCause() : cause;
    idleStrategy.wakeUp();
  }

  /** Lets the agent end itself when its present step is over. */
  void stop() {
    stopping = true;
  }

  private int step() {
    nowNanos = clock.nanoTime();
    int work = transport.poll(this::onMessage, GROUP_MESSAGES_MAX, nowNanos);
    if (nowNanos >= replica.nextDeadlineNanos()) {
      replica.handleTimeout(nowNanos);
      work++;
    }
    work += act();
    if (work > 0) {
      progress = replica.progress();
      droppedMessages = transport.droppedMessages();
    }
    return work;
  }

  /** How long there is nothing to do unless something arrives. */
  long nanosUntilDeadline() {
    long deadline = Math.min(replica.nextDeadlineNanos(), transport.nextDeadlineNanos());
    return deadline == Long.MAX_VALUE ? Long.MAX_VALUE : deadline - clock.nanoTime();
  }

  private void onMessage(byte[] bytes) {
    try {
      replica.handle(verifier.verify(bytes), nowNanos);
    } catch (ProtocolException e) {
      refusedMessages.incrementAndGet();
      LOG.debug("{} drops a message: {}", name, e.getMessage());
    }
  }

  /** Does what the replica asks for, in its order, forcing the log before anything leaves. */
  private int act() {
    int work = 0;
    boolean written = false;
    try {
      for (Output output = replica.poll(); output != null; output = replica.poll()) {
        work++;
        switch (output) {
          case Output.Persist(byte[] record) -> {
            log.append(record);
            written = true;
          }
          case Output.ReplaceLog replacement -> {
            log.replace(replacement.records());
            written = false;
          }
          default -> unsent.add(output);
        }
      }
      if (written) {
        log.sync();
      }
    } catch (IOException e) {
      throw fail("couldn't go on because its log can't be written: " + e.getMessage(), e);
    }
    for (Output output = unsent.poll(); output != null; output = unsent.poll()) {
      send(output);
    }
    return work;
  }

  private void send(Output output) {
    switch (output) {
      case Output.Send(int replicaIndex, byte[] message) -> transport.send(replicaIndex, message);
      case Output.Broadcast(byte[] message) -> {
        for (int i = 0; i < members; i++) {
          transport.send(i, message);
        }
      }
      case Output.ReplyTo(var client, byte[] message) -> transport.reply(client, message);
      case Output.Notify(Event event) -> {
        if (event instanceof Event.ReplicaIsolated(int isolated, var evidence)) {
          LOG.warn("{} isolates member {}: {}", name, isolated, evidence);
          transport.isolate(isolated);
        }
        listener.onEvent(event);
      }
      case Output.Persist ignored -> throw new IllegalStateException("already persisted");
      case Output.ReplaceLog ignored -> throw new IllegalStateException("already persisted");
    }
  }

  private AgentTerminationException fail(String message, Throwable cause) {
    unsent.clear();
    NodeException failed =
        new NodeException(NodeException.Category.FATAL, name + " " + message, cause);
    failure = failed;
    LOG.error("{}", failed.getMessage());
    listener.onFailure(failed);
    return new AgentTerminationException(failed);
  }

  /** Told by the runner what ended the agent, or went wrong while it closed. */
  void onError(Throwable error) {
    if (!(error instanceof AgentTerminationException)) {
      LOG.error("{} met an error while it started or closed", name, error);
    }
  }

  /** What the replica waits for, as of its last step. Any thread. */
  Progress progress() {
    return progress;
  }

  /** Why the node has ended by itself, if it has. Any thread. */
  @Nullable NodeException failure() {
    return failure;
  }

  /** How many messages were malformed or had a bad signature. Any thread. */
  long refusedMessages() {
    return refusedMessages.get();
  }

  /** How many messages had no room or connection. Any thread. */
  long droppedMessages() {
    return droppedMessages;
  }

  @Override
  public void onClose() {
    transport.close();
    try {
      log.close();
    } catch (IOException e) {
      LOG.warn("{} couldn't close its log, all of which was forced: {}", name, e.getMessage());
    }
  }
}
