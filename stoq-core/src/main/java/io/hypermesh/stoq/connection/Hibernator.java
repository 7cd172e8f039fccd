package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.handshake.TlsSettings;
import io.hypermesh.stoq.packet.TransportParameters;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Turns quiet connections into {@link DormantConnection}s, and has them share what is the same for
 * many. One for all connections of a thread, which owns it.
 */
public final class Hibernator {
  /** More than all parts together save, with every range and ID that there may be. */
  private static final int SAVED_BYTES_MAX = 8 << 10;

  private final ConnectionIdSource ids;
  private final TlsSettings tlsSettings;
  private final ByteBuffer buffer = ByteBuffer.allocate(SAVED_BYTES_MAX);

  /** The limits of the peer whose connection came last: most have the same. */
  private @Nullable TransportParameters peer;

  /**
   * @param ids that connections were made with
   * @param tlsSettings that connections were made with
   */
  public Hibernator(ConnectionIdSource ids, TlsSettings tlsSettings) {
    this.ids = ids;
    this.tlsSettings = tlsSettings;
  }

  /**
   * Has a connection hibernate; it isn't to be used any more then.
   *
   * @return null where it isn't quiet, and nothing changed: before the handshake is confirmed,
   *     while anything is in flight, owed, awaited or to be told, and where it is traced
   */
  public @Nullable DormantConnection hibernate(Connection connection) {
    if (!isQuiet(connection)) {
      return null;
    }
    ConnectionState state = connection.state;
    buffer.clear();
    SavedIds.putToken(buffer, state.remoteIds.current().resetToken());
    save(state, buffer);
    connection.lifetime.save(buffer);
    buffer.putInt(connection.frames.newTokens());
    buffer.putInt(connection.builder.frames.unansweredPackets());
    state.oneRtt.shrink();
    byte[] saved = Arrays.copyOf(buffer.array(), buffer.position());
    return new DormantConnection(connection, ids, shared(state.peer), tlsSettings, saved);
  }

  /** In the order in which the state's constructor reads it. */
  private static void save(ConnectionState state, ByteBuffer out) {
    state.aeadLimits.save(out);
    state.packetNumberGaps.save(out);
    state.quicBit.save(out);
    state.localIds.save(out);
    state.remoteIds.save(out);
    state.path.recovery().save(out);
    state.recovery.save(out);
    state.application.save(out);
    out.putLong(state.peerAckFrequency);
  }

  private static boolean isQuiet(Connection connection) {
    ConnectionState state = connection.state;
    return state.confirmed
        && state.closing.isOpen()
        && state.events.isEmpty()
        && connection.aliasDeadlineNanos == Long.MAX_VALUE
        && connection.handshake.tls().isQuiet()
        && state.tracing.isOff()
        && state.undecryptable.isEmpty()
        && state.early.isOver()
        && state.oneRtt.isQuiet()
        && state.recovery.isQuiet()
        && state.initial.isQuiet()
        && state.handshake.isQuiet()
        && state.application.isQuiet()
        && state.paths.isQuiet()
        && state.localIds.isQuiet()
        && state.remoteIds.isQuiet()
        && owesNothing(state);
  }

  private static boolean owesNothing(ConnectionState state) {
    return !state.handshakeDoneOwed
        && !state.pingOwed
        && !state.issuedTokens.hasOwed()
        && !state.ackFrequency.isOwed()
        && !state.streams.hasPending()
        && state.datagrams.isQuiet();
  }

  private @Nullable TransportParameters shared(@Nullable TransportParameters own) {
    if (own == null) {
      return null;
    }
    TransportParameters limits = own.withoutIds();
    if (!limits.equals(peer)) {
      peer = limits;
      return limits;
    }
    return peer;
  }
}
