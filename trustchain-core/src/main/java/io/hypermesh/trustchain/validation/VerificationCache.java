package io.hypermesh.trustchain.validation;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Remembers signatures that were verified, so that a peer which connects again, or another below
 * the same issuer, costs a hash where it cost a verification.
 *
 * <p>What is remembered is true for ever: that a key signed a message. All that changes with time,
 * purpose or name is judged anew each time. Only successes are remembered, by the SHA-256 of all
 * that went into them, so what anybody sends can push an entry out, but never make one.
 *
 * <p>A fixed number of places, each for the latest of the keys that fall into it: no lock, no list
 * to keep in order. Safe for any number of threads.
 *
 * @param <V> what the verification found
 */
final class VerificationCache<V> {
  /** How many are remembered at most. */
  static final int ENTRIES_MAX = 1_024;

  private static final class Entry<V> {
    final byte[] key;
    final V value;

    Entry(byte[] key, V value) {
      this.key = key;
      this.value = value;
    }
  }

  private final AtomicReferenceArray<@Nullable Entry<V>> entries =
      new AtomicReferenceArray<>(ENTRIES_MAX);

  /**
   * Names a verification.
   *
   * @param parts all that its outcome depends on
   * @return a hash that tells it from every other, however their bytes are divided
   */
  static byte[] key(byte[]... parts) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      for (byte[] part : parts) {
        sha256.update(ByteBuffer.allocate(Integer.BYTES).putInt(part.length).flip());
        sha256.update(part);
      }
      return sha256.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("couldn't hash because this JDK lacks SHA-256", e);
    }
  }

  /** What was found then, or null where it has to be verified. */
  @Nullable V find(byte[] key) {
    Entry<V> entry = entries.get(place(key));
    return entry != null && MessageDigest.isEqual(entry.key, key) ? entry.value : null;
  }

  /** Remembers a success in the place of what was there. */
  void remember(byte[] key, V value) {
    entries.set(place(key), new Entry<>(key, value));
  }

  /** How many are remembered. */
  int size() {
    int size = 0;
    for (int place = 0; place < ENTRIES_MAX; place++) {
      size += entries.get(place) == null ? 0 : 1;
    }
    return size;
  }

  private static int place(byte[] key) {
    return ByteBuffer.wrap(key).getInt() & (ENTRIES_MAX - 1);
  }
}
