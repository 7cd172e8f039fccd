package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.packet.EncryptionLevel;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Packets that came before their keys, as happens when the network reorders or a handshake task is
 * still running (RFC 9001, 5.7). Bounded in number and in bytes; further ones are dropped, as if
 * lost. Owned by the connection's thread.
 *
 * <p>A client is free to send a whole initial window, at most 14,720 bytes (RFC 9002, 7.2), while
 * the server still judges its certificate. What is dropped of it halves the client's congestion
 * window before the transfer has begun, so the bounds have room for that window and for probes.
 */
final class UndecryptablePackets {
  /** How many bytes wait at most. */
  static final int BYTES_MAX = 32 << 10;

  /** A copy of a packet, with the datagram's size that some rules need. */
  record Waiting(
      EncryptionLevel level,
      MemorySegment packet,
      long datagramLength,
      int socket,
      InetSocketAddress remote,
      int ecn) {}

  private final ArrayDeque<Waiting> packets = new ArrayDeque<>();
  private final int packetsMax;
  private long waitingBytes;

  UndecryptablePackets(int packetsMax) {
    this.packetsMax = packetsMax;
  }

  void add(
      EncryptionLevel level,
      MemorySegment datagram,
      long offset,
      long length,
      long datagramLength,
      int socket,
      InetSocketAddress remote,
      int ecn) {
    if (packets.size() < packetsMax && waitingBytes + length <= BYTES_MAX) {
      byte[] copy = datagram.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
      packets.add(
          new Waiting(level, MemorySegment.ofArray(copy), datagramLength, socket, remote, ecn));
      waitingBytes += length;
    }
  }

  /** The next packet of a level, taken out, or null. */
  @Nullable Waiting poll(EncryptionLevel level) {
    for (Waiting waiting : packets) {
      if (waiting.level() == level) {
        packets.remove(waiting);
        waitingBytes -= waiting.packet().byteSize();
        return waiting;
      }
    }
    return null;
  }

  /** Forgets the packets of a level, for which there will be no keys. */
  void drop(EncryptionLevel level) {
    for (Waiting dropped = poll(level); dropped != null; dropped = poll(level)) {
      // poll has taken it out
    }
  }

  boolean isEmpty() {
    return packets.isEmpty();
  }

  void clear() {
    packets.clear();
    waitingBytes = 0;
  }
}
