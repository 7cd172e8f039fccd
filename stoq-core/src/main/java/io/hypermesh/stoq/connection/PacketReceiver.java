package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.connection.ConnectionTrace.Drop;
import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.packet.FrameDecoder;
import io.hypermesh.stoq.packet.PacketHeader;
import io.hypermesh.stoq.packet.PacketNumbers;
import io.hypermesh.stoq.packet.PacketType;
import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.packet.StatelessResetToken;
import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.packet.TransportException;
import io.hypermesh.stoq.protection.PacketProtection;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * The way in: datagrams to packets, packets to frames (RFC 9000, 5.2, 12.2 and 13.1; RFC 9001, 5).
 *
 * <p>Whatever isn't an authentic packet of this connection is dropped and changes nothing, for
 * anyone can have sent it. Only what an authentic packet does wrong is an error of the peer. A
 * packet counts as received, and so is acknowledged, only when all its frames were taken. Owned by
 * the connection's thread.
 */
final class PacketReceiver {
  /** A client's Initial packet comes in a datagram at least as large (RFC 9000, 14.1). */
  static final int INITIAL_DATAGRAM_BYTES_MIN = 1_200;

  /** No stateless reset is shorter (RFC 9000, 10.3). */
  static final int STATELESS_RESET_BYTES_MIN = 21;

  private final ConnectionState state;
  private final ClientNegotiation negotiation;
  private final FrameReceiver frames;
  private final FrameDecoder decoder = new FrameDecoder();
  private final PacketHeader header = new PacketHeader();

  private int socket;
  private InetSocketAddress remote;
  private long datagramBytes;
  private int ecn;
  private long nowNanos;
  private boolean anyAuthentic;

  PacketReceiver(ConnectionState state, ClientNegotiation negotiation, FrameReceiver frames) {
    this.state = state;
    this.negotiation = negotiation;
    this.frames = frames;
    this.remote = state.path.remote();
  }

  /** What a datagram turned out to be. */
  enum Outcome {
    /** Nothing that counts. */
    NOTHING,
    /** At least one authentic packet. */
    AUTHENTIC,
    /** A Retry, which the client has acted on. */
    RETRY,
    /** A stateless reset: the peer has lost the connection. */
    STATELESS_RESET
  }

  /** Says where the next datagrams come from, and how long they are. */
  void begin(long length, int onSocket, InetSocketAddress from, int ecnBits, long now) {
    socket = onSocket;
    remote = from;
    datagramBytes = length;
    ecn = ecnBits;
    nowNanos = now;
    anyAuthentic = false;
  }

  /** Takes a datagram; decrypts in place. */
  Outcome receive(MemorySegment datagram, long offset, long length) throws TransportException {
    boolean anyTaken = false;
    boolean hadRetry = state.retrySource != null;
    long limit = offset + length;
    long at = offset;
    @Nullable ConnectionId destination = null;
    while (at < limit
        && header.parse(datagram, at, limit, state.localIds.length())
        && state.quicBit.accepts(header.fixedBit())) {
      ConnectionId packetDestination = matchDestination();
      // RFC 9000, 12.2: packets that are coalesced go to one connection ID.
      if (packetDestination == null
          || (destination != null && !packetDestination.equals(destination))) {
        state.tracing.onDropped(header, Drop.CONNECTION_UNKNOWN);
        break;
      }
      destination = packetDestination;
      at = header.packetEnd();
      anyTaken |= receivePacket(datagram, destination);
      if (isOver()) {
        break;
      }
    }
    if (!anyTaken && isStatelessReset(datagram, offset, length)) {
      return Outcome.STATELESS_RESET;
    }
    if (anyAuthentic) {
      return Outcome.AUTHENTIC;
    }
    return !hadRetry && state.retrySource != null ? Outcome.RETRY : Outcome.NOTHING;
  }

  private @Nullable ConnectionId matchDestination() {
    return state.localIds.match(
        header.buffer(),
        header.destinationConnectionIdOffset(),
        header.destinationConnectionIdLength());
  }

