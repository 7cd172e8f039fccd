package io.hypermesh.stoq.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.connection.CloseReason;
import io.hypermesh.stoq.connection.Connection;
import io.hypermesh.stoq.connection.ConnectionSettings;
import io.hypermesh.stoq.handshake.ClientSession;
import io.hypermesh.stoq.handshake.HandshakeEvent;
import io.hypermesh.stoq.handshake.HandshakeTask;
import io.hypermesh.stoq.handshake.SessionBinding;
import io.hypermesh.stoq.handshake.TestTlsSettings;
import io.hypermesh.stoq.handshake.TlsHandshake;
import io.hypermesh.stoq.handshake.TlsSettings;
import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.packet.PacketHeader;
import io.hypermesh.stoq.packet.PacketHeaders;
import io.hypermesh.stoq.packet.PacketType;
import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.packet.StatelessResetToken;
import io.hypermesh.stoq.packet.TransportException;
import io.hypermesh.stoq.packet.TransportParameters;
import io.hypermesh.stoq.packet.VersionInformation;
import io.hypermesh.stoq.protection.CipherSuite;
import io.hypermesh.stoq.protection.InitialSecrets;
import io.hypermesh.stoq.protection.KeyUpdate;
import io.hypermesh.stoq.protection.PacketProtection;
import io.hypermesh.stoq.protection.PacketProtectionProviders;
import io.hypermesh.stoq.protection.RetryIntegrity;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * A client or a server that shakes hands with a {@link Connection}, has the real keys, and sends
 * whatever a rule forbids: other transport parameters, other TLS messages, any frames at any level,
 * any bits in a header.
 *
 * <p>It neither acknowledges nor repeats anything: nothing gets lost between the two, and no time
 * passes. What it is to do wrong in the handshake is set before it begins.
 *
 * <pre>
 *   TlsHandshake ──CRYPTO bytes──▶ tamper ──▶ packets ──▶ Connection (the victim)
 *        ▲                                                   │
 *        └──────── RogueReader ◀── packets ◀─────────────────┘ how it closes, at which level
 * </pre>
 */
final class RoguePeer {
  private static final int CRYPTO_BYTES = 1_000;

  /** Where a Retry sends the client to. */
  static final ConnectionId RETRY_SOURCE = ConnectionId.of(new byte[] {5, 5, 5, 5, 5, 5});

  final boolean client;
  final Victim victim = new Victim();
  ConnectionId sourceId = ConnectionId.of(new byte[] {9, 9, 9, 9, 9, 9, 9, 9});
  QuicVersion version = QuicVersion.V1;

  /** What a client resumes; the last that it got. */
  ClientSession session;

