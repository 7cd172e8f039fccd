package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.connection.ConnectionTrace.Drop;
import io.hypermesh.stoq.packet.PacketHeader;
import io.hypermesh.stoq.packet.PacketNumbers;
import io.hypermesh.stoq.packet.PacketType;
import io.hypermesh.stoq.packet.TransportParameters;
import io.hypermesh.stoq.protection.CipherSuite;
import io.hypermesh.stoq.recovery.PacketNumberSpace;
import io.hypermesh.stoq.recovery.SentPacket;
import io.hypermesh.stoq.stream.Stream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a connection tells its {@link ConnectionTrace} what happens, if it has one. Without one,
 * each call costs a branch and allocates nothing.
 *
 * <p>The parts of the connection tell only of packets. What else there is to tell {@link
 * TracedChanges} finds out, by comparing, whenever the connection is called: after each call the
 * connection is at rest, and until the next nothing changes, so the changes belong to the time of
 * the call before. Owned by the connection's thread.
 */
final class Tracing {
  private final ConnectionState state;
  private final TracedChanges changes;
  private final TracedStreams streams = new TracedStreams();
  private final PacketHeader sentHeader = new PacketHeader();
  private @Nullable ConnectionTrace trace;
  private long nowNanos;
  private boolean localKeyUpdate;
  private boolean over;
  private TransportParameters local = TransportParameters.builder().build();

  Tracing(ConnectionState state) {
    this.state = state;
    this.changes = new TracedChanges(state);
  }

  /** For a connection that goes on untraced where another one was. */
  static Tracing off(ConnectionState state) {
    Tracing tracing = new Tracing(state);
    tracing.over = true;
    return tracing;
  }

  /** The connection is made. */
  void start(long now) {
    if (over) {
      return;
    }
    nowNanos = now;
    trace = state.settings.trace().open(state.client, state.originalDestination, now);
    if (trace != null) {
      changes.start(trace, now);
      changes.observe(trace, local, false, now);
    }
  }

  /** Whether nothing is traced. */
  boolean isOff() {
    return trace == null;
  }

  /** The connection is called: what has changed in the call before is told now. */
  void at(long now) {
    if (trace != null) {
      changes.observe(trace, local, localKeyUpdate, nowNanos);
      localKeyUpdate = false;
      nowNanos = now;
    }
  }

  /** Nothing more will happen. */
  void end() {
    if (trace != null) {
      changes.observe(trace, local, localKeyUpdate, nowNanos);
      trace.onEnd(nowNanos);
      trace = null;
    }
  }

  /** Takes note of what this side says in the handshake, and gives it back. */
  TransportParameters ofLocal(TransportParameters parameters) {
    local = parameters;
    return parameters;
  }

  void onApplicationProtocol(String protocol) {
    if (trace != null) {
      trace.onApplicationProtocol(nowNanos, protocol);
    }
  }

  /** This side starts a key update. */
  void onKeyUpdate() {
    localKeyUpdate = true;
  }

  /** A stream is used, or a part of it may be done. */
  void onStream(Stream stream) {
    if (trace != null) {
      streams.observe(trace, stream, nowNanos);
    }
  }

  // ---- Datagrams ----

  void onDatagram(long length, int ecn, long now) {
    if (trace != null) {
      at(now);
      trace.onDatagramReceived(now, length, ecn);
    }
  }

  void onDatagramSent(long length, int ecn) {
    if (trace != null && length > 0) {
      trace.onDatagramSent(nowNanos, length, ecn);
    }
  }

  // ---- Packets sent ----

  /** A packet is complete but for its protection. */
  void onSealing(
      PacketSpace space,
      MemorySegment buffer,
      long start,
      int headerLength,
      int payloadLength,
      @Nullable SentPacket sent) {
    if (trace != null) {
      boolean mtuProbe = sent != null && sent.isProbe();
      long number = space.nextPacketNumber();
      trace.onPacketSent(
          nowNanos, sent(buffer, start, headerLength, payloadLength, number, mtuProbe));
    }
  }

