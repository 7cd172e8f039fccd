package io.hypermesh.node;

import io.hypermesh.byzantine.ClientId;
import io.hypermesh.byzantine.Membership;
import io.hypermesh.byzantine.MessageVerifier;
import io.hypermesh.stoq.StoqCloseReason;
import io.hypermesh.stoq.StoqConnection;
import io.hypermesh.stoq.StoqEndpoint;
import io.hypermesh.stoq.StoqException;
import io.hypermesh.stoq.StoqListener;
import io.hypermesh.stoq.StoqStream;
import io.hypermesh.stoq.StoqStreamChannel;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import org.jctools.queues.atomic.MpscUnboundedAtomicArrayQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Consensus messages over STOQ: one connection and one channel from each member to each other, on
 * which only the one that opened it sends, and one channel from each client to each member, in both
 * directions.
 *
 * <p>Who is at the other end is known by the key in its certificate: replies for a client go to the
 * channels opened with that client's key, and a convicted member's connections are refused.
 *
 * <p>Threads: STOQ's agent calls the listener; it passes on what happened in {@link #arrivals}.
 * Everything else is the replica's thread.
 */
final class StoqTransport implements ConsensusTransport, StoqListener {
  private static final Logger LOG = LoggerFactory.getLogger(StoqTransport.class);

  /**
   * How many channels of one client get replies: its present one and some whose end is not seen.
   */
  static final int REPLY_CHANNELS_MAX = 4;

  /** Application error code for a connection that a convicted member opened or held. */
  static final long ERROR_ISOLATED = 0x484d01L;

  /** Application error code for the connection of the oldest of too many channels of one client. */
  static final long ERROR_TOO_MANY_CHANNELS = 0x484d02L;

  /**
   * What a client sends first on a channel, so that the member knows where to reply; says nothing.
   */
  static final byte[] ANNOUNCEMENT = {};

  /** Something that happened on STOQ's thread, for the replica's. */
  private sealed interface Arrival {
    record Opened(InboundChannel channel) implements Arrival {}

    record Ready(InboundChannel channel) implements Arrival {}

    record Closed(StoqConnection connection) implements Arrival {}
  }

  private final Membership membership;
  private final int self;
  private final NodeSettings settings;
  private final Runnable wakeUp;
  private final Map<ClientId, Integer> membersByKey = new HashMap<>();
  private final MpscUnboundedAtomicArrayQueue<Arrival> arrivals =
      new MpscUnboundedAtomicArrayQueue<>(256);

  private final List<PeerLink> links = new ArrayList<>();
  private final Map<StoqConnection, List<InboundChannel>> inbound = new HashMap<>();
  private final Map<ClientId, Set<InboundChannel>> inboundByKey = new HashMap<>();
  private final Set<Integer> isolated = new HashSet<>();
  private long nowNanos = Long.MIN_VALUE;
  private long droppedReplies;
  private long refusedRequests;
  private volatile int connectedMembers;
  private volatile @Nullable StoqEndpoint endpoint;

  /**
   * @param self this node's index in the membership
   * @param wakeUp ends the replica's thread's sleep; any thread may run it
   */
  StoqTransport(Membership membership, int self, NodeSettings settings, Runnable wakeUp) {
    this.membership = membership;
    this.self = self;
    this.settings = settings;
    this.wakeUp = wakeUp;
    membership
        .members()
        .forEach(member -> membersByKey.put(ClientId.of(member.publicKey()), member.index()));
  }

  /** Gives the transport the endpoint whose listener it is, and which it closes. */
  void bound(StoqEndpoint newEndpoint) {
    endpoint = newEndpoint;
  }

  /**
   * Says where the members are.
   *
   * @param from the endpoint that calls them
   * @param addresses by index; this node's own is ignored
   */
  void connect(
      StoqEndpoint from, Map<Integer, InetSocketAddress> addresses, RandomGenerator random) {
    for (int replica = 0; replica < membership.members().size(); replica++) {
      InetSocketAddress address = addresses.get(replica);
      if (replica != self && address != null) {
        links.add(new PeerLink(replica, settings, random, link -> open(from, address)));
      }
    }
  }

