package io.hypermesh.stoq.protection;

import io.hypermesh.stoq.packet.QuicVersion;

/** Key updates (RFC 9001, 6.1). Stateless; safe for use by any thread. */
public final class KeyUpdate {
  private static final byte[] NO_CONTEXT = new byte[0];

  private KeyUpdate() {}

  /**
   * The traffic secret of the next key phase.
   *
   * @param secret the present one; the caller erases it once no older packet can use it
   * @return the caller's to erase
   */
  public static byte[] nextSecret(QuicVersion version, CipherSuite suite, byte[] secret) {
    return Hkdf.expandLabel(
        suite.hashAlgorithm(), secret, version.keyUpdateLabel(), NO_CONTEXT, suite.hashLength());
  }
}
