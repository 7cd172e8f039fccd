package io.hypermesh.stoq;

import io.hypermesh.stoq.handshake.NamedGroup;

/**
 * How two sides agree on a connection's keys (RFC 8446, 4.2.7).
 *
 * {@snippet file="ApiChoiceExamplesTest.java" region="cryptography"}
 */
public enum StoqNamedGroup {
  /** Curve25519 (RFC 7748): small and fast. */
  X25519("x25519", NamedGroup.X25519),

  /**
   * X25519 beside ML-KEM-768 (draft-ietf-tls-ecdhe-mlkem): what is recorded today stays secret even
   * if a quantum computer breaks X25519. Costs half a millisecond more, 2.3 KB, and a client's
   * first flight is two datagrams.
   */
  X25519MLKEM768("X25519MLKEM768", NamedGroup.X25519MLKEM768),

  /** NIST P-256. */
  SECP256R1("secp256r1", NamedGroup.SECP256R1);

  private final String ianaName;
  private final NamedGroup group;

  StoqNamedGroup(String ianaName, NamedGroup group) {
    this.ianaName = ianaName;
    this.group = group;
  }

  /** The name in IANA's registry of TLS supported groups, which JSSE uses too. */
  public String ianaName() {
    return ianaName;
  }

  NamedGroup group() {
    return group;
  }
}
