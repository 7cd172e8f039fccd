package io.hypermesh.codec;

import io.hypermesh.byzantine.Digest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * SHA-256 behind a domain: the purpose's text and one zero byte are hashed before the value, so
 * that a value hashed for one purpose can never be taken for another.
 */
public final class Sha256 {
  private Sha256() {}

  /**
   * Hashes the parts, one after the other, behind a domain.
   *
   * @param domain what is hashed, and the format's version
   * @param parts what to hash; their boundaries are not hashed, so all but the last must have a
   *     fixed length
   * @return the digest
   */
  public static Digest of(String domain, byte[]... parts) {
    MessageDigest hash = newInstance();
    hash.update((domain + '\0').getBytes(StandardCharsets.US_ASCII));
    for (byte[] part : parts) {
      hash.update(part);
    }
    return Digest.of(hash.digest());
  }

  /**
   * Gives the platform's SHA-256, which every Java platform has.
   *
   * @return a new instance
   */
  public static MessageDigest newInstance() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("couldn't hash because this platform lacks SHA-256", e);
    }
  }
}
