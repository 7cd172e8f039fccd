package io.hypermesh.stoq.recovery;

import java.util.ArrayList;

/** Records of sent packets, used again so that sending allocates none. Owned by one thread. */
final class SentPacketPool {
  /** Records that are kept; more are the collector's. */
  static final int PACKETS_MAX = 4096;

  private final ArrayList<SentPacket> free = new ArrayList<>();

  /** An empty record. */
  SentPacket acquire() {
    return free.isEmpty() ? new SentPacket() : free.removeLast();
  }

  /** Takes a record back, and empties it. */
  void release(SentPacket packet) {
    packet.clear();
    if (free.size() < PACKETS_MAX) {
      free.add(packet);
    }
  }
}
