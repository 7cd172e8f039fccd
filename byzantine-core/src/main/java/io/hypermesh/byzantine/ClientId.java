package io.hypermesh.byzantine;

/**
 * A client's self-certifying name: the SHA-256 of its SubjectPublicKeyInfo. Only the holder of the
 * key can make requests under it, and nobody has to register it.
 *
 * @param digest the SHA-256 of the client's DER-encoded SubjectPublicKeyInfo
 */
public record ClientId(Digest digest) implements Comparable<ClientId> {
  /**
   * The name of the client with the given key.
   *
   * @param publicKeySpki the DER-encoded SubjectPublicKeyInfo
   */
  public static ClientId of(byte[] publicKeySpki) {
    return new ClientId(Digest.sha256(publicKeySpki));
  }

  @Override
  public int compareTo(ClientId other) {
    return digest.compareTo(other.digest);
  }

  /** The first 16 hexadecimal digits: enough for people, never used to compare. */
  @Override
  public String toString() {
    return "client-" + digest.toString().substring(0, 16);
  }
}
