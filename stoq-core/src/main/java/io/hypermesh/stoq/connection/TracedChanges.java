package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.connection.ConnectionTrace.KeyChange;
import io.hypermesh.stoq.connection.ConnectionTrace.Migration;
import io.hypermesh.stoq.connection.ConnectionTrace.Phase;
import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.packet.PacketHeader;
import io.hypermesh.stoq.packet.PacketType;
import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.packet.TransportParameters;
import io.hypermesh.stoq.packet.VersionInformation;
import io.hypermesh.stoq.protection.CipherSuite;
import io.hypermesh.stoq.protection.PacketProtection;
import io.hypermesh.stoq.recovery.CongestionController;
import io.hypermesh.stoq.recovery.EcnValidation;
import io.hypermesh.stoq.recovery.RttEstimator;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Finds out what has changed in a connection since it was looked at last, and tells its trace.
 * Works only where there is a trace. Owned by the connection's thread.
 */
final class TracedChanges {
  /** Paths whose numbers are remembered; one that comes back later gets a new number. */
  private static final int PATHS_MAX = 2 * Paths.PATHS_MAX;

  private record NumberedPath(Path path, long number) {}

  private final ConnectionState state;
  private final boolean[] readKeys = new boolean[EncryptionLevel.COUNT];
  private final boolean[] writeKeys = new boolean[EncryptionLevel.COUNT];
  private final ArrayDeque<NumberedPath> paths = new ArrayDeque<>();
  private @Nullable Phase phase;
  private @Nullable TransportParameters local;
  private @Nullable TransportParameters peer;
  private @Nullable TransportParameters restored;
  private @Nullable ConnectionId localId;
  private @Nullable ConnectionId remoteId;
  private @Nullable QuicVersion version;
  private @Nullable RecoveryMetrics metrics;
  private EcnValidation.@Nullable State ecn;
  private CongestionController.@Nullable Phase congestion;
  private long keyPhase;
  private boolean closedTold;
  private long pathsSeen;
  private @Nullable NumberedPath path;
  private boolean migrating;
  private int mtuBytes;

  TracedChanges(ConnectionState state) {
    this.state = state;
  }

  void start(ConnectionTrace trace, long nowNanos) {
    localId = state.localIds.first();
    remoteId = state.path.remoteId().id();
    trace.onStarted(nowNanos, state.path.remote(), localId, remoteId);
    mtuBytes = state.path.recovery().mtu().currentBytes();
    trace.onRecoveryParameters(nowNanos, mtuBytes, state.recovery.congestionWindowBytes());
    path = new NumberedPath(state.path, pathsSeen++);
    paths.add(path);
  }

  /**
   * Tells what has changed.
   *
   * @param own what this side says in the handshake
   * @param localKeyUpdate whether this side has started a key update
   */
  void observe(
      ConnectionTrace trace, TransportParameters own, boolean localKeyUpdate, long nowNanos) {
    observeVersion(trace, nowNanos);
    observeParameters(trace, own, nowNanos);
    observeKeys(trace, localKeyUpdate, nowNanos);
    observePath(trace, nowNanos);
    observeRemoteId(trace, nowNanos);
    observeRecovery(trace, nowNanos);
    observePhase(trace, nowNanos);
  }

  private void observeVersion(ConnectionTrace trace, long nowNanos) {
    TransportParameters told = state.peer;
    QuicVersion current = state.versions.current();
    if (version == current && Objects.equals(told, peer)) {
      return;
    }
    VersionInformation information = told == null ? null : told.versionInformation();
    List<Integer> peers = information == null ? List.of() : information.available();
    if (version != current || !peers.isEmpty()) {
      version = current;
      trace.onVersion(nowNanos, state.versions.preferred(), peers, current);
    }
  }

  private void observeParameters(ConnectionTrace trace, TransportParameters own, long nowNanos) {
    if (!own.equals(local)) {
      local = own;
      trace.onParameters(nowNanos, true, own, suite());
    }
    TransportParameters limits = state.early.remembered();
    if (limits != null && restored == null) {
      restored = limits;
      trace.onParametersRestored(nowNanos, limits);
    }
    TransportParameters told = state.peer;
    // What a client remembers from an earlier connection is told above: here only what comes.
    boolean came = !state.client || state.writer(state.handshake) != null;
    if (came && told != null && !told.equals(peer)) {
      peer = told;
      trace.onParameters(nowNanos, false, told, suite());
    }
  }

  private @Nullable CipherSuite suite() {
    PacketProtection keys = state.writer(state.application);
    keys = keys == null ? state.writer(state.handshake) : keys;
    return keys == null ? null : keys.suite();
  }

  // ---- Keys ----

  private void observeKeys(ConnectionTrace trace, boolean localKeyUpdate, long nowNanos) {
    for (PacketSpace space : state.spaces()) {
      boolean read = state.reader(space) != null;
      boolean application = space == state.application;
      boolean write = (application ? state.oneRtt.writer() : space.writer()) != null;
      tellKeys(trace, space.level(), read, write, nowNanos);
    }
    boolean readEarly = state.early.reader() != null;
    boolean writeEarly = state.early.writer() != null;
    tellKeys(trace, EncryptionLevel.ZERO_RTT, readEarly, writeEarly, nowNanos);
    KeyChange cause = localKeyUpdate ? KeyChange.LOCAL_UPDATE : KeyChange.REMOTE_UPDATE;
    while (keyPhase < state.oneRtt.updates()) {
      EncryptionLevel level = EncryptionLevel.ONE_RTT;
      trace.onKeyDiscarded(nowNanos, level, false, keyPhase, cause);
      keyPhase++;
      trace.onKeyUpdated(nowNanos, level, true, keyPhase, cause);
      trace.onKeyUpdated(nowNanos, level, false, keyPhase, cause);
    }
  }