  private final Map<EncryptionLevel, RogueLevel> levels = new EnumMap<>(EncryptionLevel.class);
  private final RogueReader reader = new RogueReader(this::onCrypto);
  private final ConnectionId originalDestination =
      ConnectionId.of(new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
  private ConnectionId destination = originalDestination;
  private ConnectionId seenDestination = originalDestination;
  private UnaryOperator<byte[]> parameters = UnaryOperator.identity();
  private BiFunction<EncryptionLevel, byte[], byte[]> tamper = (level, data) -> data;
  private Consumer<TlsSettings.Builder> tlsSettings = builder -> {};
  private TlsHandshake tls;
  private CipherSuite suite = CipherSuite.AES_128_GCM_SHA256;
  private byte[] readSecret = new byte[0];
  private byte[] writeSecret = new byte[0];
  private boolean keyPhase;
  private boolean holding;
  private EncryptionLevel heldFrom = EncryptionLevel.ONE_RTT;

  RoguePeer(boolean client) {
    this.client = client;
    for (EncryptionLevel level : EncryptionLevel.values()) {
      levels.put(level, new RogueLevel(level));
    }
  }

  // ---- What it does wrong in the handshake ----

  RoguePeer parameters(UnaryOperator<byte[]> change) {
    parameters = change;
    return this;
  }

  /** Changes the handshake bytes of a level. */
  RoguePeer tamper(EncryptionLevel level, UnaryOperator<byte[]> change) {
    tamper = (at, data) -> at == level ? change.apply(data) : data;
    return this;
  }

  RoguePeer tls(Consumer<TlsSettings.Builder> change) {
    tlsSettings = change;
    return this;
  }

  RoguePeer victimSettings(Consumer<ConnectionSettings.Builder> change) {
    victim.settings = change;
    return this;
  }

  // ---- How far it goes ----

  /** The whole handshake, or as far as it gets. */
  RoguePeer handshake() {
    begin();
    exchange();
    return this;
  }

  /** A handshake without offence. */
  RoguePeer connect() {
    handshake();
    assertThat(victim.closeReason).as("closed early").isNull();
    assertThat(victim.connection.isEstablished()).isTrue();
    if (!client) {
      send(EncryptionLevel.ONE_RTT, Frames.sample(0x1e));
    }
    return this;
  }

  /** Until both have the keys of a level, and the rogue has said nothing at it. */
  RoguePeer reach(EncryptionLevel level) {
    holding = true;
    heldFrom = level;
    begin();
    exchange();
    return this;
  }

  /** Says what it held back, and goes on. */
  RoguePeer proceed() {
    holding = false;
    exchange();
    return this;
  }

  /** A server that has its client come again, to another connection ID (RFC 9000, 8.1.2). */
  RoguePeer retry() {
    victim.startClient(version);
    byte[] first = victim.transmit();
    PacketHeader header = new PacketHeader();
    assertThat(header.parse(MemorySegment.ofArray(first), 0, first.length, 0)).isTrue();
    seenDestination = header.destinationConnectionId();
    byte[] retry = new byte[100];
    MemorySegment packet = MemorySegment.ofArray(retry);
    ConnectionId to = header.sourceConnectionId();
    int length =
        PacketHeaders.putRetry(packet, 0, 0, version.wire(), to, RETRY_SOURCE, new byte[] {1});
    length += RetryIntegrity.putTag(packet, 0, length, seenDestination);
    victim.receive(Arrays.copyOf(retry, length));
    installInitial(RETRY_SOURCE);
    return this;
  }

  private void begin() {
    if (victim.connection != null) {
      return;
    }
    if (client) {
      installInitial(originalDestination);
      tls =
          TlsHandshake.client(
              TestTlsSettings.changed(true, 3, tlsSettings),
              TestTlsSettings.HOST,
              4433,
              parameters.apply(honestParameters().encode()),
              version::wire,
              session,
              session != null);
    } else {
      victim.startClient(version);
    }
  }

  private TransportParameters honestParameters() {
    TransportParameters.Builder builder =
        TransportParameters.builder()
            .initialSourceConnectionId(sourceId)
            .initialMaxData(100_000)
            .initialMaxStreamDataBidirectionalLocal(10_000)
            .initialMaxStreamDataBidirectionalRemote(10_000)
            .initialMaxStreamDataUnidirectional(10_000)
            .initialMaxStreamsBidirectional(10)
            .initialMaxStreamsUnidirectional(10)
            .activeConnectionIdLimit(4)
            .versionInformation(new VersionInformation(version.wire(), List.of(version.wire())));
    if (!client) {
      builder
          .originalDestinationConnectionId(seenDestination)
          .statelessResetToken(StatelessResetToken.of(new byte[16]));
    }
    return builder.build();
  }

  private void installInitial(ConnectionId id) {
    InitialSecrets secrets = InitialSecrets.derive(PacketProtectionProviders.JCE, version, id);
    RogueLevel initial = levels.get(EncryptionLevel.INITIAL);
    initial.readers.clear();
    initial.readers.add(client ? secrets.server() : secrets.client());
    initial.writer = client ? secrets.client() : secrets.server();
  }

  // ---- The exchange ----

  /** Until neither side has more to say. */
  void exchange() {
    boolean moved;
    do {
      moved = drainTls();
      moved |= flushCrypto();
      moved |= readVictim();
    } while (moved);
  }

  private boolean drainTls() {
    if (tls == null) {
      return false;
    }
    boolean moved = false;
    try {
      HandshakeTask task;
      while ((task = tls.pollTask()) != null) {
        task.run();
        tls.handleTaskDone(task);
        moved = true;
      }
    } catch (TransportException e) {
      return false;
    }
    HandshakeEvent event;
    while ((event = tls.pollEvent()) != null) {
      moved = true;
      switch (event) {
        case HandshakeEvent.CryptoData data ->
            levels
                .get(data.level())
                .cryptoPending
                .writeBytes(tamper.apply(data.level(), data.data()));
        case HandshakeEvent.TrafficSecrets secrets -> install(secrets);
        case HandshakeEvent.SessionKept kept -> session = kept.session();
        default -> {}
      }
    }
    return moved;
  }

  private void install(HandshakeEvent.TrafficSecrets secrets) {
    RogueLevel level = levels.get(secrets.level());
    suite = secrets.suite();
    byte[] read = secrets.readSecret();
    byte[] write = secrets.writeSecret();
    if (read != null) {
      level.readers.add(PacketProtectionProviders.JCE.create(version, suite, read));
      readSecret = read;
    }
    if (write != null) {
      level.writer = PacketProtectionProviders.JCE.create(version, suite, write);
      writeSecret = write;
    }
  }

  private boolean flushCrypto() {
    boolean moved = false;
    for (RogueLevel level : levels.values()) {
      boolean held = holding && level.level.compareTo(heldFrom) >= 0;
      byte[] data = level.cryptoPending.toByteArray();
      if (held || data.length == 0 || level.writer == null) {
        continue;
      }
      level.cryptoPending.reset();
      for (int at = 0; at < data.length; at += CRYPTO_BYTES) {
        byte[] part = Arrays.copyOfRange(data, at, Math.min(data.length, at + CRYPTO_BYTES));
        long offset = level.cryptoSent;
        level.cryptoSent += part.length;
        send(level.level, Frames.crypto(offset, part));
      }
      moved = true;
    }
    return moved;
  }

  /** Where the next handshake bytes of a level go that the rogue makes up. */
  long cryptoOffset(EncryptionLevel level) {
    return levels.get(level).cryptoSent;
  }

  private void onCrypto(EncryptionLevel at, long offset, byte[] data) throws TransportException {
    RogueLevel level = levels.get(at);
    long end = offset + data.length;
    if (offset > level.cryptoReceived || end <= level.cryptoReceived) {
      return;
    }
    int from = (int) (level.cryptoReceived - offset);
    level.cryptoReceived = end;
    if (tls == null) {
      tls =
          TlsHandshake.server(
              TestTlsSettings.changed(false, 4, tlsSettings),
              parameters.apply(honestParameters().encode()),
              new SessionBinding(version::wire, new byte[0], _ -> true));
    }
    try {
      tls.handleCrypto(at, data, from, data.length - from);
    } catch (TransportException e) {
      throw new AssertionError("the rogue's TLS refuses what the victim sent", e);
    }
    drainTls();
  }

  private boolean readVictim() {
    if (victim.connection == null) {
      return false;
    }
    boolean moved = false;
    byte[] datagram;
    while ((datagram = victim.transmit()) != null) {
      moved = true;
      read(datagram);
    }
    return moved;
  }

  private void read(byte[] bytes) {
    MemorySegment datagram = MemorySegment.ofArray(bytes);
    PacketHeader header = new PacketHeader();
    long at = 0;
    while (header.parse(datagram, at, bytes.length, sourceId.length())) {
      at = header.packetEnd();
      EncryptionLevel level = levelOf(header.type());
      if (level == null) {
        continue;
      }
      if (level != EncryptionLevel.ONE_RTT) {
        if (levels.get(EncryptionLevel.INITIAL).writer == null) {
          seenDestination = header.destinationConnectionId();
          installInitial(seenDestination);
        }
        destination = header.sourceConnectionId();
      }
      byte[] payload = levels.get(level).open(datagram, header);
      if (payload != null) {
        reader.read(level, payload);
      }
    }
  }

  private static EncryptionLevel levelOf(PacketType type) {
    return switch (type) {
      case INITIAL -> EncryptionLevel.INITIAL;
      case ZERO_RTT -> EncryptionLevel.ZERO_RTT;
      case HANDSHAKE -> EncryptionLevel.HANDSHAKE;
      case ONE_RTT -> EncryptionLevel.ONE_RTT;
      default -> null;
    };
  }

  // ---- What it sends ----

  /** Sends frames in a packet of a level. */
  void send(EncryptionLevel level, byte[]... frames) {
    send(level, 0, frames);
  }

  /**
   * Sends frames in a packet of a level.
   *
   * @param firstByteBits more bits for the header's first byte
   */
  void send(EncryptionLevel level, int firstByteBits, byte[]... frames) {
    RogueLevel sender = levels.get(level);
    deliver(packet(sender, keyPhase, firstByteBits).seal(sender.writer, frames));
  }

  /** Sends a 1-RTT packet with given keys, as of a phase. */
  void sendWith(PacketProtection keys, boolean phase, byte[]... frames) {
    deliver(packet(levels.get(EncryptionLevel.ONE_RTT), phase, 0).seal(keys, frames));
  }

  private RoguePacket packet(RogueLevel sender, boolean phase, int firstByteBits) {
    return new RoguePacket(
        sender.level,
        version,
        destination,
        sourceId,
        phase,
        sender.nextPacketNumber++,
        firstByteBits);
  }

  /** Gives the victim a datagram, which is accepted as a server does it, if it is the first. */
  void deliver(byte[] datagram) {
    if (victim.connection == null) {
      victim.startServer(version, originalDestination, sourceId);
    }
    victim.receive(datagram);
  }

  /** Goes on with the next keys; gives those before. */
  PacketProtection updateKeys() {
    RogueLevel level = levels.get(EncryptionLevel.ONE_RTT);
    PacketProtection before = level.writer;
    writeSecret = KeyUpdate.nextSecret(version, suite, writeSecret);
    level.writer = before.update(writeSecret);
    readSecret = KeyUpdate.nextSecret(version, suite, readSecret);
    level.readers.add(level.readers.getLast().update(readSecret));
    keyPhase = !keyPhase;
    return before;
  }

  boolean keyPhase() {
    return keyPhase;
  }

  // ---- IDs ----

  /** The n-th stream that the rogue opens. */
  long ownStream(int n, boolean bidirectional) {
    return 4L * n + (client ? 0 : 1) + (bidirectional ? 0 : 2);
  }

  /** The n-th stream that the victim opens. */
  long victimsStream(int n, boolean bidirectional) {
    return 4L * n + (client ? 1 : 0) + (bidirectional ? 0 : 2);
  }

  // ---- How it ends ----

  /** What the host of the victim is told, and what the rogue could read of it. */
  void assertClosed(Rule rule) {
    long errorCode = rule.errorCode();
    if (!victim.connection.isClosed()) {
      exchange();
    }
    readVictim();
    assertThat(victim.closeReason).as("still open after %s", rule).isNotNull();
    assertThat(victim.closeReason.errorCode())
        .as("%s: %s", rule, victim.closeReason.reason())
        .isEqualTo(errorCode);
    assertThat(victim.closeReason.origin()).isEqualTo(CloseReason.Origin.LOCAL);
    assertThat(victim.closeReason.application()).isFalse();
    assertThat(victim.closeReason.reason()).isNotBlank();
    List<CloseFrame> closes = new ArrayList<>(reader.closes);
    assertThat(closes).as("a readable CONNECTION_CLOSE after %s", rule).isNotEmpty();
    assertThat(closes).allSatisfy(close -> assertCarries(close, errorCode, rule.frameType()));
  }

  private void assertCarries(CloseFrame close, long errorCode, long frameType) {
    assertThat(close.application()).isFalse();
    assertThat(close.errorCode()).as(close.reason()).isEqualTo(errorCode);
    assertThat(close.reason()).isEqualTo(victim.closeReason.reason());
    assertThat(close.frameType()).isEqualTo(victim.closeReason.frameType());
    if (frameType != Rule.ANY_FRAME) {
      assertThat(close.frameType()).as("frame type").isEqualTo(frameType);
    }
  }
}
