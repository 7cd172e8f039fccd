package io.hypermesh.stoq.protection;

import java.util.Arrays;
import javax.crypto.SecretKey;

/**
 * A key for a JCE cipher whose bytes go when it is destroyed; the JDK's own {@code SecretKeySpec}
 * cannot be. Never printed, never serialised.
 */
final class ErasableKey implements SecretKey {
  private static final long serialVersionUID = 1L;

  private final String algorithm;
  private final transient byte[] bytes;
  private transient boolean destroyed;

  /** Takes over the array, and erases it when destroyed. */
  ErasableKey(String algorithm, byte[] bytes) {
    this.algorithm = algorithm;
    this.bytes = bytes;
  }

  @Override
  public String getAlgorithm() {
    return algorithm;
  }

  @Override
  public String getFormat() {
    return "RAW";
  }

  @Override
  public byte[] getEncoded() {
    if (destroyed) {
      throw new IllegalStateException("couldn't use a key: it has been erased");
    }
    return bytes.clone();
  }

  @Override
  public void destroy() {
    Arrays.fill(bytes, (byte) 0);
    destroyed = true;
  }

  @Override
  public boolean isDestroyed() {
    return destroyed;
  }

  @Override
  public String toString() {
    return "ErasableKey[" + algorithm + "]";
  }
}
