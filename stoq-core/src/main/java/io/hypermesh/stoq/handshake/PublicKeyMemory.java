package io.hypermesh.stoq.handshake;

import java.io.IOException;
import java.security.PublicKey;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.util.PublicKeyFactory;
import org.jspecify.annotations.Nullable;

/**
 * Public keys as BouncyCastle reads them, the latest few: to read one, which checks that it is on
 * its curve, takes a quarter of the time that verifying with it does, and a handshake asks three
 * times. What is remembered is a function of the key's bytes alone, and says nothing of whom to
 * trust; so anybody's keys may come in and push others out. Safe for any number of threads.
 */
final class PublicKeyMemory {
  /** How many are remembered at most. */
  static final int KEYS_MAX = 256;

  /** Longer ones, RSA's and ML-DSA's, are read anew. */
  private static final int ENCODED_BYTES_MAX = 256;

  private static final class Entry {
    final byte[] encoded;
    final AsymmetricKeyParameter key;

    Entry(byte[] encoded, AsymmetricKeyParameter key) {
      this.encoded = encoded;
      this.key = key;
    }
  }

  private final AtomicReferenceArray<@Nullable Entry> entries =
      new AtomicReferenceArray<>(KEYS_MAX);

  /** The key, or null where it has no valid encoding. */
  @Nullable AsymmetricKeyParameter decode(PublicKey key) {
    byte[] encoded = key.getEncoded();
    if (encoded == null) {
      return null;
    }
    int place = Arrays.hashCode(encoded) & (KEYS_MAX - 1);
    Entry entry = entries.get(place);
    if (entry != null && Arrays.equals(entry.encoded, encoded)) {
      return entry.key;
    }
    AsymmetricKeyParameter decoded;
    try {
      decoded = PublicKeyFactory.createKey(encoded);
    } catch (IOException | RuntimeException e) {
      return null; // no valid key: it fits no scheme
    }
    if (encoded.length <= ENCODED_BYTES_MAX) {
      entries.set(place, new Entry(encoded, decoded));
    }
    return decoded;
  }

  /** How many are remembered. */
  int size() {
    int size = 0;
    for (int place = 0; place < KEYS_MAX; place++) {
      size += entries.get(place) == null ? 0 : 1;
    }
    return size;
  }
}
