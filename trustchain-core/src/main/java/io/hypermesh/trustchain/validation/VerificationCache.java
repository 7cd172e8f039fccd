package io.hypermesh.trustchain.validation;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Remembers what was verified, so that a peer which connects again, or another below the same
 * issuer, costs a hash where it cost a verification.
 *
 * <p>What is remembered is true for ever: that a key signed a message, that a chain keeps to the
 * rules for a purpose below these roots. All that changes with time or name is judged anew each
 * time. Only successes are remembered, by the SHA-256 of all that went into them, so what anybody
 * sends can push an entry out, but never make one.
 *
 * <p>A fixed number of places, each for the latest of the keys that fall into it: no lock, no list
 * to keep in order. Safe for any number of threads.
 *
 * @param <V> what the verification found
 */
final class VerificationCache<V> {
  /** How many are remembered at most, where nothing else is said. */
  static final int ENTRIES_MAX = 1_024;

  private static final class Entry<V> {
    final byte[] key;
    final V value;

    Entry(byte[] key, V value) {
      this.key = key;
      this.value = value;
    }
  }

  private final AtomicReferenceArray<@Nullable Entry<V>> entries;

  /** Remembers {@link #ENTRIES_MAX} at most. */
  VerificationCache() {
    this(ENTRIES_MAX);
  }

  /**
   * Remembers as many as this at most.
   *
   * @param entriesMax from 0, which remembers none
   */
  VerificationCache(int entriesMax) {
    entries = new AtomicReferenceArray<>(entriesMax);
  }

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
    if (entries.length() == 0) {
      return null;
    }
    Entry<V> entry = entries.get(place(key));
    return entry != null && MessageDigest.isEqual(entry.key, key) ? entry.value : null;
  }

  /** Remembers a success in the place of what was there. */
  void remember(byte[] key, V value) {
    if (entries.length() > 0) {
      entries.set(place(key), new Entry<>(key, value));
    }
  }

  /** How many are remembered. */
  int size() {
    int size = 0;
    for (int place = 0; place < entries.length(); place++) {
      size += entries.get(place) == null ? 0 : 1;
    }
    return size;
  }

  private int place(byte[] key) {
    return Integer.remainderUnsigned(ByteBuffer.wrap(key).getInt(), entries.length());
  }
}
