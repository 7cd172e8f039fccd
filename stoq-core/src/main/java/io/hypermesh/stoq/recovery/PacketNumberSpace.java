package io.hypermesh.stoq.recovery;

import io.hypermesh.stoq.packet.EncryptionLevel;

/** The three independent numberings of packets (RFC 9000, 12.3). */
public enum PacketNumberSpace {
  /** Initial packets. */
  INITIAL(0),
  /** Handshake packets. */
  HANDSHAKE(1),
  /** 0-RTT and 1-RTT packets. */
  APPLICATION(2);

  /** How many spaces there are. */
  public static final int COUNT = 3;

  private final int index;

  PacketNumberSpace(int index) {
    this.index = index;
  }

  /** This space's place in an array of {@link #COUNT}. */
  public int index() {
    return index;
  }

  /** The space that packets of this level are numbered in. */
  public static PacketNumberSpace of(EncryptionLevel level) {
    return switch (level) {
      case INITIAL -> INITIAL;
      case HANDSHAKE -> HANDSHAKE;
      case ZERO_RTT, ONE_RTT -> APPLICATION;
    };
  }
}
