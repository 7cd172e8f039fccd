package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.packet.EncryptionLevel;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Packets that came before their keys, as happens when the network reorders or a handshake task is
 * still running (RFC 9001, 5.7). Bounded in number; further ones are dropped, as if lost. Owned by
 * the connection's thread.
 */
final class UndecryptablePackets {
  /** A copy of a packet, with the datagram's size that some rules need. */
  record Waiting(
      EncryptionLevel level,
      MemorySegment packet,
      long datagramLength,
      InetSocketAddress remote,
      int ecn) {}

  private final ArrayDeque<Waiting> packets = new ArrayDeque<>();
  private final int packetsMax;

  UndecryptablePackets(int packetsMax) {
    this.packetsMax = packetsMax;
  }

  void add(
      EncryptionLevel level,
      MemorySegment datagram,
      long offset,
      long length,
      long datagramLength,
      InetSocketAddress remote,
      int ecn) {
    if (packets.size() < packetsMax) {
      byte[] copy = datagram.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
      packets.add(new Waiting(level, MemorySegment.ofArray(copy), datagramLength, remote, ecn));
    }
  }

  /** The next packet of a level, taken out, or null. */
  @Nullable Waiting poll(EncryptionLevel level) {
    for (Waiting waiting : packets) {
      if (waiting.level() == level) {
        packets.remove(waiting);
        return waiting;
      }
    }
    return null;
  }

  void clear() {
    packets.clear();
  }
}
