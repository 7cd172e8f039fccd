package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.packet.PacketHeaders;
import io.hypermesh.stoq.packet.PacketNumbers;
import io.hypermesh.stoq.packet.PacketType;
import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.protection.CipherSuite;
import io.hypermesh.stoq.recovery.SentPacket;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * A packet that is being written: its header (RFC 9000, 17), and what is to be noted of it once it
 * is complete. Used again for every datagram. Owned by the connection's thread.
 */
final class PendingPacket {
  /**
   * Packet number and payload together: enough to sample for header protection (RFC 9001, 5.4.2).
   */
  static final int SAMPLED_BYTES_MIN = 4;

  /**
   * How much longer than this side's connection IDs a packet is that asks for an answer: a peer
   * that has lost the connection can answer it with a stateless reset, which is shorter than what
   * it answers and no shorter than any packet to this side (RFC 9000, 10.3). A packet that only
   * acknowledges isn't filled up: padded, it would count as in flight (RFC 9002, 2), and nobody
   * acknowledges it.
   */
  static final int RESETTABLE_BYTES = 22;

  private final ConnectionState state;
  private ConnectionId remote = ConnectionId.EMPTY;
  private @Nullable PacketSpace space;

  EncryptionLevel level = EncryptionLevel.INITIAL;
  long headerOffset;
  int headerLength;
  int numberLength;
  int payloadLength;
  boolean ackEliciting;
  boolean padded;
  boolean ack;
  @Nullable SentPacket sent;

  PendingPacket(ConnectionState state) {
    this.state = state;
  }

  /** The space that it's of. */
  PacketSpace space() {
    PacketSpace begun = space;
    if (begun == null) {
      throw new IllegalStateException("no packet was begun");
    }
    return begun;
  }

  /** Settles the header's place and length. */
  void begin(PacketSpace of, Path path, long at) {
    space = of;
    level = state.sendLevel(of);
    remote = path.remoteId().id();
    headerOffset = at;
    numberLength = PacketNumbers.encodedLength(of.nextPacketNumber(), of.largestAcknowledged());
    headerLength =
        level == EncryptionLevel.ONE_RTT
            ? PacketHeaders.sizeOfShort(remote, numberLength)
            : PacketHeaders.sizeOfLong(
                PacketType.of(level),
                remote,
                state.localIds.first(),
                state.token.length,
                numberLength);
  }

  /** Writes the header, but for the length of a long one, which may grow until the end. */
  void putHeader(MemorySegment buffer) {
    PacketSpace of = space();
    if (level == EncryptionLevel.ONE_RTT) {
      PacketHeaders.putShort(
          buffer,
          headerOffset,
          remote,
          false,
          state.oneRtt.phase(),
          of.nextPacketNumber(),
          numberLength);
    } else {
      PacketHeaders.putLong(
          buffer,
          headerOffset,
          PacketType.of(level),
          version().wire(),
          remote,
          state.localIds.first(),
          state.token,
          of.nextPacketNumber(),
          numberLength);
    }
    if (state.quicBit.isClearedNext(of == state.initial, state.peer)) {
      PacketHeaders.clearFixedBit(buffer, headerOffset);
    }
  }

  /** 0-RTT packets are of the original version, whatever was negotiated (RFC 9369, 4.1). */
  private QuicVersion version() {
    return level == EncryptionLevel.ZERO_RTT ? state.versions.original() : state.versions.current();
  }

  /** Writes the length of a long header. */
  void putLength(MemorySegment buffer) {
    if (level != EncryptionLevel.ONE_RTT) {
      PacketHeaders.patchLength(
          buffer, headerOffset, headerLength, numberLength, payloadLength + CipherSuite.TAG_LENGTH);
    }
  }

  /** Bytes of the whole packet once it is sealed. */
  int size() {
    return headerLength + payloadLength + CipherSuite.TAG_LENGTH;
  }

  /** How much padding it needs after a payload of so many bytes; below 1 for none. */
  int paddingAfter(int payloadBytes) {
    int sampled = SAMPLED_BYTES_MIN - numberLength - payloadBytes;
    if (level != EncryptionLevel.ONE_RTT || !ackEliciting) {
      return sampled;
    }
    int packetBytes = headerLength + payloadBytes + CipherSuite.TAG_LENGTH;
    return Math.max(sampled, state.localIds.length() + RESETTABLE_BYTES - packetBytes);
  }
}
