package io.hypermesh.stoq.packet;

/** The levels at which TLS gives keys and QUIC sends CRYPTO frames (RFC 9001, 2.1 and 4.1.4). */
public enum EncryptionLevel {
  /** Initial packets; keys that anyone on the path can derive. */
  INITIAL(0),
  /** 0-RTT packets. */
  ZERO_RTT(1),
  /** Handshake packets. */
  HANDSHAKE(2),
  /** 1-RTT packets. */
  ONE_RTT(3);

  /** How many levels there are. */
  public static final int COUNT = 4;

  private final int index;

  EncryptionLevel(int index) {
    this.index = index;
  }

  /** This level's place in an array of {@link #COUNT}. */
  public int index() {
    return index;
  }
}
