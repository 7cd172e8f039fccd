package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.handshake.ClientSession;
import io.hypermesh.stoq.handshake.HandshakeEvent;
import io.hypermesh.stoq.handshake.HandshakeTask;
import io.hypermesh.stoq.handshake.KeyExporter;
import io.hypermesh.stoq.handshake.SessionBinding;
import io.hypermesh.stoq.handshake.TlsHandshake;
import io.hypermesh.stoq.handshake.TlsSettings;
import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.packet.FrameType;
import io.hypermesh.stoq.packet.PreferredAddress;
import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.packet.StatelessResetToken;
import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.packet.TransportException;
import io.hypermesh.stoq.packet.TransportParameters;
import io.hypermesh.stoq.protection.CipherSuite;
import io.hypermesh.stoq.protection.PacketProtection;
import io.hypermesh.stoq.stream.StreamSettings;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Joins TLS to the packet spaces: CRYPTO bytes in and out, keys as they come, the peer's transport
 * parameters (RFC 9001, 4; RFC 9000, 7). Owned by the connection's thread.
 */
final class HandshakeDriver implements AutoCloseable {
  private static final long NANOS_PER_MILLI = 1_000_000;

  private final ConnectionState state;
  private final TlsHandshake tls;
  private @Nullable KeyExporter exporter;
  private final @Nullable TransportParameters remembered;

  private HandshakeDriver(
      ConnectionState state, TlsHandshake tls, @Nullable TransportParameters remembered) {
    this.state = state;
    this.tls = tls;
    this.remembered = remembered;
  }

  /** A client's handshake. */
  static HandshakeDriver client(ConnectionState state, TlsSettings settings, ClientStart start) {
    ClientSession session = start.session();
    TransportParameters limits =
        session != null && start.earlyData() ? RememberedParameters.of(session) : null;
    TlsHandshake tls =
        TlsHandshake.client(
            settings,
            start.serverName(),
            start.remote().getPort(),
            own(state).encode(),
            () -> state.versions.current().wire(),
            session,
            limits != null);
    return new HandshakeDriver(state, tls, limits);
  }

  /** What goes on behind a handshake that another one has completed. */
  static HandshakeDriver complete(
      ConnectionState state, TlsHandshake tls, @Nullable KeyExporter exporter) {
    HandshakeDriver driver = new HandshakeDriver(state, tls, null);
    driver.exporter = exporter;
    return driver;
  }

  /** A server's handshake. */
  static HandshakeDriver server(ConnectionState state, TlsSettings settings) {
    TransportParameters own = own(state);
    SessionBinding binding =
        new SessionBinding(
            () -> state.versions.current().wire(),
            RememberedParameters.encode(own),
            promised -> RememberedParameters.hold(promised, own));
    state.early = new EarlyData(settings.resumption().earlyData() != null);
    return new HandshakeDriver(state, TlsHandshake.server(settings, own.encode(), binding), null);
  }

  /**
   * Takes a CRYPTO frame.
   *
   * @return false, and nothing changed, where its packet is to be treated as lost
   */
  boolean onCrypto(PacketSpace space, long offset, MemorySegment data, long dataOffset, int length)
      throws TransportException {
    boolean taken =
        space
            .crypto()
            .receive(
                offset,
                data,
                dataOffset,
                length,
                (bytes, from, count) -> tls.handleCrypto(space.level(), bytes, from, count));
    if (isFollowed(space)) {
      requireConsumed(space);
    }
    return taken;
  }

  /** Whether the keys of the next level are there, so that this one has no more to say. */
  private boolean isFollowed(PacketSpace space) {
    return space == state.initial
        ? state.reader(state.handshake) != null
        : space == state.handshake && state.oneRtt.reader() != null;
  }

  /**
   * Nothing of a level may be left once the keys of the next one are there, not even behind a gap
   * (RFC 9001, 4.1.3). TLS refuses what comes in order.
   */
  private static void requireConsumed(PacketSpace space) throws TransportException {
    if (space.crypto().hasGap()) {
      throw new TransportException(
          TransportErrorCode.PROTOCOL_VIOLATION,
          FrameType.CRYPTO,
          "handshake bytes of level " + space.level() + " are left behind a gap");
    }
  }

  TlsHandshake tls() {
    return tls;
  }

  /** Who exports keys of this connection, until it ends; null before the handshake is complete. */
  @Nullable KeyExporter exporter() {
    return exporter;
  }

  @Nullable HandshakeTask pollTask() {
    return tls.pollTask();
  }

  void onTaskDone(HandshakeTask task) throws TransportException {
    tls.handleTaskDone(task);
  }

