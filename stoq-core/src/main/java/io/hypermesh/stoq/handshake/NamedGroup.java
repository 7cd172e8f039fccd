package io.hypermesh.stoq.handshake;

import org.jspecify.annotations.Nullable;

/** The groups for (EC)DHE (RFC 8446, 4.2.7). */
public enum NamedGroup {
  /** Curve25519 (RFC 7748). */
  X25519(0x001d, 32),
  /** NIST P-256, uncompressed points. */
  SECP256R1(0x0017, 65);

  private final int code;
  private final int shareLength;

  NamedGroup(int code, int shareLength) {
    this.code = code;
    this.shareLength = shareLength;
  }

  /** The code point on the wire. */
  public int code() {
    return code;
  }

  /** Length in bytes of a key share. */
  int shareLength() {
    return shareLength;
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
