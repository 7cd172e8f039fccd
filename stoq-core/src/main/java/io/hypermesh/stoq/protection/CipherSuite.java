package io.hypermesh.stoq.protection;

import org.jspecify.annotations.Nullable;

/**
 * The TLS 1.3 cipher suites that QUIC packets are protected with (RFC 8446, B.4; RFC 9001, 5.3).
 */
public enum CipherSuite {
  /** AES-128 in GCM, SHA-256. */
  AES_128_GCM_SHA256(0x1301, 16, "SHA-256", 1L << 23, 1L << 52),
  /** AES-256 in GCM, SHA-384. */
  AES_256_GCM_SHA384(0x1302, 32, "SHA-384", 1L << 23, 1L << 52),
  /** ChaCha20 with Poly1305, SHA-256; packet numbers run out before it may not be used any more. */
  CHACHA20_POLY1305_SHA256(0x1303, 32, "SHA-256", 1L << 62, 1L << 36);

  /** Length of an AEAD nonce in bytes, the same for every suite. */
  public static final int IV_LENGTH = 12;

  /** Length of an AEAD tag in bytes, the same for every suite. */
  public static final int TAG_LENGTH = 16;

  private final int code;
  private final int keyLength;
  private final String hashAlgorithm;
  private final long confidentialityLimitPackets;
  private final long integrityLimitPackets;

  CipherSuite(
      int code,
      int keyLength,
      String hashAlgorithm,
      long confidentialityLimitPackets,
      long integrityLimitPackets) {
    this.code = code;
    this.keyLength = keyLength;
    this.hashAlgorithm = hashAlgorithm;
    this.confidentialityLimitPackets = confidentialityLimitPackets;
    this.integrityLimitPackets = integrityLimitPackets;
  }

  /** How many packets one key may seal; before that comes a key update (RFC 9001, 6.6). */
  public long confidentialityLimitPackets() {
    return confidentialityLimitPackets;
  }

  /**
   * How many packets may fail to open, over all keys of a connection, before it ends with
   * AEAD_LIMIT_REACHED (RFC 9001, 6.6).
   */
  public long integrityLimitPackets() {
    return integrityLimitPackets;
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