  /** RFC 9000, 10.3.1: a datagram that ends with a token of the peer, in constant time. */
  boolean isStatelessReset(MemorySegment datagram, long offset, long length) {
    return length >= STATELESS_RESET_BYTES_MIN
        && (datagram.get(ValueLayout.JAVA_BYTE, offset) & 0x80) == 0
        && state.remoteIds.isResetToken(datagram, offset + length - StatelessResetToken.LENGTH);
  }

  private boolean receivePacket(MemorySegment datagram, ConnectionId destination)
      throws TransportException {
    return switch (header.type()) {
      case VERSION_NEGOTIATION ->
          state.tracing.onUnprotected(header, negotiation.onVersionNegotiation(header));
      case RETRY -> state.tracing.onUnprotected(header, negotiation.onRetry(header, nowNanos));
      case INITIAL, HANDSHAKE, ZERO_RTT, ONE_RTT -> receiveProtected(datagram, destination);
      // Other versions aren't ours to answer (RFC 9000, 5.2).
      case UNSUPPORTED_VERSION -> state.tracing.onDropped(header, Drop.UNSUPPORTED);
    };
  }

  private boolean receiveProtected(MemorySegment datagram, ConnectionId destination)
      throws TransportException {
    EncryptionLevel level = levelOf(header.type());
    PacketSpace space = state.space(level);
    if (space.isDiscarded() || !isAcceptableLongHeader(level) || !isAcceptableVersion(level)) {
      return state.tracing.onDropped(
          header, space.isDiscarded() ? Drop.KEY_UNAVAILABLE : Drop.INVALID);
    }
    PacketProtection reader =
        level == EncryptionLevel.ZERO_RTT ? state.early.reader() : state.reader(space);
    if (reader == null) {
      if (level == EncryptionLevel.ZERO_RTT && !state.early.mayStillBeAccepted()) {
        return state.tracing.onDropped(header, Drop.KEY_UNAVAILABLE);
      }
      state.tracing.onBuffered(header);
      state.undecryptable.add(
          level,
          datagram,
          header.headerOffset(),
          header.packetEnd() - header.headerOffset(),
          datagramBytes,
          socket,
          remote,
          ecn);
      return true;
    }
    return open(datagram, space, level, destination);
  }

  private static EncryptionLevel levelOf(PacketType type) {
    return switch (type) {
      case INITIAL -> EncryptionLevel.INITIAL;
      case HANDSHAKE -> EncryptionLevel.HANDSHAKE;
      case ZERO_RTT -> EncryptionLevel.ZERO_RTT;
      default -> EncryptionLevel.ONE_RTT;
    };
  }

  private boolean isAcceptableVersion(EncryptionLevel level) {
    QuicVersion version = QuicVersion.ofWire(header.version());
    return version == null
        || state.versions.accepts(level, version, state.reader(state.handshake) != null);
  }

  private boolean isAcceptableLongHeader(EncryptionLevel level) {
    if (level == EncryptionLevel.ONE_RTT) {
      return true;
    }
    if (level == EncryptionLevel.INITIAL) {
      if (!state.client && datagramBytes < INITIAL_DATAGRAM_BYTES_MIN) {
        return false;
      }
      // RFC 9000, 17.2.2: a server sends no token.
      if (state.client && header.tokenLength() > 0) {
        return false;
      }
    }
    // RFC 9000, 7.2: the peer's ID is the one of its first packet, and no other.
    ConnectionId known = state.peerInitialSource;
    return known == null
        || known.matches(
            header.buffer(), header.sourceConnectionIdOffset(), header.sourceConnectionIdLength());
  }

  private boolean open(
      MemorySegment datagram, PacketSpace space, EncryptionLevel level, ConnectionId destination)
      throws TransportException {
    boolean early = level == EncryptionLevel.ZERO_RTT;
    PacketProtection keys =
        early ? state.early.reader() : state.reader(space, QuicVersion.ofWire(header.version()));
    long start = header.headerOffset();
    long numberOffset = header.packetNumberOffset();
    long end = header.packetEnd();
    int numberLength = keys == null ? -1 : keys.unprotectHeader(datagram, start, numberOffset, end);
    if (keys == null || numberLength < 0) {
      return state.tracing.onDropped(header, Drop.DECRYPTION_FAILURE);
    }
    return openUnprotected(datagram, space, level, destination, keys, numberLength);
  }

