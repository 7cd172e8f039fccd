package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.packet.PacketType;
import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.packet.TransportParameters;
import io.hypermesh.stoq.protection.CipherSuite;
import io.hypermesh.stoq.recovery.CongestionController;
import io.hypermesh.stoq.recovery.EcnValidation;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Is told what happens in one connection, for a log. Called on the connection's thread; must not
 * block, throw or call the connection. Times are those that the connection is given.
 *
 * <p>Packets are told when they are sealed and opened. Changes of the connection's state are found
 * out when it is called next, and told with the time at which they happened.
 */
public interface ConnectionTrace {
  /** Makes the traces of connections. */
  interface Factory {
    /** Makes none. */
    Factory NONE = (client, originalDestination, nowNanos) -> null;

    /**
     * A new connection's trace.
     *
     * @param client whether this side is the client
     * @param originalDestination the destination of the client's first packet
     * @return null for none
     */
    @Nullable ConnectionTrace open(boolean client, ConnectionId originalDestination, long nowNanos);
  }

  /** How far a connection has come. */
  enum Phase {
    /** Its first packet was sent or received. */
    ATTEMPTED,
    /** There are Handshake keys. */
    HANDSHAKE_STARTED,
    /** RFC 9001, 4.1.1. */
    HANDSHAKE_COMPLETE,
    /** RFC 9001, 4.1.2. */
    HANDSHAKE_CONFIRMED,
    /** CONNECTION_CLOSE was sent. */
    CLOSING,
    /** CONNECTION_CLOSE or a stateless reset was received. */
    DRAINING,
    /** Nothing is left of it. */
    CLOSED
  }

  /** Why a packet was dropped. */
  enum Drop {
    /** It breaks a rule for packets that may still be forged. */
    INVALID,
    /** It's for a connection ID that isn't this connection's. */
    CONNECTION_UNKNOWN,
    /** It's of a version or type that isn't taken now. */
    UNSUPPORTED,
    /** Its keys are gone, or will never come. */
    KEY_UNAVAILABLE,
    /** It isn't authentic. */
    DECRYPTION_FAILURE,
    /** It has come before. */
    DUPLICATE
  }

  /** Why keys changed. */
  enum KeyChange {
    /** The handshake went on. */
    TLS,
    /** The peer started a key update. */
    REMOTE_UPDATE,
    /** This side started a key update. */
    LOCAL_UPDATE
  }

  /** How far a move to another path has come. */
  enum Migration {
    /** It's used, and isn't validated yet. */
    STARTED,
    /** It's used, and validated. */
    COMPLETE,
    /** It wasn't validated: back to one before. */
    ABANDONED
  }

  /** The connection was made. */
  void onStarted(
      long nowNanos, InetSocketAddress remote, ConnectionId localId, ConnectionId remoteId);

  /** How it ends; nothing but packets and phases follows. */
  void onClosed(long nowNanos, CloseReason reason);

  /** Nothing more will be told. */
  void onEnd(long nowNanos);

  /** It's a step further. */
  void onPhase(long nowNanos, @Nullable Phase before, Phase now);

  /**
   * Which version is spoken.
   *
   * @param own what this side speaks
   * @param peers what the peer says that it speaks, as far as known
   */
  void onVersion(long nowNanos, List<QuicVersion> own, List<Integer> peers, QuicVersion chosen);

  /** Which application protocol was agreed on. */
  void onApplicationProtocol(long nowNanos, String protocol);

  /**
   * Transport parameters are known.
   *
   * @param local whether they are this side's
   * @param suite what packets are protected with, or null where that isn't agreed on yet
   */
  void onParameters(
      long nowNanos, boolean local, TransportParameters parameters, @Nullable CipherSuite suite);

  /** These limits of the server hold for early data: it told them in an earlier connection. */
  void onParametersRestored(long nowNanos, TransportParameters parameters);

  /**
   * Packets go to another connection ID than before.
   *
   * @param local whether it's this side's, which the peer sends to
   */
  void onConnectionId(long nowNanos, boolean local, ConnectionId before, ConnectionId now);

  /**
   * A stream's sending or receiving part opens, or is done.
   *
   * @param local whether this side has opened the stream
   */
  void onStreamPart(long nowNanos, long streamId, boolean local, boolean sending, boolean open);

  /** A packet is about to be sealed. */
  void onPacketSent(long nowNanos, TracedPacket packet);

  /** An authentic packet was opened, or a Retry or Version Negotiation packet came. */
  void onPacketReceived(long nowNanos, TracedPacket packet);

  /** A packet that came was dropped. */
  void onPacketDropped(long nowNanos, PacketType type, long lengthBytes, Drop reason);

  /** A packet waits for its keys. */
  void onPacketBuffered(long nowNanos, PacketType type, long lengthBytes);

  /**
   * A packet was declared lost.
   *
   * @param byReordering whether because of packets sent later that were acknowledged; else because
   *     of the time
   */
  void onPacketLost(
      long nowNanos, PacketType type, long packetNumber, boolean mtuProbe, boolean byReordering);

  /** A datagram was sent. */
  void onDatagramSent(long nowNanos, long lengthBytes, int ecn);

  /** A datagram was received. */
  void onDatagramReceived(long nowNanos, long lengthBytes, int ecn);

  /**
   * There are new keys.
   *
   * @param read whether they open what the peer seals
   * @param phase how many updates there were
   */
  void onKeyUpdated(
      long nowNanos, EncryptionLevel level, boolean read, long phase, KeyChange cause);

  /** Keys are erased. */
  void onKeyDiscarded(
      long nowNanos, EncryptionLevel level, boolean read, long phase, KeyChange cause);

  /** What recovery starts with. */
  void onRecoveryParameters(long nowNanos, int datagramBytes, long initialWindowBytes);

  /** What recovery measures has changed. */
  void onMetrics(long nowNanos, @Nullable RecoveryMetrics before, RecoveryMetrics now);

  /** Congestion control does something else than before. */
  void onCongestionState(
      long nowNanos, CongestionController.@Nullable Phase before, CongestionController.Phase now);

  /** What is known of the path's congestion marks. */
  void onEcnState(long nowNanos, EcnValidation.@Nullable State before, EcnValidation.State now);

  /** The path carries larger or smaller datagrams than thought. */
  void onMtu(long nowNanos, int beforeBytes, int nowBytes);

  /** The connection goes over to another path. */
  void onPath(long nowNanos, long pathNumber, InetSocketAddress remote);

  /** A move to another path goes on. */
  void onMigration(long nowNanos, long pathNumber, Migration now);
}
