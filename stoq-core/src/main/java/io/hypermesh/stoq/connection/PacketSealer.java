package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.protection.PacketBatch;
import io.hypermesh.stoq.protection.PacketProtection;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Packets that are complete but for their protection, of one datagram or of several, to be sealed
 * in one call: what a provider gains by having many at a time (see {@link PacketBatch}).
 *
 * <p>For everything else they are sent already: they have their numbers and are known to recovery,
 * pacing and the path's limits. So they have to be sealed, under the keys that they were written
 * for, before anything leaves:
 *
 * <pre>
 *   add ─► add ─► add ─┬─ other keys, or no more room ──► seal, then add
 *                      ├─ keys updated or discarded ────► seal before
 *                      └─ end of the run of datagrams ──► seal
 * </pre>
 *
 * <p>They count against the key's limit as soon as they are added (RFC 9001, 6.6). Between two
 * calls of the connection there are none. Owned by the connection's thread.
 */
final class PacketSealer {
  /** Packets sealed in one call: those of a run, of which each datagram has one as a rule. */
  static final int PACKETS_MAX = TransmitBatch.DATAGRAMS_MAX;

  private final PacketBatch batch = new PacketBatch(PACKETS_MAX);
  private @Nullable PacketProtection keys;

  /** Adds a packet; its memory may not be touched until it's sealed. */
  void add(
      PacketProtection with,
      MemorySegment buffer,
      long headerOffset,
      int headerLength,
      int packetNumberLength,
      int payloadLength,
      long packetNumber) {
    if (!with.equals(keys) || batch.isFull()) {
      seal();
      keys = with;
    }
    batch.add(buffer, headerOffset, headerLength, packetNumberLength, payloadLength, packetNumber);
  }

  /** Packets that these keys have sealed, or will have once those are that were added. */
  long sealedCount(PacketProtection of) {
    return of.sealedCount() + (of.equals(keys) ? batch.size() : 0);
  }

  /** Seals what was added. */
  void seal() {
    if (keys != null) {
      keys.seal(batch);
      batch.clear();
      keys = null;
    }
  }
}
