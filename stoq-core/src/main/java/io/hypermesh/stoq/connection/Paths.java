package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.recovery.PathRecovery;
import io.hypermesh.stoq.recovery.RttEstimator;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The paths between the two ends, and which of them is used (RFC 9000, 9).
 *
 * <p>It guarantees: a connection moves only after its handshake is confirmed; a client moves only
 * to a path that it has validated, and stays where it is if it can't; a server follows its client's
 * newest packet that isn't a mere probe, sends little until the new address is validated, and comes
 * back to the last valid one if it isn't (9.3.2), or as soon as the client answers from there, so
 * that someone who only forwards packets faster gains a moment (9.3.3); no connection ID of the
 * peer serves two paths, unless it was the peer's NAT that moved (9.5); what is known of a path's
 * congestion is kept while the connection may come back (9.4). The number of paths is bounded.
 *
 * <pre>
 *   client:  migrate, preferred address ──► candidate ── validated ──► active; the old one expires
 *                                               └────── no answer ──► forgotten; nothing moves
 *
 *   server:  probe from elsewhere ──► known, answered and challenged
 *            other packet from elsewhere ──► active at once, challenged; so is the one before
 *                 validated ──► the one before expires        no answer ──► back to the last valid
 *            other packet to our preferred address ──► active once it's validated (9.6.2)
 * </pre>
 *
 * Owned by the connection's thread.
 */
final class Paths {
  /** Paths that are known at once, the active one among them. */
  static final int PATHS_MAX = 6;

  /** Probe timeouts after which a validation is given up (8.2.4). */
  private static final int VALIDATION_PTOS = 3;

  /** The probe timeout of a path of which nothing is known (RFC 9002, 6.2.2). */
  private static final long INITIAL_PTO_NANOS = 3 * RttEstimator.INITIAL_RTT_NANOS;

  /** How long a path is kept that the peer has only probed. */
  private static final long PROBED_NANOS = TimeUnit.SECONDS.toNanos(10);

  private static final long NEVER = Long.MAX_VALUE;

  private final ConnectionState state;
  private final Supplier<PathRecovery> newRecovery;
  private final List<Path> all = new ArrayList<>(PATHS_MAX);
  private Path active;
  private @Nullable Path fallback;
  private @Nullable Path candidate;

  /** Where the owner thinks that the peer is. */
  private InetSocketAddress toldRemote;

  /** The candidate has to work: the path before is gone. */
  private boolean leaving;

  /**
   * @param first where the handshake takes place
   * @param newRecovery for a path of which nothing is known
   */
  Paths(ConnectionState state, Path first, Supplier<PathRecovery> newRecovery) {
    this.state = state;
    this.active = first;
    this.toldRemote = first.remote();
    this.newRecovery = newRecovery;
    all.add(first);
  }

  /** The path that is used. */
  Path active() {
    return active;
  }

  /** Whether there is only the path that is used, which is validated and has nothing to prove. */
  boolean isQuiet() {
    return all.size() == 1 && candidate == null && fallback == null && active.isQuiet();
  }

  /** The path with these ends, or null; allocates nothing. */
  @Nullable Path find(int socket, InetSocketAddress remote) {
    if (active.leads(socket, remote)) {
      return active;
    }
    for (int i = 0; i < all.size(); i++) {
      if (all.get(i).leads(socket, remote)) {
        return all.get(i);
      }
    }
    return null;
  }

  /** Whether a socket is the near end of any path. */
  boolean uses(int socket) {
    for (int i = 0; i < all.size(); i++) {
      if (all.get(i).socket() == socket) {
        return true;
      }
    }
    return false;
  }

  /**
   * The next path that has a packet of its own to send, the active one aside; or null.
   *
   * @param bytesMin such a packet isn't smaller
   */
  @Nullable Path nextOwing(int bytesMin) {
    for (int i = 0; i < all.size(); i++) {
      Path path = all.get(i);
      if (path != active && path.owes() && path.allowance() >= bytesMin) {
        return path;
      }
    }
    return null;
  }

  // ---- A server's view ----

