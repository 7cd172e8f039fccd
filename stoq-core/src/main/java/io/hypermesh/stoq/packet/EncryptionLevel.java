package io.hypermesh.stoq.packet;

/** The levels at which TLS gives keys and QUIC sends CRYPTO frames (RFC 9001, 2.1 and 4.1.4). */
public enum EncryptionLevel {
  /** Initial packets; keys that anyone on the path can derive. */
  INITIAL,
  /** 0-RTT packets. */
  ZERO_RTT,
  /** Handshake packets. */
  HANDSHAKE,
  /** 1-RTT packets. */
  ONE_RTT
}
