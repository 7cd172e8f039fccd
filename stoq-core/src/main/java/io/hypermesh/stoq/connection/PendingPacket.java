package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.recovery.SentPacket;
import org.jspecify.annotations.Nullable;

/** A packet that is written and not sealed yet; used again for every datagram. */
final class PendingPacket {
  @Nullable PacketSpace space;
  EncryptionLevel level = EncryptionLevel.INITIAL;
  long headerOffset;
  int headerLength;
  int numberLength;
  int payloadLength;
  boolean ackEliciting;
  boolean padded;
  boolean ack;
  @Nullable SentPacket sent;

  /** The space that it's of. */
  PacketSpace space() {
    PacketSpace begun = space;
    if (begun == null) {
      throw new IllegalStateException("no packet was begun");
    }
    return begun;
  }
}
