package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.packet.EncryptionLevel;

/** Where a handshake stands: which messages it takes then, and at which level (RFC 8446, A). */
sealed interface HandshakeState permits ClientState, ServerState {
  /** The name of the state, for errors. */
  String name();

  /** The level of the messages that are taken (RFC 9001, 4.1.3). */
  EncryptionLevel level();

  /** A bit for each message type that is taken. */
  long types();

  /** Whether messages of this type are taken. */
  default boolean accepts(int type) {
    return type < Long.SIZE && (types() >>> type & 1) != 0;
  }

  /** The bits of these message types. */
  static long bits(int... types) {
    long bits = 0;
    for (int type : types) {
      bits |= 1L << type;
    }
    return bits;
  }
}