  /**
   * Whether packets from an address that's new are to be ignored: we asked our client not to move,
   * and it's not a NAT that moved its port (RFC 9000, 9).
   */
  boolean isForbidden(int socket, InetSocketAddress remote) {
    return state.settings.paths().disableActiveMigration()
        && state.confirmed
        && socket == active.socket()
        && !remote.getAddress().equals(active.remote().getAddress());
  }

  /**
   * An authentic packet came from an address that's new to a server.
   *
   * @param destination the ID of ours that it was for
   * @return null where no connection ID is left to answer with (9.5)
   */
  @Nullable Path discover(
      int socket, InetSocketAddress remote, ConnectionId destination, long nowNanos) {
    // With the same ID: the client doesn't know that its address changed.
    boolean unaware = socket == active.socket() && Objects.equals(destination, active.localId());
    RemoteConnectionIds.Known id = unaware ? active.remoteId() : state.remoteIds.takeFresh();
    if (id == null) {
      return null;
    }
    boolean portOnly =
        socket == active.socket() && remote.getAddress().equals(active.remote().getAddress());
    Path path =
        new Path(socket, remote, id, portOnly ? active.recovery() : newRecovery.get(), true);
    path.localId(destination);
    path.expireAt(nowNanos + PROBED_NANOS);
    add(path);
    validate(path, nowNanos);
    return path;
  }

  /** The newest packet, not a mere probe, came on this path: a server's client is there (9.3). */
  void onUsed(Path path, long nowNanos) {
    if (path == active || state.client || !state.confirmed || !all.contains(path)) {
      // Not to one either that what the packet said has just ended.
      return;
    }
    if (path.socket() != active.socket() && !path.isValidated()) {
      // To our preferred address; until it's validated we send from where we are (9.6.2).
      path.want(true);
      return;
    }
    Path before = active;
    use(path, nowNanos);
    if (path.isValidated()) {
      settle(nowNanos);
    } else {
      validate(path, nowNanos);
      if (before.isValidated()) {
        fallback = before;
        // Its answer brings us back, if it's not the client that moved (9.3.3).
        validate(before, nowNanos);
      } else {
        expire(before, nowNanos);
      }
    }
  }

  // ---- A client's view ----

  /**
   * Starts to move to another socket, or another address of the server.
   *
   * @param id an ID that was never used
   * @param must whether the present path is gone
   */
  void migrate(
      int socket,
      InetSocketAddress remote,
      RemoteConnectionIds.Known id,
      boolean must,
      long nowNanos) {
    Path path = new Path(socket, remote, id, newRecovery.get(), false);
    path.unprove();
    candidate = path;
    leaving = must;
    add(path);
    validate(path, nowNanos);
  }

  /** Starts to move to another socket, where that's allowed. */
  MigrationStart migrate(int socket, boolean must, long nowNanos) {
    if (!state.client) {
      return MigrationStart.NOT_A_CLIENT;
    }
    if (!state.confirmed || !state.closing.isOpen()) {
      return MigrationStart.NOT_CONFIRMED;
    }
    if (state.peer != null && state.peer.disableActiveMigration()) {
      return MigrationStart.DISABLED_BY_PEER;
    }
    if (candidate != null) {
      return MigrationStart.UNDERWAY;
    }
    RemoteConnectionIds.Known id =
        state.remoteIds.active().length() == 0 ? null : state.remoteIds.takeFresh();
    if (id == null) {
      return MigrationStart.NO_CONNECTION_ID;
    }
    migrate(socket, active.remote(), id, must, nowNanos);
    return MigrationStart.STARTED;
  }

  // ---- Both ----

  private void add(Path path) {
    if (all.size() == PATHS_MAX) {
      for (int i = 0; i < all.size(); i++) {
        Path oldest = all.get(i);
        if (oldest != active && oldest != fallback && oldest != candidate) {
          remove(oldest);
          break;
        }
      }
    }
    all.add(path);
  }

  private void validate(Path path, long nowNanos) {
    long ptoNanos = state.recovery.probeTimeoutNanos();
    long timeoutNanos = VALIDATION_PTOS * Math.max(ptoNanos, INITIAL_PTO_NANOS);
    path.validation().start(ptoNanos, timeoutNanos, nowNanos);
  }