  /** Does what TLS asks for; true where new keys to read with came. */
  boolean drainEvents(long nowNanos) throws TransportException {
    boolean newKeys = false;
    HandshakeEvent event;
    while ((event = tls.pollEvent()) != null) {
      switch (event) {
        case HandshakeEvent.CryptoData data ->
            state.space(data.level()).crypto().append(data.data());
        case HandshakeEvent.TrafficSecrets secrets -> {
          install(secrets, nowNanos);
          if (secrets.readSecret() != null) {
            newKeys = true;
            requireConsumed(
                secrets.level() == EncryptionLevel.ONE_RTT ? state.handshake : state.initial);
          }
        }
        case HandshakeEvent.PeerTransportParameters parameters -> acceptPeer(parameters.encoded());
        case HandshakeEvent.HandshakeComplete complete -> onComplete(complete, nowNanos);
        case HandshakeEvent.EarlyDataBegun begun -> onEarlyData(begun);
        case HandshakeEvent.EarlyDataDecided decided ->
            onEarlyDataDecided(decided.accepted(), nowNanos);
        case HandshakeEvent.SessionKept kept -> keep(kept.session());
      }
    }
    return newKeys;
  }

  private void install(HandshakeEvent.TrafficSecrets secrets, long nowNanos) {
    byte[] read = secrets.readSecret();
    byte[] write = secrets.writeSecret();
    CipherSuite suite = secrets.suite();
    if (secrets.level() == EncryptionLevel.ZERO_RTT) {
      installZeroRtt(suite, read, write);
      return;
    }
    QuicVersion version = state.versions.current();
    if (secrets.level() == EncryptionLevel.ONE_RTT) {
      // These secrets are the source of later generations: OneRttKeys erases them.
      if (read != null) {
        state.oneRtt.installRead(version, suite, read);
      }
      if (write != null) {
        state.oneRtt.installWrite(version, suite, write);
        state.early.stopSending(); // RFC 9001, 4.9.3
      }
      return;
    }
    if (read != null) {
      state.handshake.installRead(protect(version, suite, read));
      Arrays.fill(read, (byte) 0);
    }
    if (write != null) {
      state.handshake.installWrite(protect(version, suite, write));
      Arrays.fill(write, (byte) 0);
      state.recovery.onHandshakeKeys(nowNanos);
    }
  }

  private PacketProtection protect(QuicVersion version, CipherSuite suite, byte[] secret) {
    return state.settings.packetProtection().create(version, suite, secret);
  }

  // ---- Early data ----

  private void installZeroRtt(CipherSuite suite, byte @Nullable [] read, byte @Nullable [] write) {
    QuicVersion version = state.versions.original(); // RFC 9369, 4.1
    if (read != null) {
      state.early.installRead(protect(version, suite, read));
      Arrays.fill(read, (byte) 0);
    }
    if (write != null && remembered != null) {
      state.early.open(protect(version, suite, write), remembered);
      Arrays.fill(write, (byte) 0);
    }
  }

  private void onEarlyData(HandshakeEvent.EarlyDataBegun begun) {
    if (!state.client) {
      state.early.accept();
    } else if (remembered != null) {
      state.peer = remembered;
      state.applyStreamLimits(remembered);
    }
    state.datagrams.payloadBytesMax(state.datagramPayloadBytesMax());
    state.events.add(
        new ConnectionEvent.EarlyDataBegun(
            begun.applicationProtocol(), begun.peerCertificates(), begun.serverName()));
  }

  private void onEarlyDataDecided(boolean accepted, long nowNanos) {
    if (accepted) {
      state.early.accept();
      return;
    }
    state.early.reject();
    if (state.client) {
      state.takeBackEarlyData(nowNanos);
      state.events.add(new ConnectionEvent.EarlyDataRejected());
    } else {
      state.undecryptable.drop(EncryptionLevel.ZERO_RTT);
    }
  }

  private void keep(ClientSession session) {
    TransportParameters peer = state.peer;
    if (peer != null) {
      session.remember(RememberedParameters.encode(peer));
    }
    state.events.add(new ConnectionEvent.SessionKept(session));
  }

  private void onComplete(HandshakeEvent.HandshakeComplete complete, long nowNanos) {
    state.established = true;
    state.tracing.onApplicationProtocol(complete.applicationProtocol());
    exporter = complete.exporter();
    if (state.early.mayStillBeAccepted()) {
      onEarlyDataDecided(false, nowNanos); // the client has announced none
    }
    TransportParameters peer = state.peer;
    if (peer != null) {
      state.localIds.peerLimit(peer.activeConnectionIdLimit());
    }
    state.datagrams.payloadBytesMax(state.datagramPayloadBytesMax());
    state.events.add(
        new ConnectionEvent.Established(
            complete.applicationProtocol(),
            complete.peerCertificates(),
            complete.serverName(),
            complete.exporter(),
            complete.resumed(),
            state.early.state() == EarlyData.State.ACCEPTED));
    if (!state.client) {
      // For a server, complete is confirmed (RFC 9001, 4.1.2).
      state.handshakeDoneOwed = true;
      state.confirm(nowNanos);
    }
  }

  // ---- Transport parameters ----

