package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.datagram.Datagrams;
import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.packet.FrameEncoder;
import io.hypermesh.stoq.packet.PacketHeaders;
import io.hypermesh.stoq.packet.PacketNumbers;
import io.hypermesh.stoq.packet.PreferredAddress;
import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.packet.TransportParameters;
import io.hypermesh.stoq.protection.CipherSuite;
import io.hypermesh.stoq.protection.InitialSecrets;
import io.hypermesh.stoq.protection.PacketProtection;
import io.hypermesh.stoq.recovery.AckRanges;
import io.hypermesh.stoq.recovery.EcnValidation;
import io.hypermesh.stoq.recovery.PacketNumberSpace;
import io.hypermesh.stoq.recovery.PathMtu;
import io.hypermesh.stoq.recovery.PathRecovery;
import io.hypermesh.stoq.recovery.ReceivedPackets;
import io.hypermesh.stoq.recovery.Recovery;
import io.hypermesh.stoq.recovery.RttEstimator;
import io.hypermesh.stoq.stream.StreamSet;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * What the parts of one connection share: who it is, how far its handshake has come, and the
 * machines for streams, recovery, IDs and path. Owned by the connection's thread.
 */
final class ConnectionState {
  private static final int PTO_FACTOR = 3;

  /** Of the connection ID that comes with a preferred address (RFC 9000, 5.1.1). */
  private static final long PREFERRED_ADDRESS_SEQUENCE_NUMBER = 1;

  private static final long NANOS_PER_MILLI = 1_000_000;

  /** A peer's longer timeout counts as this one, 34 years, which still fits in nanoseconds. */
  private static final long IDLE_TIMEOUT_MILLIS_MAX = 1L << 40;

  final boolean client;
  final ConnectionSettings settings;
  final SecureRandom random;
  final ArrayDeque<ConnectionEvent> events = new ArrayDeque<>();
  final PacketSpace initial;
  final PacketSpace handshake;
  final PacketSpace application;
  final OneRttKeys oneRtt;
  final AeadLimits aeadLimits;

  /** What was written since the connection was called, and waits for its protection. */
  final PacketSealer sealer = new PacketSealer();

  final StreamSet streams;
  final StreamEvents streamEvents;
  final Datagrams datagrams;
  final LocalConnectionIds localIds;
  final RemoteConnectionIds remoteIds;
  final VersionNegotiation versions;
  final QuicBit quicBit;
  final IssuedTokens issuedTokens = new IssuedTokens();
  final Paths paths;

  /** The path that is used: {@link Paths#active()}. */
  Path path;

  final Recovery recovery;
  final AckFrequency ackFrequency;

  /** The number of the peer's newest ACK_FREQUENCY frame. */
  long peerAckFrequency = -1;

  final Closing closing = new Closing();
  final PacketNumberGaps packetNumberGaps;
  final UndecryptablePackets undecryptable;
  final Tracing tracing;

  /** The destination of the client's very first packet (RFC 9000, 7.3). */
  final ConnectionId originalDestination;

  /** The source of the Retry packet, if there was one. */
  @Nullable ConnectionId retrySource;

  /** The source of the peer's first authentic Initial packet; null until it came. */
  @Nullable ConnectionId peerInitialSource;

  /** What a Retry or an earlier connection gave to the client, for its Initial packets. */
  byte[] token = new byte[0];

  /** 0-RTT packets. */
  EarlyData early = new EarlyData(false);

  /** The peer's limits; null until they came, or are remembered for early data. */
  @Nullable TransportParameters peer;

  /** The handshake is complete (RFC 9001, 4.1.1). */
  boolean established;

  /** The handshake is confirmed (RFC 9001, 4.1.2). */
  boolean confirmed;

  /** A server owes HANDSHAKE_DONE. */
  boolean handshakeDoneOwed;

  /** A PING is to be sent, to keep the connection alive. */
  boolean pingOwed;

  private final PacketSpace[] spaces;
  private ConnectionId initialKeysId;

