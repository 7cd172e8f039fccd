package io.hypermesh.node;

import io.hypermesh.byzantine.Client;
import io.hypermesh.byzantine.ClientId;
import io.hypermesh.byzantine.ClientOutput;
import io.hypermesh.byzantine.MessageVerifier;
import io.hypermesh.byzantine.ProtocolException;
import io.hypermesh.byzantine.ReplyCertificate;
import io.hypermesh.stoq.StoqConnection;
import io.hypermesh.stoq.StoqEndpoint;
import io.hypermesh.stoq.StoqException;
import io.hypermesh.stoq.StoqStream;
import io.hypermesh.stoq.StoqStreamChannel;
import io.hypermesh.stoq.StoqStreamListener;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.random.RandomGenerator;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentTerminationException;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.NanoClock;
import org.jctools.queues.atomic.MpmcAtomicArrayQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Drives a {@link Client}: one channel to each member, one request at a time. */
final class ClientAgent implements Agent {
  private static final Logger LOG = LoggerFactory.getLogger(ClientAgent.class);
  private static final int MESSAGES_PER_LINK_MAX = 64;

  @SuppressWarnings("ArrayRecordComponent") // Bytes on their way to the client; never compared.
  private record Submission(byte[] payload, CompletableFuture<ReplyCertificate> future) {}

  private final Client client;
  private final MessageVerifier verifier;
  private final StoqEndpoint endpoint;
  private final NodeSettings settings;
  private final NanoClock clock;
  private final ParkingIdleStrategy idleStrategy =
      new ParkingIdleStrategy(this::nanosUntilDeadline);
  private final MpmcAtomicArrayQueue<Submission> submissions =
      new MpmcAtomicArrayQueue<>(HyperMeshClient.PENDING_MAX);
  private final List<PeerLink> links = new ArrayList<>();
  private @Nullable CompletableFuture<ReplyCertificate> current;
  private volatile int connectedMembers;
  private volatile boolean closed;
  private volatile @Nullable Thread owner;
  private long nowNanos;

  ClientAgent(
      Client client,
      MessageVerifier verifier,
      StoqEndpoint endpoint,
      NodeSettings settings,
      NanoClock clock) {
    this.client = client;
    this.verifier = verifier;
    this.endpoint = endpoint;
    this.settings = settings;
    this.clock = clock;
  }

  void connect(Map<Integer, InetSocketAddress> addresses, RandomGenerator random) {
    addresses.forEach((replica, address) ->
        links.add(new PeerLink(replica, settings, random, link -> open(address))));
  }

  private CompletableFuture<StoqStreamChannel> open(InetSocketAddress address) {
    CompletableFuture<StoqStreamChannel> opened =
        endpoint.connect(address).thenCompose(StoqConnection::openStream).thenApply(this::announce);
    // On this stage and not one after it: who is woken up has to find it complete.
    var _ = opened.whenComplete((channel, failure) -> idleStrategy.wakeUp());
    return opened;
  }

  /**
   * Makes the member know of the channel: a stream begins with its first byte, and replies come
   * from members to which no request was sent.
   */
  private StoqStreamChannel announce(StoqStream stream) {
    StoqStreamChannel channel = stream.channel(settings.messageBytesMax());
    stream.listener(new WakeUp());
    try {
      channel.offer(StoqTransport.ANNOUNCEMENT);
    } catch (StoqException e) {
      throw new CompletionException(e);
    }
    return channel;
  }

  private final class WakeUp implements StoqStreamListener {
    @Override
    public void onReadable(StoqStream stream) {
      idleStrategy.wakeUp();
    }

    @Override
    public void onWritable(StoqStream stream) {
      idleStrategy.wakeUp();
    }
  }

  ClientId id() {
    return client.id();
  }

  IdleStrategy idleStrategy() {
    return idleStrategy;
  }

  int connectedMembers() {
    return connectedMembers;
  }

  /** Any thread. */
  CompletableFuture<ReplyCertificate> submit(byte[] payload) {
    Submission submission = new Submission(payload, new CompletableFuture<>());
    if (closed || !submissions.offer(submission)) {
      submission.future.completeExceptionally(
          closed
              ? closedException()
              : new NodeException(
                  NodeException.Category.RETRYABLE,
                  "couldn't submit a request because so many wait already: "
                      + HyperMeshClient.PENDING_MAX));
    } else if (closed) {
      // It was closed between the two: whoever drains the queue last may have missed this one.
      failAll();
    }
    idleStrategy.wakeUp();
    return submission.future;
  }

