package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.packet.TransportParameters;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/**
 * The second bit of a packet's first byte, which is always set in versions 1 and 2 unless both
 * sides care to keep the network from relying on that (RFC 9287).
 *
 * <p>This side's packets have it at random once the peer has said that it takes them so; a client's
 * first packets may have it so, too, where it brings a token and remembers what the server said
 * with it (3.1). Initial packets keep it otherwise: whoever takes them may not know yet. Owned by
 * the connection's thread.
 */
final class QuicBit {
  private final boolean accepted;
  private final SecureRandom random;
  private long bits;
  private int bitsLeft;

  /** Whether the client knows from an earlier connection that the server takes either value. */
  private boolean remembered;

  /**
   * @param accepted whether this side takes packets with the bit cleared, and has said so
   */
  QuicBit(boolean accepted, SecureRandom random) {
    this.accepted = accepted;
    this.random = random;
  }

  /** The server said in an earlier connection that it takes either value. */
  void remember() {
    remembered = true;
  }

  /**
   * The client's token isn't the one that came with what it remembers, but a Retry's: who gave that
   * may be another server, which takes first packets only as they always were (3.1).
   */
  void forget() {
    remembered = false;
  }

  /** Whether a packet that came is acceptable in this respect. */
  boolean accepts(boolean set) {
    return set || accepted;
  }

  /** Whether the next packet has the bit cleared. */
  boolean isClearedNext(boolean initial, @Nullable TransportParameters peer) {
    boolean free = initial ? remembered : remembered || (peer != null && peer.greaseQuicBit());
    if (!free || !accepted) {
      return false;
    }
    if (bitsLeft == 0) {
      bits = random.nextLong();
      bitsLeft = Long.SIZE;
    }
    boolean cleared = (bits & 1) != 0;
    bits >>>= 1;
    bitsLeft--;
    return cleared;
  }

  // ---- Hibernation ----

  /** Writes what {@link #restore} needs. */
  void save(ByteBuffer out) {
    out.putLong(bits).putInt(bitsLeft).put((byte) (remembered ? 1 : 0));
  }

  /** Takes over what another one knew. */
  void restore(ByteBuffer in) {
    bits = in.getLong();
    bitsLeft = in.getInt();
    remembered = in.get() != 0;
  }
}