  ConnectionState(
      boolean client,
      ConnectionSettings settings,
      SecureRandom random,
      ConnectionIdSource ids,
      ConnectionId originalDestination,
      ConnectionId remoteId,
      InetSocketAddress remote,
      boolean addressValidated,
      VersionNegotiation versions) {
    this.client = client;
    this.settings = settings;
    this.random = random;
    this.packetNumberGaps = new PacketNumberGaps(random);
    this.ackFrequency = new AckFrequency();
    this.oneRtt = new OneRttKeys(settings.packetProtection(), settings.keyUpdatePackets());
    this.aeadLimits =
        new AeadLimits(settings.confidentialityLimitPackets(), settings.integrityLimitPackets());
    this.originalDestination = originalDestination;
    this.initialKeysId = originalDestination;
    this.versions = versions;
    this.quicBit = new QuicBit(settings.greaseQuicBit(), random);
    this.remoteIds = new RemoteConnectionIds(remoteId, settings.activeConnectionIdLimit());
    this.path = new Path(0, remote, remoteIds.current(), newPathRecovery(), !addressValidated);
    this.paths = new Paths(this, path, this::newPathRecovery);
    this.recovery =
        new Recovery(
            !client,
            path.recovery(),
            TransportParameters.MAX_ACK_DELAY_MILLIS_DEFAULT * NANOS_PER_MILLI);
    this.initial = space(PacketNumberSpace.INITIAL, EncryptionLevel.INITIAL);
    this.handshake = space(PacketNumberSpace.HANDSHAKE, EncryptionLevel.HANDSHAKE);
    this.application = space(PacketNumberSpace.APPLICATION, EncryptionLevel.ONE_RTT);
    this.spaces = new PacketSpace[] {initial, handshake, application};
    this.streamEvents = new StreamEvents(this);
    this.streams = new StreamSet(client, settings.streams(), streamEvents);
    this.datagrams =
        new Datagrams(settings.datagramSendQueueBytes(), settings.datagramReceiveQueueBytes());
    this.localIds = new LocalConnectionIds(ids, events::add);
    this.undecryptable = new UndecryptablePackets(settings.undecryptablePacketsMax());
    this.tracing = new Tracing(this);
  }

  /** Goes on where another one hibernates. */
  ConnectionState(DormantConnection dormant, ByteBuffer saved) {
    this.client = dormant.client;
    this.settings = dormant.settings;
    this.random = dormant.random;
    this.originalDestination = dormant.originalDestination;
    this.initialKeysId = originalDestination;
    this.retrySource = dormant.retrySource;
    this.peerInitialSource = dormant.peerInitialSource;
    this.peer = dormant.peer;
    this.versions = dormant.versions;
    this.ackFrequency = dormant.ackFrequency;
    this.oneRtt = dormant.oneRtt;
    this.datagrams = dormant.datagrams;
    this.streams = dormant.streams;
    this.streamEvents = dormant.streamEvents;
    streamEvents.owner(this);
    this.aeadLimits =
        new AeadLimits(settings.confidentialityLimitPackets(), settings.integrityLimitPackets());
    aeadLimits.restore(saved);
    this.packetNumberGaps = new PacketNumberGaps(random, saved);
    this.quicBit = new QuicBit(settings.greaseQuicBit(), random);
    quicBit.restore(saved);
    this.localIds = new LocalConnectionIds(dormant.ids, events::add, saved);
    this.remoteIds = new RemoteConnectionIds(settings.activeConnectionIdLimit(), saved);
    this.path =
        new Path(dormant.socket, dormant.remote, remoteIds.current(), newPathRecovery(), false);
    path.localId(localIds.first());
    path.recovery().restore(saved);
    this.paths = new Paths(this, path, this::newPathRecovery);
    this.recovery = new Recovery(!client, path.recovery(), 0);
    recovery.restore(saved);
    this.initial = space(PacketNumberSpace.INITIAL, EncryptionLevel.INITIAL);
    this.handshake = space(PacketNumberSpace.HANDSHAKE, EncryptionLevel.HANDSHAKE);
    initial.discard();
    handshake.discard();
    this.application = space(PacketNumberSpace.APPLICATION, EncryptionLevel.ONE_RTT);
    application.restore(saved, settings.cryptoBufferBytesMax());
    this.spaces = new PacketSpace[] {initial, handshake, application};
    this.undecryptable = new UndecryptablePackets(settings.undecryptablePacketsMax());
    this.tracing = Tracing.off(this);
    this.early = dormant.early;
    this.peerAckFrequency = saved.getLong();
    this.established = true;
    this.confirmed = true;
  }

  /** For a path of which nothing is known. */
  private PathRecovery newPathRecovery() {
    PathMtu mtu = new PathMtu(settings.datagramSendBytes());
    TransportParameters known = peer;
    if (known != null) {
      mtu.limit(known.maxUdpPayloadSize());
    }
    return new PathRecovery(
        settings.congestion().create(mtu.currentBytes(), random),
        mtu,
        new EcnValidation(settings.paths().ecn()));
  }