  private TracedPacket sent(
      MemorySegment buffer,
      long start,
      int headerLength,
      int payloadLength,
      long number,
      boolean mtuProbe) {
    long length = (long) headerLength + payloadLength + CipherSuite.TAG_LENGTH;
    byte first = buffer.get(ValueLayout.JAVA_BYTE, start);
    // Only a short header is read by it, and such a one has nothing else.
    int idLength = Math.max(0, headerLength - 1 - PacketHeader.packetNumberLength(first));
    if (!sentHeader.parse(buffer, start, start + length, idLength)) {
      throw new IllegalStateException("couldn't read the header of a packet to send");
    }
    return describe(
        sentHeader,
        number,
        PacketHeader.packetNumberLength(first),
        PacketHeader.keyPhase(first),
        start + headerLength,
        payloadLength,
        local.ackDelayExponent(),
        mtuProbe);
  }

  private TracedPacket describe(
      PacketHeader header,
      long number,
      int numberLength,
      boolean keyPhase,
      long payloadOffset,
      int payloadLength,
      int ackDelayExponent,
      boolean mtuProbe) {
    PacketType type = header.type();
    boolean shortHeader = type == PacketType.ONE_RTT;
    return new TracedPacket(
        type,
        number,
        numberLength,
        shortHeader ? state.versions.current().wire() : header.version(),
        header.destinationConnectionId(),
        shortHeader ? null : header.sourceConnectionId(),
        type == PacketType.INITIAL || type == PacketType.RETRY ? header.tokenLength() : 0,
        keyPhase,
        header.packetEnd() - header.headerOffset(),
        header.buffer(),
        payloadOffset,
        payloadLength,
        ackDelayExponent,
        type == PacketType.VERSION_NEGOTIATION ? supportedVersions(header) : List.of(),
        mtuProbe);
  }

  private static List<Integer> supportedVersions(PacketHeader header) {
    List<Integer> versions = new ArrayList<>();
    for (int i = 0; i < header.supportedVersionCount(); i++) {
      versions.add(header.supportedVersion(i));
    }
    return versions;
  }

  /** A packet is lost. */
  void onLost(PacketNumberSpace space, SentPacket packet) {
    if (trace != null) {
      long distance = state.recovery.largestAcked(space) - packet.packetNumber();
      trace.onPacketLost(
          nowNanos,
          PacketType.of(state.space(space).level()),
          packet.packetNumber(),
          packet.isProbe(),
          distance >= state.recovery.packetThreshold());
    }
  }

  // ---- Packets received ----

  /** A packet was opened. */
  void onOpened(
      PacketHeader header, long number, byte first, long payloadOffset, int payloadLength) {
    if (trace != null) {
      TransportParameters peer = state.peer;
      changes.observeLocalId(trace, header, nowNanos);
      trace.onPacketReceived(
          nowNanos,
          describe(
              header,
              number,
              PacketHeader.packetNumberLength(first),
              PacketHeader.keyPhase(first),
              payloadOffset,
              payloadLength,
              peer == null
                  ? TransportParameters.ACK_DELAY_EXPONENT_DEFAULT
                  : peer.ackDelayExponent(),
              false));
    }
  }

  /** A Retry or Version Negotiation packet was taken, or not; gives back which. */
  boolean onUnprotected(PacketHeader header, boolean taken) {
    if (trace != null) {
      if (taken) {
        trace.onPacketReceived(
            nowNanos,
            describe(header, PacketNumbers.NONE, 0, false, header.headerOffset(), 0, 0, false));
      } else {
        onDropped(header, Drop.INVALID);
      }
    }
    return taken;
  }

  /** A packet was dropped; always false. */
  boolean onDropped(PacketHeader header, Drop reason) {
    if (trace != null) {
      trace.onPacketDropped(
          nowNanos, header.type(), header.packetEnd() - header.headerOffset(), reason);
    }
    return false;
  }

  /** A packet waits for its keys. */
  void onBuffered(PacketHeader header) {
    if (trace != null) {
      trace.onPacketBuffered(nowNanos, header.type(), header.packetEnd() - header.headerOffset());
    }
  }
}
