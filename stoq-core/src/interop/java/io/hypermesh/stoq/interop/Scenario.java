package io.hypermesh.stoq.interop;

/** What is tried with every peer: the rows of the table. */
enum Scenario {
  HANDSHAKE("handshake", 1_000, "connected; a thousand bytes went both ways"),
  TRANSFER("transfer", 20_000_000, "20 MB each way, the bytes compared"),
  CLIENT_CERTIFICATE("client certificate", 1_000, "each side has seen the other's certificate"),
  RETRY("retry", 1_000, "the server sent a Retry, and took the client's token"),
  KEY_UPDATE("key update", 2_000_000, "packets of another key phase went both ways"),
  CHACHA20("chacha20", 1_000, "TLS_CHACHA20_POLY1305_SHA256 was negotiated"),
  REBINDING("rebinding", 5_000_000, "the client's port changed during a transfer of 5 MB"),
  V2("version 2", 1_000, "version 0x6b3343cf of RFC 9369 was used"),
  RESUMPTION("resumption", 1_000, "a second connection resumed the first one's session"),
  ZERO_RTT("0-RTT", 1_000, "a second connection's first bytes were accepted as early data");

  private final String title;
  private final int bytes;
  private final String proof;

  Scenario(String title, int bytes, String proof) {
    this.title = title;
    this.bytes = bytes;
    this.proof = proof;
  }

  /** The row's name. */
  String title() {
    return title;
  }

  /** Whether a connection comes first that leaves a session. */
  boolean resumes() {
    return this == RESUMPTION || this == ZERO_RTT;
  }

  /** Bytes transferred in each direction. */
  int bytes() {
    return bytes;
  }

  /** What a cell that passes has proven. */
  String proof() {
    return proof;
  }
}