  private PacketSpace space(PacketNumberSpace number, EncryptionLevel level) {
    return new PacketSpace(
        number,
        level,
        settings.cryptoBufferBytesMax(),
        new ReceivedPackets(
            number, settings.maxAckDelayMillis() * NANOS_PER_MILLI, AckRanges.RANGES_MAX_DEFAULT));
  }

  /** The three spaces, in the order in which their packets are coalesced (RFC 9000, 12.2). */
  PacketSpace[] spaces() {
    return spaces;
  }

  PacketSpace space(EncryptionLevel level) {
    return switch (level) {
      case INITIAL -> initial;
      case HANDSHAKE -> handshake;
      case ZERO_RTT, ONE_RTT -> application;
    };
  }

  PacketSpace space(PacketNumberSpace number) {
    return switch (number) {
      case INITIAL -> initial;
      case HANDSHAKE -> handshake;
      case APPLICATION -> application;
    };
  }

  /** What the peer's transport parameters say about streams. */
  void applyStreamLimits(TransportParameters limits) {
    streams.peerLimits(
        limits.initialMaxData(),
        limits.initialMaxStreamDataBidirectionalLocal(),
        limits.initialMaxStreamDataBidirectionalRemote(),
        limits.initialMaxStreamDataUnidirectional(),
        limits.initialMaxStreamsBidirectional(),
        limits.initialMaxStreamsUnidirectional());
  }

  /**
   * No 0-RTT packet that was sent has been received, nor will be: what they carried is sent again
   * from the beginning, once there are limits for it (RFC 9001, 4.6.2; RFC 9002, 6.4).
   */
  void takeBackEarlyData(long nowNanos) {
    recovery.discardSpace(application.number(), nowNanos);
    streams.restartSending();
  }

  /** The keys that open packets of a space now, or null; for 1-RTT, those of the current phase. */
  @Nullable PacketProtection reader(PacketSpace space) {
    return space == application ? oneRtt.reader() : space.reader();
  }

  /** The keys that seal packets of a space, or null; those of 0-RTT where they are there. */
  @Nullable PacketProtection writer(PacketSpace space) {
    if (space != application) {
      return space.writer();
    }
    PacketProtection zeroRtt = early.writer();
    return zeroRtt != null ? zeroRtt : oneRtt.writer();
  }

  /** The level of the packets that are sent in a space now. */
  EncryptionLevel sendLevel(PacketSpace space) {
    return space == application && early.writer() != null
        ? EncryptionLevel.ZERO_RTT
        : space.level();
  }

  /** Whether the keys of a space may protect no further packet but the close (RFC 9001, 6.6). */
  boolean isExhausted(PacketSpace space) {
    PacketProtection keys = writer(space);
    return keys != null && aeadLimits.isExhausted(keys, sealer.sealedCount(keys));
  }

  /** Derives the Initial keys from a destination connection ID of the client (RFC 9001, 5.2). */
  void installInitialKeys(ConnectionId clientDestination) {
    initialKeysId = clientDestination;
    InitialSecrets secrets =
        InitialSecrets.derive(settings.packetProtection(), versions.current(), clientDestination);
    initial.installRead(client ? secrets.server() : secrets.client());
    initial.installWrite(client ? secrets.client() : secrets.server());
  }

  /** Has Initial keys of another version at hand, from the same connection ID (RFC 9369, 4.1). */
  private void installOtherInitialKeys(QuicVersion version) {
    InitialSecrets secrets =
        InitialSecrets.derive(settings.packetProtection(), version, initialKeysId);
    initial.installOther(
        client ? secrets.server() : secrets.client(), client ? secrets.client() : secrets.server());
  }

  /** The keys that open packets of a space and version, or null. */
  @Nullable PacketProtection reader(PacketSpace space, @Nullable QuicVersion version) {
    if (version == null || version == versions.current() || space != initial) {
      return reader(space);
    }
    if (space.otherReader() == null) {
      installOtherInitialKeys(version);
    }
    return space.otherReader();
  }

  /** Goes over to the negotiated version. */
  void changeVersion(QuicVersion negotiated) {
    if (initial.otherReader() == null) {
      installOtherInitialKeys(negotiated);
    }
    initial.swapVersions();
    versions.change(negotiated);
  }

  /** Discards a space with everything that belongs to it (RFC 9001, 4.9; RFC 9002, 6.4). */
  void discard(PacketSpace space, long nowNanos) {
    if (!space.isDiscarded()) {
      sealer.seal();
      space.discard();
      recovery.discardSpace(space.number(), nowNanos);
    }
  }

