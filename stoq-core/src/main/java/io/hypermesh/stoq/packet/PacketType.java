package io.hypermesh.stoq.packet;

import org.jspecify.annotations.Nullable;

/** The kinds of packet that a datagram can hold (RFC 9000, 17). */
public enum PacketType {
  /** Long header; may carry a token; starts a connection. */
  INITIAL,
  /** Long header; application data before the handshake is complete. */
  ZERO_RTT,
  /** Long header; the rest of the handshake. */
  HANDSHAKE,
  /** Long header; a server's demand that the client prove its address. Not encrypted. */
  RETRY,
  /** Short header; everything after the handshake. */
  ONE_RTT,
  /** Long header with version 0; a server's list of versions. Not encrypted. */
  VERSION_NEGOTIATION,
  /** Long header of a version that this code does not speak: only the connection IDs are known. */
  UNSUPPORTED_VERSION;

  /** The level whose keys protect this packet, or null where no keys do. */
  public @Nullable EncryptionLevel level() {
    return switch (this) {
      case INITIAL -> EncryptionLevel.INITIAL;
      case ZERO_RTT -> EncryptionLevel.ZERO_RTT;
      case HANDSHAKE -> EncryptionLevel.HANDSHAKE;
      case ONE_RTT -> EncryptionLevel.ONE_RTT;
      case RETRY, VERSION_NEGOTIATION, UNSUPPORTED_VERSION -> null;
    };
  }

  /** The packet type that this level's packets have. */
  public static PacketType of(EncryptionLevel level) {
    return switch (level) {
      case INITIAL -> INITIAL;
      case ZERO_RTT -> ZERO_RTT;
      case HANDSHAKE -> HANDSHAKE;
      case ONE_RTT -> ONE_RTT;
    };
  }
}
