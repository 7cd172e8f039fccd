package io.hypermesh.stoq.endpoint;

import io.hypermesh.stoq.connection.Connection;
import io.hypermesh.stoq.connection.DormantConnection;
import io.hypermesh.stoq.packet.ConnectionId;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import org.agrona.collections.LongArrayList;
import org.jspecify.annotations.Nullable;

/** A connection and what its endpoint keeps about it. Owned by the endpoint's thread. */
public final class EndpointConnection {
  /** As many IDs as a connection has as a rule; more are possible. */
  private static final int LOCAL_IDS = 4;

  private @Nullable Connection awake;
  private @Nullable DormantConnection dormant;
  private @Nullable Object attachment;

  // Owned by Endpoint: where datagrams for this connection come in.
  final LongArrayList localIds = new LongArrayList(LOCAL_IDS, Long.MIN_VALUE);
  final @Nullable ConnectionId initialDestination;
  final InetSocketAddress firstRemote;

  /** Where the peer was validated last, which is where its stateless reset would come from. */
  InetSocketAddress remote;

  /** The name that a client's connection is for; null for a server's. */
  @Nullable String serverName;

  /** Whether it counts among the handshakes in flight. */
  boolean handshakeInFlight;

  /** Whether the client's address was proved before the connection was made. */
  boolean addressProved;

  boolean announced;
  boolean removed;

  /** What the connection threw, where it has a defect. */
  @Nullable RuntimeException defect;

  // Owned by Endpoint: membership of its queues.
  boolean touched;
  boolean ready;
  int burstDatagrams;

  // Owned by Deadlines: when something happened last, and whether it has reason to stay awake.
  long activeNanos;
  boolean restless;

  long datagramsSent;
  long datagramsReceived;

  // Owned by DeadlineHeap.
  int heapIndex = -1;
  long deadlineNanos = Long.MAX_VALUE;

  /**
   * @param initialDestination the ID that the client chose, by which its first packets are known;
   *     null for a client's connection
   */
  EndpointConnection(
      Connection connection,
      @Nullable ConnectionId initialDestination,
      InetSocketAddress firstRemote) {
    this.awake = connection;
    this.initialDestination = initialDestination;
    this.firstRemote = firstRemote;
    this.remote = firstRemote;
  }

  /**
   * The state machine, which wakes where it hibernates; so it's not to be kept. Whoever calls it
   * says so by {@link Endpoint#touch}.
   */
  public Connection connection() {
    Connection present = awake;
    if (present == null) {
      if (dormant == null) {
        throw new IllegalStateException("there is no connection to wake");
      }
      present = dormant.wake();
      awake = present;
      dormant = null;
    }
    return present;
  }

  /** What is left of the connection while it hibernates, else null. */
  public @Nullable DormantConnection dormant() {
    return dormant;
  }

  /** The connection hibernates from now on. */
  void hibernate(DormantConnection left) {
    dormant = left;
    awake = null;
  }

  /** Whether a socket is the near end of a path of it; wakes nothing. */
  public boolean usesSocket(int socket) {
    return dormant != null ? dormant.usesSocket(socket) : connection().usesSocket(socket);
  }

  /** {@link Connection#handleStatelessReset}, which only wakes it where it is one. */
  boolean handleStatelessReset(MemorySegment datagram, long offset, long length, long nowNanos) {
    return (dormant == null || dormant.isStatelessReset(datagram, offset, length))
        && connection().handleStatelessReset(datagram, offset, length, nowNanos);
  }

  /** Goes on with another attempt to connect (RFC 9368, 2.1). */
  void restart(Connection attempt) {
    awake = attempt;
  }

  /**
   * Has a connection that is given up let go of what it shares with others, the memory of streams
   * above all, as far as its defect lets it.
   */
  void abandon(long nowNanos) {
    try {
      connection().close(0, "internal error", nowNanos);
    } catch (RuntimeException e) {
      RuntimeException known = defect;
      if (known != null && !known.equals(e)) {
        known.addSuppressed(e);
      }
    }
  }

  /** Where the peer was when the connection was made. */
  public InetSocketAddress firstRemote() {
    return firstRemote;
  }

  /** Whether a client made this connection, and this side is its server. */
  public boolean isServer() {
    return initialDestination != null;
  }

  /** Whether the endpoint has forgotten it. */
  public boolean isRemoved() {
    return removed;
  }

  /** Datagrams sent for this connection. */
  public long datagramsSent() {
    return datagramsSent;
  }

  /** Datagrams received for this connection, good or not. */
  public long datagramsReceived() {
    return datagramsReceived;
  }

  /** Whatever the owner attached. */
  public @Nullable Object attachment() {
    return attachment;
  }

  /** Attaches the owner's view of this connection. */
  public void attach(@Nullable Object attachment) {
    this.attachment = attachment;
  }
}
