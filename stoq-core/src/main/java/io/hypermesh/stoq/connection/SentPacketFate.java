package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.packet.PacketNumbers;
import io.hypermesh.stoq.recovery.PacketNumberSpace;
import io.hypermesh.stoq.recovery.RecoveryListener;
import io.hypermesh.stoq.recovery.SentPacket;
import io.hypermesh.stoq.stream.Stream;

/**
 * Brings the news of a packet's acknowledgement or loss to the owners of what it carried (RFC 9000,
 * 13.3). Owned by the connection's thread.
 */
final class SentPacketFate implements RecoveryListener {
  private static final long NOTHING = -1;

  private final ConnectionState state;

  // Bytes of one stream that packets had one behind the other, to be told of together

  private long ackedStreamId;
  private long ackedStart;
  private long ackedEnd = NOTHING;
  private boolean ackedFin;

  SentPacketFate(ConnectionState state) {
    this.state = state;
  }

  @Override
  public void onAcked(PacketNumberSpace number, SentPacket packet) {
    PacketSpace space = state.space(number);
    if (packet.largestAcknowledged() != PacketNumbers.NONE) {
      space.received().onAckAcknowledged(packet.largestAcknowledged());
    }
    for (int i = 0; i < packet.cryptoCount(); i++) {
      space.crypto().onAcknowledged(packet.cryptoOffset(i), packet.cryptoLength(i));
    }
    for (int i = 0; i < packet.streamCount(); i++) {
      collect(
          packet.streamId(i), packet.streamOffset(i), packet.streamLength(i), packet.streamFin(i));
    }
    state.datagrams.onAcknowledged(packet.datagramCount());
    for (int i = 0; i < packet.controlCount(); i++) {
      if (packet.control(i) instanceof ControlFrame.OfStream(var stream, int frame)
          && frame == Stream.OWES_RESET) {
        state.streams.onResetAcknowledged(stream);
      } else if (packet.control(i) instanceof ControlFrame.RetireConnectionId(long retired)) {
        state.remoteIds.onAcknowledged(retired);
      } else if (packet.control(i) instanceof ControlFrame.AckFrequency frequency) {
        state.ackFrequency.onAcknowledged(frequency, state.recovery);
      }
    }
  }

  /** Adds acknowledged bytes to those that precede them, where they follow on. */
  private void collect(long streamId, long offset, int length, boolean fin) {
    if (streamId != ackedStreamId || offset != ackedEnd || ackedFin) {
      settle();
      ackedStreamId = streamId;
      ackedStart = offset;
    }
    ackedEnd = offset + length;
    ackedFin = fin;
  }

  /** Tells of the bytes that were acknowledged last; after every ACK frame. */
  void settle() {
    if (ackedEnd != NOTHING) {
      long length = ackedEnd - ackedStart;
      ackedEnd = NOTHING;
      state.streams.onAcknowledged(ackedStreamId, ackedStart, length, ackedFin);
    }
  }

  @Override
  public void onLost(PacketNumberSpace number, SentPacket packet) {
    settle();
    state.tracing.onLost(number, packet);
    state.datagrams.onLost(packet.datagramCount());
    repeat(number, packet);
  }

  /** Has what the packet said said again. */
  private void repeat(PacketNumberSpace number, SentPacket packet) {
    PacketSpace space = state.space(number);
    for (int i = 0; i < packet.cryptoCount(); i++) {
      space.crypto().onLost(packet.cryptoOffset(i), packet.cryptoLength(i));
    }
    for (int i = 0; i < packet.streamCount(); i++) {
      state.streams.onLost(
          packet.streamId(i), packet.streamOffset(i), packet.streamLength(i), packet.streamFin(i));
    }
    for (int i = 0; i < packet.controlCount(); i++) {
      sayAgain((ControlFrame) packet.control(i));
    }
  }

  /**
   * Chooses what the probes repeat that are due, where there is nothing new to say (RFC 9002,
   * 6.2.4).
   */
  void prepareProbes() {
    for (PacketSpace space : state.spaces()) {
      if (space.isDiscarded() || state.recovery.probesPending(space.number()) == 0) {
        continue;
      }
      if (space != state.application) {
        space.crypto().resendUnacknowledged();
      } else if (!state.streams.hasPending()) {
        SentPacket oldest = state.recovery.oldestInFlight(space.number());
        if (oldest != null) {
          repeat(space.number(), oldest);
        }
      }
    }
  }

  private void sayAgain(ControlFrame frame) {
    switch (frame) {
      case ControlFrame.MaxData ignored -> state.streams.oweMaxData();
      case ControlFrame.DataBlocked blocked -> state.streams.oweDataBlocked(blocked.limit());
      case ControlFrame.MaxStreams streams ->
          state.streams.counts().oweMaxStreams(streams.bidirectional());
      case ControlFrame.StreamsBlocked streams ->
          state.streams.counts().oweStreamsBlocked(streams.bidirectional());
      case ControlFrame.OfStream(var stream, int owed) -> state.streams.onOwedLost(stream, owed);
      case ControlFrame.NewConnectionId id -> state.localIds.onLost(id.sequenceNumber());
      case ControlFrame.RetireConnectionId id -> state.remoteIds.onLost(id.sequenceNumber());
      case ControlFrame.NewToken lost -> state.issuedTokens.owe(lost.token());
      case ControlFrame.HandshakeDone ignored -> state.handshakeDoneOwed = true;
      case ControlFrame.AckFrequency frequency -> state.ackFrequency.onLost(frequency);
    }
  }
}