  /** The next event, or null; what it tells of is told again once there is more. */
  @Nullable ConnectionEvent pollEvent() {
    ConnectionEvent event = events.poll();
    if (event instanceof ConnectionEvent.StreamReadable readable) {
      readable.stream().readableTold();
    } else if (event instanceof ConnectionEvent.StreamWritable writable) {
      writable.stream().writableTold();
    } else if (event instanceof ConnectionEvent.DatagramsReadable) {
      datagrams.readableTold();
    } else if (event instanceof ConnectionEvent.DatagramsWritable) {
      datagrams.writableTold();
    }
    return event;
  }

  /** Both sides know that the handshake is complete (RFC 9001, 4.1.2 and 4.9.2). */
  void confirm(long nowNanos) {
    if (!confirmed) {
      confirmed = true;
      discard(initial, nowNanos);
      discard(handshake, nowNanos);
      recovery.onHandshakeConfirmed(nowNanos);
      events.add(new ConnectionEvent.HandshakeConfirmed());
      followPreferredAddress(nowNanos);
    }
  }

  /** A client moves to where its server wants it, if that can be reached (RFC 9000, 9.6). */
  private void followPreferredAddress(long nowNanos) {
    PreferredAddress preferred = peer == null ? null : peer.preferredAddress();
    InetSocketAddress remote = preferred == null ? null : preferred.ipv6();
    if (client
        && remote != null
        && settings.paths().followPreferredAddress()
        && RequestForgery.isHarmless(path.remote(), remote)) {
      RemoteConnectionIds.Known id = remoteIds.take(PREFERRED_ADDRESS_SEQUENCE_NUMBER);
      if (id != null) {
        paths.migrate(path.socket(), remote, id, false, nowNanos);
      }
    }
  }

  /** Three probe timeouts, which many rules wait for. */
  long threePtoNanos() {
    return PTO_FACTOR * recovery.probeTimeoutNanos();
  }

  /**
   * The idle timeout of both sides: the smaller one, but never so small that the connection ends
   * before a lost packet is noticed (RFC 9000, 10.1); 0 for none.
   */
  long idleTimeoutNanos() {
    long own = settings.idleTimeoutNanos();
    long peersMillis = peer == null ? 0 : peer.maxIdleTimeoutMillis();
    long peers = Math.min(peersMillis, IDLE_TIMEOUT_MILLIS_MAX) * NANOS_PER_MILLI;
    long agreed = own == 0 ? peers : peers == 0 ? own : Math.min(own, peers);
    return agreed == 0 ? 0 : Math.max(agreed, threePtoNanos());
  }

  /** Bytes of UDP payload that may be sent at once. */
  int datagramBytesMax() {
    return path.recovery().mtu().currentBytes();
  }

  /**
   * What a DATAGRAM frame can carry at most in a packet of its own, as far as the path and the peer
   * allow it (RFC 9221, 3 and 5).
   */
  int datagramPayloadBytesMax() {
    TransportParameters parameters = peer;
    if (parameters == null || parameters.maxDatagramFrameSize() == 0) {
      return 0;
    }
    int packet =
        datagramBytesMax()
            - PacketHeaders.sizeOfShort(remoteIds.active(), PacketNumbers.LENGTH_MAX)
            - CipherSuite.TAG_LENGTH;
    int pathMax = packet - FrameEncoder.sizeOfDatagramHeader(packet, false);
    // What the peer allows counts the frame's fields, the length among them where it is there.
    int frameMax = (int) Math.min(parameters.maxDatagramFrameSize(), packet + 8L);
    int peerMax = frameMax - FrameEncoder.sizeOfDatagramHeader(frameMax, true);
    return Math.max(0, Math.min(pathMax, peerMax));
  }

  /** At a server's limit no probe can be sent, so none is timed (RFC 9002, 6.2.2.1). */
  void noteAmplificationLimit(long nowNanos) {
    if (!client && closing.isOpen()) {
      boolean limited = path.allowance() < PacketReceiver.INITIAL_DATAGRAM_BYTES_MIN;
      recovery.setAmplificationLimited(limited, nowNanos);
    }
  }

  /** Before anything happens to streams: their windows are measured against the round trip. */
  void tellStreamsTime(long nowNanos) {
    RttEstimator rtt = recovery.rtt();
    streams.onTime(nowNanos, rtt.hasSample() ? rtt.smoothedNanos() : 0);
  }
}
