package io.hypermesh.byzantine;

import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import javax.security.auth.Destroyable;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;

/**
 * The default signature scheme, Ed25519 (RFC 8032), with keys in the form of RFC 8410. Thread-safe.
 */
public final class Ed25519 {
  /** Length of a private key (the seed) in bytes. */
  public static final int PRIVATE_KEY_BYTES = 32;

  /** SEQUENCE { SEQUENCE { OID 1.3.101.112 } BIT STRING (32 bytes) } up to the key itself. */
  private static final byte[] SPKI_PREFIX = HexFormat.of().parseHex("302a300506032b6570032100");

  private static final int KEY_BYTES = org.bouncycastle.math.ec.rfc8032.Ed25519.PUBLIC_KEY_SIZE;
  private static final int SIGNATURE_BYTES =
      org.bouncycastle.math.ec.rfc8032.Ed25519.SIGNATURE_SIZE;

  private Ed25519() {}

  /** A signer with a fresh key. */
  public static KeySigner generate(SecureRandom random) {
    byte[] seed = new byte[PRIVATE_KEY_BYTES];
    random.nextBytes(seed);
    try {
      return signer(seed);
    } finally {
      Arrays.fill(seed, (byte) 0);
    }
  }

  /**
   * A signer with the given key.
   *
   * @param privateKey the 32-byte seed, copied; the caller may erase its own
   * @throws IllegalArgumentException if it has another length
   */
  public static KeySigner signer(byte[] privateKey) {
    if (privateKey.length != PRIVATE_KEY_BYTES) {
      throw new IllegalArgumentException(
          "couldn't use the private key because it has 32 bytes: " + privateKey.length);
    }
    return new KeySigner(privateKey.clone());
  }

  /** A verifier of Ed25519 signatures; false for keys of any other algorithm. */
  public static Verifier verifier() {
    return Ed25519::verify;
  }

  private static boolean verify(byte[] publicKeySpki, byte[] message, byte[] signature) {
    if (publicKeySpki.length != SPKI_PREFIX.length + KEY_BYTES
        || signature.length != SIGNATURE_BYTES
        || !Arrays.equals(
            publicKeySpki, 0, SPKI_PREFIX.length, SPKI_PREFIX, 0, SPKI_PREFIX.length)) {
      return false;
    }
    return org.bouncycastle.math.ec.rfc8032.Ed25519.verify(
        signature, 0, publicKeySpki, SPKI_PREFIX.length, message, 0, message.length);
  }

  /** An Ed25519 private key that signs. {@link #destroy} erases it. */
  public static final class KeySigner implements Signer, Destroyable {
    private final byte[] privateKey;
    private final byte[] rawPublicKey;
    private volatile boolean destroyed;

    private KeySigner(byte[] owned) {
      this.privateKey = owned;
      this.rawPublicKey =
          new Ed25519PrivateKeyParameters(owned, 0).generatePublicKey().getEncoded();
    }

    @Override
    public byte[] publicKey() {
      byte[] spki = Arrays.copyOf(SPKI_PREFIX, SPKI_PREFIX.length + KEY_BYTES);
      System.arraycopy(rawPublicKey, 0, spki, SPKI_PREFIX.length, KEY_BYTES);
      return spki;
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalStateException after {@link #destroy}
     */
    @Override
    public byte[] sign(byte[] message) {
      if (destroyed) {
        throw new IllegalStateException("couldn't sign because the key was destroyed");
      }
      byte[] signature = new byte[SIGNATURE_BYTES];
      org.bouncycastle.math.ec.rfc8032.Ed25519.sign(
          privateKey, 0, rawPublicKey, 0, null, message, 0, message.length, signature, 0);
      return signature;
    }

    @Override
    public void destroy() {
      destroyed = true;
      Arrays.fill(privateKey, (byte) 0);
    }

    @Override
    public boolean isDestroyed() {
      return destroyed;
    }
  }
}
