package io.hypermesh.stoq.protection;

import org.jspecify.annotations.Nullable;

/**
 * The TLS 1.3 cipher suites that QUIC packets are protected with (RFC 8446, B.4; RFC 9001, 5.3).
 */
public enum CipherSuite {
  /** AES-128 in GCM, SHA-256. */
  AES_128_GCM_SHA256(0x1301, 16, "SHA-256"),
  /** AES-256 in GCM, SHA-384. */
  AES_256_GCM_SHA384(0x1302, 32, "SHA-384"),
  /** ChaCha20 with Poly1305, SHA-256. */
  CHACHA20_POLY1305_SHA256(0x1303, 32, "SHA-256");

  /** Length of an AEAD nonce in bytes, the same for every suite. */
  public static final int IV_LENGTH = 12;

  /** Length of an AEAD tag in bytes, the same for every suite. */
  public static final int TAG_LENGTH = 16;

  private final int code;
  private final int keyLength;
  private final String hashAlgorithm;

  CipherSuite(int code, int keyLength, String hashAlgorithm) {
    this.code = code;
    this.keyLength = keyLength;
    this.hashAlgorithm = hashAlgorithm;
  }

  /** The two-byte code point on the wire. */
  public int code() {
    return code;
  }

  /** Length in bytes of the AEAD key, and of the header protection key. */
  public int keyLength() {
    return keyLength;
  }

  /** The JCA name of the suite's hash. */
  public String hashAlgorithm() {
    return hashAlgorithm;
  }

  /** Length in bytes of the suite's hash, and so of its secrets. */
  public int hashLength() {
    return hashAlgorithm.equals("SHA-256") ? 32 : 48;
  }

  /** The suite with this code point, or null where it is none of ours. */
  public static @Nullable CipherSuite ofCode(int code) {
    for (CipherSuite suite : values()) {
      if (suite.code == code) {
        return suite;
      }
    }
    return null;
  }
}