  private CompletableFuture<StoqStreamChannel> open(StoqEndpoint from, InetSocketAddress address) {
    CompletableFuture<StoqStreamChannel> opened =
        from.connect(address)
            .thenCompose(StoqConnection::openUnidirectionalStream)
            .thenApply(stream -> {
              StoqStreamChannel channel = stream.channel(settings.messageBytesMax());
              stream.listener(new WakeUpOnRoom());
              return channel;
            });
    // On this stage and not one after it: who is woken up has to find it complete.
    var _ = opened.whenComplete((channel, failure) -> wakeUp.run());
    return opened;
  }

  private final class WakeUpOnRoom implements io.hypermesh.stoq.StoqStreamListener {
    @Override
    public void onWritable(StoqStream stream) {
      wakeUp.run();
    }
  }

  // ---- STOQ's thread ---------------------------------------------------------------------------

  @Override
  public void onStream(StoqStream stream) {
    if (stream.connection().peerCertificates().isEmpty()) {
      stream.connection().close(ERROR_ISOLATED, "a certificate is required");
      return;
    }
    byte[] key = stream.connection().peerCertificates().getFirst().getPublicKey().getEncoded();
    ClientId identity = ClientId.of(key);
    InboundChannel channel =
        new InboundChannel(
            stream.channel(
                membersByKey.containsKey(identity)
                    ? settings.messageBytesMax()
                    : settings.clientMessageBytesMax()),
            identity,
            settings.outboundBytesMax(),
            ready -> arrive(new Arrival.Ready(ready)));
    arrive(new Arrival.Opened(channel));
    stream.listener(channel);
    channel.schedule();
  }

  @Override
  public void onClosed(StoqConnection connection, StoqCloseReason reason) {
    arrive(new Arrival.Closed(connection));
  }

  private void arrive(Arrival arrival) {
    // Bounded by the endpoint's limits: an opening, a closing and one turn asked for per channel.
    arrivals.offer(arrival);
    wakeUp.run();
  }

  // ---- The replica's thread --------------------------------------------------------------------

  @Override
  public int poll(Handler handler, int limit, long newNowNanos) {
    nowNanos = newNowNanos;
    int work = 0;
    int connected = 0;
    for (PeerLink link : links) {
      work += link.doWork(handler, limit, nowNanos);
      connected += link.isUp() ? 1 : 0;
    }
    connectedMembers = connected;
    int taken = 0;
    // As many turns as are asked for now; one that asks again gets it in the next cycle.
    for (int turns = arrivals.size(); turns > 0 && taken < limit; turns--) {
      Arrival arrival = arrivals.poll();
      if (arrival == null) {
        break;
      }
      work++;
      switch (arrival) {
        case Arrival.Opened(InboundChannel channel) -> onOpened(channel);
        case Arrival.Closed(StoqConnection connection) -> onClosed(connection);
        case Arrival.Ready(InboundChannel channel) ->
            taken += onReady(channel, handler, limit - taken);
      }
    }
    return work + taken;
  }

  private void onOpened(InboundChannel channel) {
    StoqConnection connection = channel.channel().stream().connection();
    Integer member = membersByKey.get(channel.identity());
    if (member != null && isolated.contains(member)) {
      connection.close(ERROR_ISOLATED, "member " + member + " is isolated");
      return;
    }
    inbound.computeIfAbsent(connection, ignored -> new ArrayList<>()).add(channel);
    if (channel.channel().stream().hasOutput()) {
      try {
        channel.replies().channel(channel.channel());
      } catch (StoqException e) {
        close(channel, e);
        return;
      }
    }
    Set<InboundChannel> sameKey =
        inboundByKey.computeIfAbsent(channel.identity(), ignored -> new LinkedHashSet<>());
    sameKey.add(channel);
    boundReplies(sameKey);
  }

  /** Each keeps replies that are not read, up to a limit: so there is one on their number. */
  private static void boundReplies(Set<InboundChannel> sameKey) {
    List<InboundChannel> replying = new ArrayList<>();
    for (InboundChannel channel : sameKey) {
      if (channel.replies().isConnected()) {
        replying.add(channel);
      }
    }
    if (replying.size() > REPLY_CHANNELS_MAX) {
      replying.getFirst().channel().stream()
          .connection()
          .close(ERROR_TOO_MANY_CHANNELS, "a client has " + REPLY_CHANNELS_MAX + " at most");
    }
  }

  private void onClosed(StoqConnection connection) {
    List<InboundChannel> channels = inbound.remove(connection);
    if (channels == null) {
      return;
    }
    channels.forEach(this::forget);
  }