  /** Goes on where the header's protection is removed. */
  private boolean openUnprotected(
      MemorySegment datagram,
      PacketSpace space,
      EncryptionLevel level,
      ConnectionId destination,
      PacketProtection ofSpace,
      int numberLength)
      throws TransportException {
    boolean early = level == EncryptionLevel.ZERO_RTT;
    long start = header.headerOffset();
    long numberOffset = header.packetNumberOffset();
    long end = header.packetEnd();
    PacketProtection keys = ofSpace;
    long packetNumber = packetNumber(space, datagram, numberOffset, numberLength);
    byte first = datagram.get(ValueLayout.JAVA_BYTE, start);
    OneRttKeys.Generation generation = OneRttKeys.Generation.CURRENT;
    if (space == state.application && !early) {
      generation = state.oneRtt.generationOf(PacketHeader.keyPhase(first), packetNumber);
      keys = state.oneRtt.reader(generation);
    }
    int headerLength = (int) (numberOffset - start) + numberLength;
    MemorySegment copy =
        space == state.application && !early && state.oneRtt.mayBeMisnumbered()
            ? copyOf(datagram, start, end)
            : null;
    int payloadLength =
        keys == null
            ? -1
            : keys.open(
                datagram, start, headerLength, (int) (end - start) - headerLength, packetNumber);
    if (keys == null) {
      return state.tracing.onDropped(header, Drop.KEY_UNAVAILABLE);
    }
    if (payloadLength < 0) {
      if (copy != null) {
        state.oneRtt.requireNotPrevious(copy, headerLength, packetNumber);
      }
      state.aeadLimits.onOpenFailure(keys.suite());
      return state.tracing.onDropped(header, Drop.DECRYPTION_FAILURE);
    }
    take(
        datagram,
        start + headerLength,
        payloadLength,
        level,
        destination,
        generation,
        first,
        packetNumber);
    return true;
  }

  /** A 1-RTT packet whose header's protection is removed; true where it's authentic. */
  boolean receiveUnprotected(MemorySegment datagram, long start, long end, ConnectionId destination)
      throws TransportException {
    PacketProtection keys = state.oneRtt.reader();
    int numberLength = PacketHeader.packetNumberLength(datagram.get(ValueLayout.JAVA_BYTE, start));
    return keys != null
        && header.parse(datagram, start, end, destination.length())
        && openUnprotected(
            datagram, state.application, EncryptionLevel.ONE_RTT, destination, keys, numberLength);
  }

  /** Whether the peer has closed the connection: what follows counts no more. */
  boolean isOver() {
    return frames.peerClose() != null;
  }

  private static long packetNumber(
      PacketSpace space, MemorySegment datagram, long numberOffset, int numberLength) {
    return PacketNumbers.decode(
        PacketNumbers.read(datagram, numberOffset, numberLength),
        numberLength * Byte.SIZE,
        space.received().largestReceived());
  }

  /** Takes an authentic packet, once. */
  void take(
      MemorySegment datagram,
      long payloadOffset,
      int payloadLength,
      EncryptionLevel level,
      ConnectionId destination,
      OneRttKeys.Generation generation,
      byte first,
      long packetNumber)
      throws TransportException {
    PacketSpace space = state.space(level);
    if (space.received().isDuplicate(packetNumber)) {
      state.tracing.onDropped(header, Drop.DUPLICATE);
      return;
    }
    if (!PacketHeader.reservedBitsAreZero(first)) {
      throw new TransportException(
          TransportErrorCode.PROTOCOL_VIOLATION, 0, "the reserved bits of a header are not zero");
    }
    Path path = state.paths.find(socket, remote);
    if (path == null && state.paths.isForbidden(socket, remote)) {
      return;
    }
    state.tracing.onOpened(header, packetNumber, first, payloadOffset, payloadLength);
    anyAuthentic = true;
    if (level == EncryptionLevel.ONE_RTT) {
      state.oneRtt.onOpened(generation, packetNumber, state.threePtoNanos(), nowNanos);
      state.early.onOneRttOpened(state.threePtoNanos(), nowNanos);
    } else if (level != EncryptionLevel.ZERO_RTT) {
      onHandshakePacket(space);
    }
    takeFrames(datagram, payloadOffset, payloadLength, space, level, destination, packetNumber);
  }

