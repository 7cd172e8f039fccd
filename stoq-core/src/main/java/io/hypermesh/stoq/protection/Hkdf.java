package io.hypermesh.stoq.protection;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * HKDF (RFC 5869) and TLS 1.3's HKDF-Expand-Label over it (RFC 8446, 7.1).
 *
 * <p>Written over {@link Mac} rather than the platform's KDF so that every output is a plain array
 * whose owner erases it. Stateless; safe for use by any thread.
 */
public final class Hkdf {
  private static final byte[] LABEL_PREFIX = "tls13 ".getBytes(StandardCharsets.US_ASCII);

  private Hkdf() {}

  /**
   * HKDF-Extract.
   *
   * @param hashAlgorithm the JCA name of the hash, for example {@code SHA-256}
   * @param salt may be empty, which stands for a string of zeros
   * @param inputKeyMaterial the secret to extract from; the caller keeps and erases it
   * @return a pseudorandom key as long as the hash
   */
  public static byte[] extract(String hashAlgorithm, byte[] salt, byte[] inputKeyMaterial) {
    Mac mac = mac(hashAlgorithm);
    initialise(mac, salt.length == 0 ? new byte[mac.getMacLength()] : salt);
    return mac.doFinal(inputKeyMaterial);
  }

  /**
   * HKDF-Expand-Label.
   *
   * @param label without the prefix {@code "tls13 "}
   * @param context usually a transcript hash, or empty
   * @param length bytes wanted, at most 255 times the hash's length
   */
  public static byte[] expandLabel(
      String hashAlgorithm, byte[] secret, String label, byte[] context, int length) {
    byte[] labelBytes = label.getBytes(StandardCharsets.US_ASCII);
    byte[] info = new byte[2 + 1 + LABEL_PREFIX.length + labelBytes.length + 1 + context.length];
    int at = 0;
    info[at++] = (byte) (length >>> 8);
    info[at++] = (byte) length;
    info[at++] = (byte) (LABEL_PREFIX.length + labelBytes.length);
    System.arraycopy(LABEL_PREFIX, 0, info, at, LABEL_PREFIX.length);
    at += LABEL_PREFIX.length;
    System.arraycopy(labelBytes, 0, info, at, labelBytes.length);
    at += labelBytes.length;
    info[at++] = (byte) context.length;
    System.arraycopy(context, 0, info, at, context.length);
    return expand(hashAlgorithm, secret, info, length);
  }

  /** HKDF-Expand. */
  static byte[] expand(String hashAlgorithm, byte[] secret, byte[] info, int length) {
    Mac mac = mac(hashAlgorithm);
    initialise(mac, secret);
    int hashLength = mac.getMacLength();
    if (length > 255 * hashLength) {
      throw new IllegalArgumentException("HKDF gives at most 255 blocks: " + length + " bytes");
    }
    byte[] output = new byte[length];
    byte[] block = new byte[0];
    for (int at = 0, counter = 1; at < length; at += hashLength, counter++) {
      mac.update(block);
      mac.update(info);
      mac.update((byte) counter);
      Arrays.fill(block, (byte) 0);
      block = mac.doFinal();
      System.arraycopy(block, 0, output, at, Math.min(hashLength, length - at));
    }
    Arrays.fill(block, (byte) 0);
    return output;
  }

  private static Mac mac(String hashAlgorithm) {
    try {
      return Mac.getInstance(hashAlgorithm.equals("SHA-256") ? "HmacSHA256" : "HmacSHA384");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(
          "couldn't use HMAC: this JDK lacks it for " + hashAlgorithm, e);
    }
  }

  private static void initialise(Mac mac, byte[] key) {
    try {
      mac.init(new SecretKeySpec(key, "HMAC"));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("couldn't use HMAC: the provider refused a raw key", e);
    }
  }
}