  private void forget(InboundChannel channel) {
    droppedReplies += channel.replies().dropped();
    Set<InboundChannel> sameKey = inboundByKey.get(channel.identity());
    if (sameKey != null && sameKey.remove(channel) && sameKey.isEmpty()) {
      inboundByKey.remove(channel.identity());
    }
  }

  /** The peer has ended one channel of a connection that lives on. */
  private void onEnded(InboundChannel channel) throws StoqException {
    List<InboundChannel> channels = inbound.get(channel.channel().stream().connection());
    if (channels != null && channels.remove(channel)) {
      forget(channel);
      if (channel.channel().stream().hasOutput()) {
        channel.channel().finish();
      }
    }
  }

  private int onReady(InboundChannel channel, Handler handler, int limit) {
    channel.beginTurn();
    if (!inbound.containsKey(channel.channel().stream().connection())) {
      return 0;
    }
    boolean member = membersByKey.containsKey(channel.identity());
    try {
      channel.replies().flush();
      int taken =
          channel
              .channel()
              .poll(
                  (buffer, offset, length) -> {
                    if (length > ANNOUNCEMENT.length) {
                      byte[] message =
                          buffer.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
                      if (member || isOwnRequest(channel, message)) {
                        handler.onMessage(message);
                      }
                    }
                  },
                  limit);
      if (taken == limit) {
        channel.schedule();
      } else if (channel.channel().isEnd()) {
        onEnded(channel);
      }
      return taken;
    } catch (StoqException e) {
      close(channel, e);
      return 0;
    }
  }

  /**
   * Who is no member sends its own requests and nothing else: else one certificate would do to fill
   * the replicas' table of clients, which never forgets one, with keys that anybody can make.
   */
  private boolean isOwnRequest(InboundChannel channel, byte[] message) {
    boolean own =
        MessageVerifier.claimedClient(message).filter(channel.identity()::equals).isPresent();
    if (!own) {
      refusedRequests++;
      LOG.debug("Dropping what {} sends, which is no request of its own", channel.identity());
    }
    return own;
  }

  private static void close(InboundChannel channel, StoqException cause) {
    LOG.debug("Closing a channel of {}: {}", channel.identity(), cause.getMessage());
    channel.channel().stream().connection().close(0, "the channel broke");
  }

  @Override
  public long nextDeadlineNanos() {
    long next = Long.MAX_VALUE;
    for (PeerLink link : links) {
      next = Math.min(next, link.nextDeadlineNanos());
    }
    return next;
  }

  @Override
  public void send(int replica, byte[] message) {
    for (PeerLink link : links) {
      if (link.replica() == replica) {
        link.send(message, nowNanos);
      }
    }
  }

  @Override
  public void reply(ClientId client, byte[] message) {
    for (InboundChannel channel : inboundByKey.getOrDefault(client, Set.of())) {
      if (!channel.replies().isConnected()) {
        // On a channel on which it alone sends nothing would ever leave the queue.
        continue;
      }
      try {
        channel.replies().offer(message);
      } catch (StoqException e) {
        close(channel, e);
      }
    }
  }

  @Override
  public void isolate(int replica) {
    isolated.add(replica);
    for (PeerLink link : links) {
      if (link.replica() == replica) {
        link.close();
      }
    }
    ClientId key = ClientId.of(membership.member(replica).publicKey());
    for (InboundChannel channel : List.copyOf(inboundByKey.getOrDefault(key, Set.of()))) {
      channel.channel().stream()
          .connection()
          .close(ERROR_ISOLATED, "member " + replica + " is isolated");
    }
  }

  /** How many channels of others it holds. */
  int inboundChannels() {
    return inbound.values().stream().mapToInt(List::size).sum();
  }

  /** How many bytes of replies wait for peers that do not read. */
  long waitingReplyBytes() {
    return inbound.values().stream()
        .flatMap(List::stream)
        .mapToLong(channel -> channel.replies().waitingBytes())
        .sum();
  }

  @Override
  public long droppedMessages() {
    long dropped = droppedReplies + refusedRequests;
    for (PeerLink link : links) {
      dropped += link.dropped();
    }
    for (List<InboundChannel> channels : inbound.values()) {
      for (InboundChannel channel : channels) {
        dropped += channel.replies().dropped();
      }
    }
    return dropped;
  }

  /** To how many members there is a connection on which this one sends. Any thread. */
  int connectedMembers() {
    return connectedMembers;
  }

  @Override
  public void close() {
    StoqEndpoint open = endpoint;
    if (open != null) {
      open.close();
    }
  }
}
