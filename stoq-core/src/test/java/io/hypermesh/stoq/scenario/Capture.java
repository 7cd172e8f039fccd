package io.hypermesh.stoq.scenario;

import io.hypermesh.stoq.handshake.KeyLog;
import io.hypermesh.stoq.packet.AckFrame;
import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.packet.FrameDecoder;
import io.hypermesh.stoq.packet.IgnoredFrames;
import io.hypermesh.stoq.packet.PacketHeader;
import io.hypermesh.stoq.packet.PacketNumbers;
import io.hypermesh.stoq.packet.PacketType;
import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.packet.TransportException;
import io.hypermesh.stoq.protection.CipherSuite;
import io.hypermesh.stoq.protection.InitialSecrets;
import io.hypermesh.stoq.protection.KeyUpdate;
import io.hypermesh.stoq.protection.PacketProtection;
import io.hypermesh.stoq.protection.PacketProtectionProviders;
import io.hypermesh.stoq.simulation.NetworkListener;
import io.hypermesh.stoq.simulation.SimulatedDatagram;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;

/**
 * What a packet analyser with the secrets sees of one connection, each datagram as its sender made
 * it. The packets of other connections are seen, but not their frames.
 */
final class Capture implements NetworkListener, KeyLog {
  private static final int CONNECTION_ID_BYTES = 8;

  /** One packet of a datagram. */
  static final class Packet extends IgnoredFrames {
    long atNanos;
    InetSocketAddress from;
    InetSocketAddress to;
    boolean fromClient;
    int ecn;
    int datagramBytes;
    PacketType type;
    int version;
    ConnectionId destination;
    ConnectionId source;
    byte[] token = new byte[0];
    long number = -1;
    boolean keyPhase;
    boolean opened;
    boolean ackWithEcn;
    int payloadBytes;
    long cryptoEnd;
    final TreeMap<Long, byte[]> crypto = new TreeMap<>();
    final List<Long> challenges = new ArrayList<>();
    final List<Long> responses = new ArrayList<>();
    final List<Long> maxStreamsBidirectional = new ArrayList<>();
    long closeCode = -1;

    @Override
    public void onAck(AckFrame frame) {
      ackWithEcn |= frame.hasEcnCounts();
    }

    @Override
    public void onCrypto(long offset, MemorySegment buffer, long dataOffset, int length) {
      cryptoEnd = Math.max(cryptoEnd, offset + length);
      crypto.put(offset, buffer.asSlice(dataOffset, length).toArray(ValueLayout.JAVA_BYTE));
    }

    @Override
    public void onMaxStreams(boolean bidirectional, long maximumStreams) {
      if (bidirectional) {
        maxStreamsBidirectional.add(maximumStreams);
      }
    }

    @Override
    public void onPathChallenge(long data) {
      challenges.add(data);
    }

    @Override
    public void onPathResponse(long data) {
      responses.add(data);
    }

    @Override
    public void onConnectionClose(
        boolean application,
        long errorCode,
        long frameType,
        MemorySegment buffer,
        long reasonOffset,
        int reasonLength) {
      closeCode = errorCode;
    }
  }

  /** The keys of one sender. */
  private static final class Sender {
    private final String name;
    private byte[] handshakeSecret;
    private PacketProtection handshake;
    private PacketProtection oneRtt;
    private PacketProtection nextOneRtt;
    private PacketProtection initial;
    private byte[] secret;
    private boolean phase;
    private final long[] largest = {-1, -1, -1};

    Sender(String name) {
      this.name = name;
    }
  }

  final List<Packet> packets = new ArrayList<>();
  private final InetSocketAddress server;
  private final CipherSuite suite;
  private final Sender clientSender = new Sender("CLIENT");
  private final Sender serverSender = new Sender("SERVER");
  private final PacketHeader header = new PacketHeader();
  private final FrameDecoder decoder = new FrameDecoder();
  private ConnectionId initialDestination;
  private QuicVersion initialVersion;
  private QuicVersion negotiated;

  Capture(InetSocketAddress server, CipherSuite suite) {
    this.server = server;
    this.suite = suite;
  }

  @Override
  public void secretDerived(String line) {
    byte[] secret = HexFormat.of().parseHex(line.substring(line.lastIndexOf(' ') + 1));
    for (Sender sender : List.of(clientSender, serverSender)) {
      if (line.startsWith(sender.name + "_HANDSHAKE_TRAFFIC_SECRET")) {
        sender.handshakeSecret = secret;
        sender.handshake = null;
      } else if (line.startsWith(sender.name + "_TRAFFIC_SECRET_0")) {
        sender.secret = secret;
        sender.oneRtt = null;
      }
    }
  }

  private void prepareUpdate(Sender sender) {
    sender.secret = KeyUpdate.nextSecret(negotiated, suite, sender.secret);
    sender.nextOneRtt = sender.oneRtt.update(sender.secret);
  }

  @Override
  public void onSent(SimulatedDatagram datagram) {
    boolean fromClient = !datagram.from().equals(server);
    byte[] bytes = datagram.payload().toArray(ValueLayout.JAVA_BYTE);
    MemorySegment copy = MemorySegment.ofArray(bytes);
    long at = 0;
    while (at < bytes.length && header.parse(copy, at, bytes.length, CONNECTION_ID_BYTES)) {
      Packet packet = new Packet();
      packet.atNanos = datagram.atNanos();
      packet.from = datagram.from();
      packet.to = datagram.to();
      packet.fromClient = fromClient;
      packet.ecn = datagram.ecn();
      packet.datagramBytes = bytes.length;
      packet.type = header.type();
      packet.version = header.version();
      packet.destination = header.destinationConnectionId();
      packet.source = header.sourceConnectionId();
      packet.token = header.token();
      long end = header.packetEnd();
      open(packet, copy, fromClient ? clientSender : serverSender);
      packets.add(packet);
      at = end;
    }
  }