  private void tellKeys(
      ConnectionTrace trace, EncryptionLevel level, boolean read, boolean write, long nowNanos) {
    int index = level.index();
    tell(trace, level, true, readKeys[index], read, nowNanos);
    tell(trace, level, false, writeKeys[index], write, nowNanos);
    readKeys[index] = read;
    writeKeys[index] = write;
  }

  private void tell(
      ConnectionTrace trace,
      EncryptionLevel level,
      boolean read,
      boolean before,
      boolean now,
      long nowNanos) {
    if (now && !before) {
      trace.onKeyUpdated(nowNanos, level, read, keyPhase, KeyChange.TLS);
    } else if (before && !now) {
      trace.onKeyDiscarded(nowNanos, level, read, keyPhase, KeyChange.TLS);
    }
  }

  // ---- Paths ----

  private void observePath(ConnectionTrace trace, long nowNanos) {
    NumberedPath known = path;
    if (known == null || known.path() != state.path) {
      NumberedPath again = find(state.path);
      NumberedPath next = again != null ? again : add(state.path);
      path = next;
      if (again == null) {
        trace.onPath(nowNanos, next.number(), state.path.remote());
      } else if (migrating && known != null) {
        trace.onMigration(nowNanos, known.number(), Migration.ABANDONED);
      }
      migrating = !state.path.isValidated();
      Migration now = migrating ? Migration.STARTED : Migration.COMPLETE;
      trace.onMigration(nowNanos, next.number(), now);
    } else if (migrating && state.path.isValidated()) {
      migrating = false;
      trace.onMigration(nowNanos, known.number(), Migration.COMPLETE);
    }
    EcnValidation.State marks = state.path.recovery().ecn().state();
    if (ecn != marks) {
      trace.onEcnState(nowNanos, ecn, marks);
      ecn = marks;
    }
    int bytes = state.path.recovery().mtu().currentBytes();
    if (bytes != mtuBytes) {
      trace.onMtu(nowNanos, mtuBytes, bytes);
      mtuBytes = bytes;
    }
  }

  private void observeRemoteId(ConnectionTrace trace, long nowNanos) {
    ConnectionId before = remoteId;
    ConnectionId now = state.path.remoteId().id();
    if (before != null && !now.equals(before)) {
      remoteId = now;
      trace.onConnectionId(nowNanos, false, before, now);
    }
  }

  /**
   * A packet came. Those of a client that knows no ID of the server's go to one that it made up,
   * which isn't told.
   */
  void observeLocalId(ConnectionTrace trace, PacketHeader header, long nowNanos) {
    ConnectionId before = localId;
    ConnectionId now = header.destinationConnectionId();
    boolean real = header.type() == PacketType.HANDSHAKE || header.type() == PacketType.ONE_RTT;
    if (real && before != null && !now.equals(before)) {
      localId = now;
      trace.onConnectionId(nowNanos, true, before, now);
    }
  }

  private @Nullable NumberedPath find(Path wanted) {
    for (NumberedPath known : paths) {
      if (known.path() == wanted) {
        return known;
      }
    }
    return null;
  }

  private NumberedPath add(Path added) {
    if (paths.size() == PATHS_MAX) {
      paths.remove();
    }
    NumberedPath numbered = new NumberedPath(added, pathsSeen++);
    paths.add(numbered);
    return numbered;
  }

  // ---- Recovery ----

  private void observeRecovery(ConnectionTrace trace, long nowNanos) {
    RttEstimator rtt = state.recovery.rtt();
    boolean sampled = rtt.hasSample();
    CongestionController controller = state.recovery.controller();
    long threshold = controller.slowStartThresholdBytes();
    RecoveryMetrics now =
        new RecoveryMetrics(
            sampled ? rtt.minNanos() : RecoveryMetrics.UNKNOWN,
            rtt.smoothedNanos(),
            sampled ? rtt.latestNanos() : RecoveryMetrics.UNKNOWN,
            rtt.variationNanos(),
            state.recovery.probeTimeoutCount(),
            state.recovery.congestionWindowBytes(),
            state.recovery.bytesInFlight(),
            threshold == Long.MAX_VALUE ? RecoveryMetrics.UNKNOWN : threshold,
            state.recovery.pacingBytesPerSecond());
    if (!now.equals(metrics)) {
      trace.onMetrics(nowNanos, metrics, now);
      metrics = now;
    }
    CongestionController.Phase doing = controller.phase();
    if (doing != congestion) {
      trace.onCongestionState(nowNanos, congestion, doing);
      congestion = doing;
    }
  }

  // ---- Life ----

  private void observePhase(ConnectionTrace trace, long nowNanos) {
    if (!state.closing.isOpen() && !closedTold) {
      closedTold = true;
      trace.onClosed(nowNanos, state.closing.reason());
    }
    Phase now = presentPhase();
    if (now != phase) {
      trace.onPhase(nowNanos, phase, now);
      phase = now;
    }
  }

  private Phase presentPhase() {
    return switch (state.closing.state()) {
      case CLOSING -> Phase.CLOSING;
      case DRAINING -> Phase.DRAINING;
      case DRAINED -> Phase.CLOSED;
      case OPEN -> {
        if (state.confirmed) {
          yield Phase.HANDSHAKE_CONFIRMED;
        }
        if (state.established) {
          yield Phase.HANDSHAKE_COMPLETE;
        }
        yield state.writer(state.handshake) != null ? Phase.HANDSHAKE_STARTED : Phase.ATTEMPTED;
      }
    };
  }
}