  /** This side's parameters, for TLS to carry. */
  private static TransportParameters own(ConnectionState state) {
    ConnectionSettings settings = state.settings;
    StreamSettings streams = settings.streams();
    LocalConnectionIds localIds = state.localIds;
    TransportParameters.Builder builder =
        TransportParameters.builder()
            .initialSourceConnectionId(localIds.first())
            .maxIdleTimeoutMillis(settings.idleTimeoutNanos() / NANOS_PER_MILLI)
            .maxUdpPayloadSize(settings.datagramReceiveBytesMax())
            .initialMaxData(streams.connectionWindowBytes())
            .initialMaxStreamDataBidirectionalLocal(streams.streamWindowBytes())
            .initialMaxStreamDataBidirectionalRemote(streams.streamWindowBytes())
            .initialMaxStreamDataUnidirectional(streams.streamWindowBytes())
            .initialMaxStreamsBidirectional(streams.bidirectionalStreamsMax())
            .initialMaxStreamsUnidirectional(streams.unidirectionalStreamsMax())
            .maxAckDelayMillis(settings.maxAckDelayMillis())
            .minAckDelayMicros(settings.minAckDelayMicros())
            .maxDatagramFrameSize(settings.datagramFrameBytesMax())
            .activeConnectionIdLimit(settings.activeConnectionIdLimit())
            .greaseQuicBit(settings.greaseQuicBit())
            .versionInformation(state.versions.own(state.random.nextInt()))
            .disableActiveMigration(settings.paths().disableActiveMigration());
    if (!state.client) {
      builder
          .originalDestinationConnectionId(state.originalDestination)
          .retrySourceConnectionId(state.retrySource)
          .statelessResetToken(
              StatelessResetToken.of(localIds.statelessResetToken(localIds.first())))
          .preferredAddress(preferredAddress(settings, localIds));
    }
    return state.tracing.ofLocal(builder.build());
  }

  /** Where a server wants its client to go, with an ID to use there (RFC 9000, 9.6). */
  private static @Nullable PreferredAddress preferredAddress(
      ConnectionSettings settings, LocalConnectionIds localIds) {
    InetSocketAddress address = settings.paths().preferredAddress();
    if (address == null) {
      return null;
    }
    ConnectionId id = localIds.preferred();
    return new PreferredAddress(
        null, address, id, StatelessResetToken.of(localIds.statelessResetToken(id)));
  }

  private void acceptPeer(byte[] encoded) throws TransportException {
    TransportParameters peer = TransportParameters.decode(encoded, !state.client);
    authenticate(peer);
    agreeOnVersion(peer);
    if (remembered != null && state.early.state() == EarlyData.State.ACCEPTED) {
      RememberedParameters.requireKept(remembered, peer);
    }
    state.peer = peer;
    state.applyStreamLimits(peer);
    state.recovery.setPeerMaxAckDelayNanos(peer.maxAckDelayMillis() * NANOS_PER_MILLI);
    state.ackFrequency.onPeer(peer, peer.maxAckDelayMillis() * NANOS_PER_MILLI);
    StatelessResetToken resetToken = peer.statelessResetToken();
    if (resetToken != null) {
      state.remoteIds.firstResetToken(resetToken);
    }
    PreferredAddress preferred = peer.preferredAddress();
    if (preferred != null) {
      requireIds();
      state.remoteIds.addPreferred(preferred.connectionId(), preferred.resetToken());
    }
    state.path.recovery().mtu().limit(peer.maxUdpPayloadSize());
  }

  /** RFC 9000, 18.2: who has no connection IDs can't be told apart at another address. */
  private void requireIds() throws TransportException {
    if (state.remoteIds.active().length() == 0) {
      throw new TransportException(
          TransportErrorCode.TRANSPORT_PARAMETER_ERROR,
          FrameType.CRYPTO,
          "preferred_address from a server whose connection IDs have no bytes");
    }
  }

  /**
   * The connection IDs that were used in the clear are the ones that the peer means (RFC 9000,
   * 7.3): otherwise someone on the path has changed them.
   */
  private void authenticate(TransportParameters peer) throws TransportException {
    check(
        "initial_source_connection_id", peer.initialSourceConnectionId(), state.peerInitialSource);
    if (state.client) {
      check(
          "original_destination_connection_id",
          peer.originalDestinationConnectionId(),
          state.originalDestination);
      check("retry_source_connection_id", peer.retrySourceConnectionId(), state.retrySource);
    }
  }

  /** A client checks the server's choice; a server makes it, before it says anything by TLS. */
  private void agreeOnVersion(TransportParameters peer) throws TransportException {
    if (state.client) {
      state.versions.checkServer(peer.versionInformation());
      return;
    }
    QuicVersion chosen = state.versions.chooseForClient(peer.versionInformation());
    if (chosen != state.versions.current()) {
      state.changeVersion(chosen);
      tls.answerTransportParameters(own(state).encode());
    }
  }

  private static void check(String name, @Nullable ConnectionId told, @Nullable ConnectionId seen)
      throws TransportException {
    if (!Objects.equals(told, seen)) {
      throw new TransportException(
          TransportErrorCode.TRANSPORT_PARAMETER_ERROR,
          0,
          name + " is " + told + ", but the packets had " + seen);
    }
  }

  /** Erases the secrets that TLS holds, and the exporter's. */
  @Override
  public void close() {
    tls.close();
    if (exporter != null) {
      exporter.close();
    }
  }
}
