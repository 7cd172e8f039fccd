package io.hypermesh.trustchain;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;

/** The SHA-256 hash of a node in a Merkle tree (RFC 6962 section 2.1): an immutable value. */
public final class MerkleHash {
  /** The length of a hash in bytes. */
  public static final int LENGTH = 32;

  private final byte[] bytes;

  private MerkleHash(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * Copies 32 bytes into a hash.
   *
   * @param bytes exactly {@link #LENGTH} bytes
   * @return the hash
   * @throws IllegalArgumentException where the length differs
   */
  public static MerkleHash of(byte[] bytes) {
    if (bytes.length != LENGTH) {
      throw new IllegalArgumentException("a hash has 32 bytes, not " + bytes.length);
    }
    return new MerkleHash(bytes.clone());
  }

  /**
   * The bytes of the hash.
   *
   * @return a copy, {@link #LENGTH} bytes
   */
  public byte[] bytes() {
    return bytes.clone();
  }

  /**
   * Feeds this hash into a digest without a copy.
   *
   * @param digest what to update
   */
  public void updateInto(MessageDigest digest) {
    digest.update(bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof MerkleHash hash && MessageDigest.isEqual(bytes, hash.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** The hash in base64, as checkpoints spell it. */
  @Override
  public String toString() {
    return Base64.getEncoder().encodeToString(bytes);
  }
}