  private void use(Path path, long nowNanos) {
    active = path;
    path.expireAt(NEVER);
    path.want(false);
    state.path = path;
    state.remoteIds.use(path.remoteId());
    state.recovery.switchPath(path.recovery(), nowNanos);
  }

  /** A move is done; late packets of the paths before are still taken for a while. */
  private void settle(long nowNanos) {
    fallback = null;
    for (Path other : all) {
      if (other != active && other != candidate) {
        expire(other, nowNanos);
      }
    }
    if (!active.remote().equals(toldRemote)) {
      toldRemote = active.remote();
      state.events.add(new ConnectionEvent.PathChanged(toldRemote));
    }
  }

  private void expire(Path path, long nowNanos) {
    path.expireAt(nowNanos + state.threePtoNanos());
  }

  /** A PATH_RESPONSE came. */
  void onResponse(long data, long nowNanos) {
    for (int i = 0; i < all.size(); i++) {
      Path path = all.get(i);
      PathValidation.Proof proof = path.validation().onResponse(data, nowNanos);
      if (proof == PathValidation.Proof.NONE) {
        continue;
      }
      if (proof == PathValidation.Proof.ADDRESS) {
        path.validate();
      } else {
        onValidated(path, nowNanos);
      }
      return;
    }
  }

  private void onValidated(Path path, long nowNanos) {
    path.validate();
    if (path == candidate) {
      candidate = null;
      leaving = false;
      use(path, nowNanos);
      settle(nowNanos);
      // The server follows the first packet that isn't a probe.
      state.pingOwed = true;
      state.events.add(new ConnectionEvent.MigrationEnded(path.socket(), true));
    } else if (path.isWanted()) {
      use(path, nowNanos);
      settle(nowNanos);
    } else if (path == active && fallback != null) {
      settle(nowNanos);
    }
  }

  /**
   * The peer has retired an ID that paths use: they get others, or end. Those that shared the one
   * of the active path, because the peer doesn't know that its address changed, share its next.
   */
  void replaceRetired() {
    RemoteConnectionIds.Known before = active.remoteId();
    active.remoteId(state.remoteIds.current());
    for (int i = all.size() - 1; i >= 0; i--) {
      Path path = all.get(i);
      if (path.remoteId().isRetired()) {
        RemoteConnectionIds.Known fresh =
            path.remoteId() == before ? active.remoteId() : state.remoteIds.takeFresh();
        if (fresh != null) {
          path.remoteId(fresh);
        } else if (path == candidate) {
          fail(path);
        } else {
          path.remoteId(active.remoteId());
          remove(path);
        }
      }
    }
  }

  private void remove(Path path) {
    all.remove(path);
    if (path == fallback) {
      fallback = null;
    }
    for (Path other : all) {
      if (other.remoteId() == path.remoteId()) {
        return;
      }
    }
    state.remoteIds.retire(path.remoteId());
  }

  private void fail(Path path) {
    candidate = null;
    remove(path);
    state.events.add(new ConnectionEvent.MigrationEnded(path.socket(), false));
  }

  // ---- Time ----

  long nextDeadlineNanos() {
    long deadline = NEVER;
    for (int i = 0; i < all.size(); i++) {
      Path path = all.get(i);
      deadline = Math.min(deadline, path.validation().nextDeadlineNanos());
      deadline = Math.min(deadline, path.expiresAtNanos());
    }
    return deadline;
  }

  /** Repeats challenges, gives up, forgets; false where no path is left. */
  boolean onTimeout(long nowNanos) {
    for (int i = all.size() - 1; i >= 0; i--) {
      Path path = all.get(i);
      if (path.validation().onTimeout(nowNanos) && !onInvalid(path, nowNanos)) {
        return false;
      }
      if (nowNanos >= path.expiresAtNanos() && path != active && path != fallback) {
        remove(path);
      }
    }
    return true;
  }

  /** No answer came in time. */
  private boolean onInvalid(Path path, long nowNanos) {
    if (path == candidate) {
      boolean viable = !leaving;
      fail(path);
      return viable;
    }
    Path valid = fallback;
    if (path == active && !path.isValidated()) {
      if (valid == null) {
        return false;
      }
      use(valid, nowNanos);
      fallback = null;
      remove(path);
    }
    return true;
  }
}
