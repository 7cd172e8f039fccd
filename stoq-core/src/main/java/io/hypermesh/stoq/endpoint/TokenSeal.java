package io.hypermesh.stoq.endpoint;

import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Seals what a token says with AES-128-GCM, so that nobody but this endpoint can read or make it
 * (RFC 9000, 8.1.4).
 *
 * <pre>{@code
 * type (1) | nonce (12) | sealed | tag (16)
 * }</pre>
 *
 * <p>The nonce is random; a key that lives as long as its host keeps it may seal 2^32 tokens before
 * two are likely to share one. Owned by the endpoint's thread.
 */
final class TokenSeal {
  static final int NONCE_LENGTH = 12;
  static final int OVERHEAD = 1 + NONCE_LENGTH + 16;

  private static final int KEY_LENGTH = 16;
  private static final int TAG_BITS = 128;

  private final byte type;
  private final SecureRandom random;
  private final Cipher cipher;
  private final byte[] keyBytes;

  /**
   * @param type the first byte of every token, which tells the kinds apart (8.1.1)
   * @param label of the key
   */
  TokenSeal(byte type, String label, EndpointSecret secret, SecureRandom random) {
    this.type = type;
    this.random = random;
    this.keyBytes = secret.derive(label, KEY_LENGTH);
    try {
      this.cipher = Cipher.getInstance("AES/GCM/NoPadding");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("couldn't use AES-GCM: this JDK lacks it", e);
    }
  }

  /** Whether a token claims to be of this kind. */
  boolean isOfType(byte[] token) {
    return token.length > 0 && token[0] == type;
  }

  /** A token that says this, for whoever shows it together with the binding. */
  byte[] seal(byte[] plaintext, byte[] binding) {
    byte[] token = new byte[OVERHEAD + plaintext.length];
    token[0] = type;
    byte[] nonce = new byte[NONCE_LENGTH];
    random.nextBytes(nonce);
    System.arraycopy(nonce, 0, token, 1, NONCE_LENGTH);
    try {
      cipher.init(Cipher.ENCRYPT_MODE, key(), new GCMParameterSpec(TAG_BITS, nonce));
      cipher.updateAAD(binding);
      cipher.doFinal(plaintext, 0, plaintext.length, token, 1 + NONCE_LENGTH);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("couldn't seal a token", e);
    }
    return token;
  }

  /** What a token says; null where it isn't ours, or not for this binding. */
  byte @Nullable [] open(byte[] token, byte[] binding) {
    if (token.length < OVERHEAD || !isOfType(token)) {
      return null;
    }
    try {
      cipher.init(
          Cipher.DECRYPT_MODE, key(), new GCMParameterSpec(TAG_BITS, token, 1, NONCE_LENGTH));
      cipher.updateAAD(binding);
      return cipher.doFinal(token, 1 + NONCE_LENGTH, token.length - 1 - NONCE_LENGTH);
    } catch (AEADBadTagException e) {
      return null;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("couldn't open a token", e);
    }
  }

  private SecretKeySpec key() {
    return new SecretKeySpec(keyBytes, "AES");
  }

  /** Erases the key. */
  void erase() {
    Arrays.fill(keyBytes, (byte) 0);
  }
}