  @Override
  public String roleName() {
    return "client-" + client.id();
  }

  /** Whether the caller is the thread that runs this agent, and so must not wait for its end. */
  boolean isOwnThread() {
    return owner == Thread.currentThread();
  }

  /** Lets the agent end itself when its present step is over. */
  void stop() {
    closed = true;
  }

  @Override
  public void onStart() {
    owner = Thread.currentThread();
    idleStrategy.onStart();
  }

  @Override
  public int doWork() {
    if (closed) {
      throw new AgentTerminationException("closed on its own thread");
    }
    nowNanos = clock.nanoTime();
    int work = 0;
    int connected = 0;
    for (PeerLink link : links) {
      work += link.doWork(this::onMessage, MESSAGES_PER_LINK_MAX, nowNanos);
      connected += link.isUp() ? 1 : 0;
    }
    connectedMembers = connected;
    if (nowNanos >= client.nextDeadlineNanos()) {
      client.handleTimeout(nowNanos);
      work++;
    }
    work += act();
    if (client.isIdle()) {
      Submission next = submissions.poll();
      if (next != null) {
        begin(next);
        work += 1 + act();
      }
    }
    return work;
  }

  private void begin(Submission submission) {
    try {
      client.submit(submission.payload, nowNanos);
      current = submission.future;
    } catch (IllegalArgumentException e) {
      submission.future.completeExceptionally(
          new NodeException(NodeException.Category.CALLER_MISTAKE, message(e), e));
    }
  }

  private void onMessage(byte[] bytes) {
    try {
      client.handle(verifier.verify(bytes), nowNanos);
    } catch (ProtocolException e) {
      LOG.debug("{} drops a message: {}", roleName(), e.getMessage());
    }
  }

  private int act() {
    int work = 0;
    for (ClientOutput output = client.poll(); output != null; output = client.poll()) {
      work++;
      switch (output) {
        case ClientOutput.Send(int replica, byte[] message) -> send(replica, message);
        case ClientOutput.Completed completed -> takeCurrent().complete(completed.certificate());
        case ClientOutput.TimedOut timedOut ->
            takeCurrent().completeExceptionally(timeout(timedOut));
      }
    }
    return work;
  }

  private void send(int replica, byte[] message) {
    for (PeerLink link : links) {
      if (link.replica() == replica) {
        link.send(message, nowNanos);
      }
    }
  }

  private CompletableFuture<ReplyCertificate> takeCurrent() {
    CompletableFuture<ReplyCertificate> taken =
        Objects.requireNonNull(current, "an answer without a request");
    current = null;
    return taken;
  }

  private NodeException timeout(ClientOutput.TimedOut timedOut) {
    return new NodeException(
        NodeException.Category.RETRYABLE,
        "couldn't get request "
            + timedOut.number()
            + " answered by enough members within "
            + timedOut.waitedNanos() / 1_000_000
            + " ms: connected to "
            + connectedMembers
            + " of "
            + links.size()
            + " members, "
            + timedOut.repliesReceived()
            + " answered, "
            + timedOut.busy()
            + " are busy");
  }

  private long nanosUntilDeadline() {
    long deadline = client.nextDeadlineNanos();
    for (PeerLink link : links) {
      deadline = Math.min(deadline, link.nextDeadlineNanos());
    }
    return deadline == Long.MAX_VALUE ? Long.MAX_VALUE : deadline - clock.nanoTime();
  }

  /**
   * Told by the runner what a step threw: the request under way can't be trusted to end by itself.
   */
  void onError(Throwable error) {
    if (error instanceof AgentTerminationException) {
      return;
    }
    LOG.error("{} met an error", roleName(), error);
    CompletableFuture<ReplyCertificate> waiting = current;
    if (waiting != null) {
      waiting.completeExceptionally(
          new NodeException(
              NodeException.Category.FATAL, "couldn't go on because of " + error, error));
    }
  }

  @Override
  public void onClose() {
    closed = true;
    failAll();
    CompletableFuture<ReplyCertificate> waiting = current;
    if (waiting != null) {
      waiting.completeExceptionally(closedException());
    }
    endpoint.close();
  }

  private void failAll() {
    for (Submission left = submissions.poll(); left != null; left = submissions.poll()) {
      left.future.completeExceptionally(closedException());
    }
  }

  private static NodeException closedException() {
    return new NodeException(
        NodeException.Category.CALLER_MISTAKE,
        "couldn't submit a request because the client is closed");
  }

  private static String message(Throwable e) {
    return Objects.requireNonNullElse(e.getMessage(), e.getClass().getSimpleName());
  }
}
