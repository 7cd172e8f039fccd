package io.hypermesh.stoq;

import io.hypermesh.stoq.protection.CipherSuite;

/**
 * How packets are protected (RFC 8446, B.4; RFC 9001, 5.3).
 *
 * {@snippet file="ApiChoiceExamplesTest.java" region="cryptography"}
 */
public enum StoqCipherSuite {
  /** AES-128 in GCM. */
  AES_128_GCM_SHA256(CipherSuite.AES_128_GCM_SHA256),

  /** AES-256 in GCM. */
  AES_256_GCM_SHA384(CipherSuite.AES_256_GCM_SHA384),

  /** ChaCha20 with Poly1305, for processors without AES instructions. */
  CHACHA20_POLY1305_SHA256(CipherSuite.CHACHA20_POLY1305_SHA256);

  private final CipherSuite suite;

  StoqCipherSuite(CipherSuite suite) {
    this.suite = suite;
  }

  /** The name in IANA's registry of TLS cipher suites, which JSSE uses too. */
  public String ianaName() {
    return "TLS_" + suite.name();
  }

  CipherSuite suite() {
    return suite;
  }
}
