package io.hypermesh.stoq.handshake;

import org.jspecify.annotations.Nullable;

/** The groups for key exchange (RFC 8446, 4.2.7), in our default order of preference. */
public enum NamedGroup {
  /** Curve25519 (RFC 7748). */
  X25519(0x001d, 32, 32),
  /** X25519 beside ML-KEM-768 (draft-ietf-tls-ecdhe-mlkem). */
  X25519MLKEM768(0x11ec, 1_184 + 32, 1_088 + 32),
  /** NIST P-256, uncompressed points. */
  SECP256R1(0x0017, 65, 65);

  private final int code;
  private final int clientShareLength;
  private final int serverShareLength;

  NamedGroup(int code, int clientShareLength, int serverShareLength) {
    this.code = code;
    this.clientShareLength = clientShareLength;
    this.serverShareLength = serverShareLength;
  }

  /** The code point on the wire. */
  public int code() {
    return code;
  }

  /** Length in bytes of a client's key share. */
  int clientShareLength() {
    return clientShareLength;
  }

  /** Length in bytes of a server's key share. */
  int serverShareLength() {
    return serverShareLength;
  }

  /** The group with this code point, or null where it is none of ours. */
  static @Nullable NamedGroup ofCode(int code) {
    for (NamedGroup group : values()) {
      if (group.code == code) {
        return group;
      }
    }
    return null;
  }
}