  private void open(Packet packet, MemorySegment datagram, Sender sender) {
    PacketProtection keys =
        switch (packet.type) {
          case INITIAL -> initialKeys(packet, sender);
          case HANDSHAKE -> handshakeKeys(packet, sender);
          case ONE_RTT -> oneRttKeys(sender);
          default -> null;
        };
    if (keys == null) {
      return;
    }
    byte[] whole = datagram.toArray(ValueLayout.JAVA_BYTE);
    long start = header.headerOffset();
    int numberLength =
        keys.unprotectHeader(datagram, start, header.packetNumberOffset(), header.packetEnd());
    if (numberLength < 0) {
      return;
    }
    byte first = datagram.get(ValueLayout.JAVA_BYTE, start);
    packet.keyPhase = packet.type == PacketType.ONE_RTT && PacketHeader.keyPhase(first);
    boolean updated = packet.type == PacketType.ONE_RTT && packet.keyPhase != sender.phase;
    int space = packet.type == PacketType.ONE_RTT ? 2 : packet.type == PacketType.INITIAL ? 0 : 1;
    long truncated = PacketNumbers.read(datagram, header.packetNumberOffset(), numberLength);
    long number = PacketNumbers.decode(truncated, numberLength * Byte.SIZE, sender.largest[space]);
    int headerLength = (int) (header.packetNumberOffset() - start) + numberLength;
    int payloadLength = (int) (header.packetEnd() - start) - headerLength;
    PacketProtection opener = updated ? sender.nextOneRtt : keys;
    int length = opener.open(datagram, start, headerLength, payloadLength, number);
    if (length < 0) {
      MemorySegment.copy(MemorySegment.ofArray(whole), 0, datagram, 0, whole.length);
      return;
    }
    if (updated) {
      sender.oneRtt = sender.nextOneRtt;
      sender.phase = packet.keyPhase;
      prepareUpdate(sender);
    }
    sender.largest[space] = Math.max(sender.largest[space], number);
    packet.opened = true;
    packet.number = number;
    packet.payloadBytes = length;
    EncryptionLevel level =
        switch (space) {
          case 0 -> EncryptionLevel.INITIAL;
          case 1 -> EncryptionLevel.HANDSHAKE;
          default -> EncryptionLevel.ONE_RTT;
        };
    try {
      decoder.decode(datagram, start + headerLength, length, level, packet);
    } catch (TransportException e) {
      throw new IllegalStateException("an authentic packet has a bad frame", e);
    }
  }

  /** Handshake packets have the version that was agreed on (RFC 9369, 4.1). */
  private PacketProtection handshakeKeys(Packet packet, Sender sender) {
    if (sender.handshake == null && sender.handshakeSecret != null) {
      negotiated = QuicVersion.requireWire(packet.version);
      sender.handshake =
          PacketProtectionProviders.JCE.create(negotiated, suite, sender.handshakeSecret);
    }
    return sender.handshake;
  }

  private PacketProtection oneRttKeys(Sender sender) {
    if (sender.oneRtt == null && sender.secret != null && negotiated != null) {
      sender.oneRtt = PacketProtectionProviders.JCE.create(negotiated, suite, sender.secret);
      sender.phase = false;
      prepareUpdate(sender);
    }
    return sender.oneRtt;
  }

  private PacketProtection initialKeys(Packet packet, Sender sender) {
    QuicVersion version = QuicVersion.requireWire(packet.version);
    boolean first =
        packet.fromClient && !packet.destination.equals(initialDestination) && mayBeFirst(packet);
    if (first) {
      initialDestination = packet.destination;
    }
    if (first || version != initialVersion) {
      initialVersion = version;
      InitialSecrets secrets =
          InitialSecrets.derive(PacketProtectionProviders.JCE, version, initialDestination);
      clientSender.initial = secrets.client();
      serverSender.initial = secrets.server();
    }
    return sender.initial;
  }

  /** The first of all, or one after a Retry that gives another destination with its token. */
  private boolean mayBeFirst(Packet packet) {
    return initialDestination == null
        || packets.stream()
            .anyMatch(p -> p.type == PacketType.RETRY && p.source.equals(packet.destination));
  }

  List<Packet> of(PacketType type, boolean fromClient) {
    return packets.stream().filter(p -> p.type == type && p.fromClient == fromClient).toList();
  }

  List<Packet> from(boolean fromClient) {
    return packets.stream().filter(p -> p.fromClient == fromClient).toList();
  }

  /** The start of a direction's handshake bytes at one level, as far as it's without a gap. */
  byte[] crypto(PacketType type, boolean fromClient) {
    TreeMap<Long, byte[]> pieces = new TreeMap<>();
    of(type, fromClient).forEach(p -> p.crypto.forEach((at, data) -> pieces.put(at, data)));
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    pieces.forEach((at, data) -> {
      int skip = (int) (whole.size() - at);
      if (skip >= 0 && skip < data.length) {
        whole.write(data, skip, data.length - skip);
      }
    });
    return whole.toByteArray();
  }
}