  private static MemorySegment copyOf(MemorySegment datagram, long start, long end) {
    return MemorySegment.ofArray(
        datagram.asSlice(start, end - start).toArray(ValueLayout.JAVA_BYTE));
  }

  /** What it means that an authentic packet of the handshake came, whatever is in it. */
  private void onHandshakePacket(PacketSpace space) {
    QuicVersion version = QuicVersion.ofWire(header.version());
    if (state.client && version != null && version != state.versions.current()) {
      state.changeVersion(version);
    }
    if (state.peerInitialSource == null) {
      // RFC 9000, 7.2: from now on to the ID that the peer chose. A server believes it only now,
      // too:
      // the packet that it was made for may have been damaged.
      ConnectionId source = header.sourceConnectionId();
      state.peerInitialSource = source;
      state.remoteIds.replaceFirst(source);
    }
    if (space == state.handshake && !state.client) {
      // RFC 9000, 8.1: who sends it has the keys, so has received our packets.
      state.path.validate();
      state.recovery.setAmplificationLimited(false, nowNanos);
      // RFC 9001, 4.9.1.
      state.discard(state.initial, nowNanos);
    }
  }

  private void takeFrames(
      MemorySegment datagram,
      long payloadOffset,
      int payloadLength,
      PacketSpace space,
      EncryptionLevel level,
      ConnectionId destination,
      long packetNumber)
      throws TransportException {
    Path path = findPath(space, destination);
    frames.begin(space, destination, path, nowNanos);
    state.early.packetIsEarly(level == EncryptionLevel.ZERO_RTT);
    decoder.decode(datagram, payloadOffset, payloadLength, level, frames);
    if (frames.isTreatedAsLost() || space.isDiscarded()) {
      return;
    }
    boolean newest = packetNumber > space.received().largestReceived();
    space.received().onPacketReceived(packetNumber, decoder.wasAckEliciting(), ecn, nowNanos);
    if (newest && !decoder.wasProbing() && path != null) {
      state.paths.onUsed(path, nowNanos);
    }
  }

  /** The path that the packet came on; null where it's one that can't be answered on. */
  private @Nullable Path findPath(PacketSpace space, ConnectionId destination) {
    Path path = state.paths.find(socket, remote);
    if (path != null) {
      path.localId(destination);
    } else if (!state.client && state.confirmed && space == state.application) {
      path = state.paths.discover(socket, remote, destination, nowNanos);
      if (path != null) {
        path.onReceived(datagramBytes);
      }
    }
    return path;
  }

  /** Opens the packets that waited for keys which are there now; true where any was authentic. */
  boolean receiveWaiting(long now) throws TransportException {
    nowNanos = now;
    anyAuthentic = false;
    for (PacketSpace space : state.spaces()) {
      if (space == state.application && state.early.reader() != null) {
        receiveWaiting(space, EncryptionLevel.ZERO_RTT);
      }
      if (state.reader(space) != null) {
        receiveWaiting(space, space.level());
      }
    }
    return anyAuthentic;
  }

  private void receiveWaiting(PacketSpace space, EncryptionLevel level) throws TransportException {
    UndecryptablePackets.Waiting waiting;
    while ((waiting = state.undecryptable.poll(level)) != null) {
      socket = waiting.socket();
      remote = waiting.remote();
      datagramBytes = waiting.datagramLength();
      ecn = waiting.ecn();
      MemorySegment packet = waiting.packet();
      if (header.parse(packet, 0, packet.byteSize(), state.localIds.length())
          && !space.isDiscarded()
          && isAcceptableVersion(level)) {
        ConnectionId destination = matchDestination();
        if (destination != null) {
          open(packet, space, level, destination);
        }
      }
    }
  }
}
