package io.hypermesh.byzantine;

import java.util.Arrays;

/** One voting member of a {@link Membership}: an index, a name for people, and the key. */
public final class Member {
  /** The longest name, in UTF-8 bytes. */
  public static final int NAME_BYTES_MAX = 255;

  private final int index;
  private final String name;
  private final byte[] publicKeySpki;

  Member(int index, String name, byte[] publicKeySpki) {
    this.index = index;
    this.name = name;
    this.publicKeySpki = publicKeySpki.clone();
  }

  /** The position in the membership, from 0. */
  public int index() {
    return index;
  }

  /** A name for people; it carries no authority. */
  public String name() {
    return name;
  }

  /** A copy of the DER-encoded SubjectPublicKeyInfo. */
  public byte[] publicKey() {
    return publicKeySpki.clone();
  }

  /** Checks a signature without copying the key. */
  boolean verifies(Verifier verifier, byte[] message, byte[] signature) {
    return verifier.verify(publicKeySpki, message, signature);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Member member
        && index == member.index
        && name.equals(member.name)
        && Arrays.equals(publicKeySpki, member.publicKeySpki);
  }

  @Override
  public int hashCode() {
    return 31 * index + Arrays.hashCode(publicKeySpki);
  }

  @Override
  public String toString() {
    return index + ":" + name;
  }
}
