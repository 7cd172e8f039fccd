package io.hypermesh.byzantine;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/** An immutable SHA-256 value of 32 bytes; equal by content. Thread-safe. */
public final class Digest implements Comparable<Digest> {
  /** Length in bytes. */
  public static final int BYTES = 32;

  /** Thirty-two zero bytes: where a chain begins. */
  public static final Digest ZERO = new Digest(new byte[BYTES]);

  private final byte[] bytes;
  private final int hash;

  private Digest(byte[] owned) {
    this.bytes = owned;
    this.hash = Arrays.hashCode(owned);
  }

  /**
   * A digest with the given value.
   *
   * @param value exactly 32 bytes, copied
   * @throws IllegalArgumentException if the length is another
   */
  public static Digest of(byte[] value) {
    if (value.length != BYTES) {
      throw new IllegalArgumentException(
          "couldn't make a digest because it has 32 bytes: " + value.length);
    }
    return new Digest(value.clone());
  }

  /** The SHA-256 of the concatenation of {@code parts}. */
  public static Digest sha256(byte[]... parts) {
    MessageDigest sha = newSha256();
    for (byte[] part : parts) {
      sha.update(part);
    }
    return new Digest(sha.digest());
  }

  private static MessageDigest newSha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("couldn't hash because this Java platform lacks SHA-256", e);
    }
  }

  /** A copy of the 32 bytes. */
  public byte[] bytes() {
    return bytes.clone();
  }

  @Override
  public int compareTo(Digest other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Digest digest && Arrays.equals(bytes, digest.bytes);
  }

  @Override
  public int hashCode() {
    return hash;
  }

  /** All 64 hexadecimal digits. */
  @Override
  public String toString() {
    return HexFormat.of().formatHex(bytes);
  }
}
