package io.hypermesh.asset;

import io.hypermesh.byzantine.Digest;
import java.util.HexFormat;

/**
 * Who owns or leases: the SHA-256 of the owner's public key as an X.509 SubjectPublicKeyInfo (RFC
 * 5280 section 4.1). Self-certifying: whoever shows a key that hashes to it and signs with that key
 * is the owner, and nobody has to be asked.
 *
 * @param digest SHA-256 of the DER-encoded SubjectPublicKeyInfo
 */
public record OwnerId(Digest digest) implements Comparable<OwnerId> {
  /** Nobody: what a record holds where there is no lessee. No known key hashes to it. */
  public static final OwnerId NOBODY = new OwnerId(Digest.ZERO);

  /**
   * Names the owner of a public key.
   *
   * @param subjectPublicKeyInfo the key, DER-encoded
   * @return its owner
   */
  public static OwnerId ofPublicKey(byte[] subjectPublicKeyInfo) {
    return new OwnerId(Digest.sha256(subjectPublicKeyInfo));
  }

  /**
   * Parses what {@link #toString} prints.
   *
   * @param hex 64 lower-case hexadecimal digits
   * @return the owner
   * @throws DecodingException if the text is anything else
   */
  public static OwnerId parse(String hex) throws DecodingException {
    if (hex.length() != 2 * Digest.BYTES) {
      throw new DecodingException(
          "an owner has " + 2 * Digest.BYTES + " hexadecimal digits, not " + hex.length());
    }
    for (int i = 0; i < hex.length(); i++) {
      char c = hex.charAt(i);
      if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
        throw new DecodingException("not a lower-case hexadecimal digit at " + i + ": " + (int) c);
      }
    }
    return new OwnerId(Digest.of(HexFormat.of().parseHex(hex)));
  }

  @Override
  public int compareTo(OwnerId other) {
    return digest.compareTo(other.digest);
  }

  @Override
  public String toString() {
    return digest.toString();
  }
}
