package io.hypermesh.stoq.publickey;

import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A private key in libcrypto's memory, which is erased and freed by {@link #close()}; or, where its
 * owner lets go of it without, some time after.
 *
 * <p>Any number of threads may use it; only when none does may it be closed.
 */
public final class NativeKey implements AutoCloseable {
  private static final Cleaner CLEANER = Cleaner.create();
  private static final AtomicLong IN_USE = new AtomicLong();

  private final long address;
  private final Cleaner.Cleanable memory;
  private volatile boolean closed;

  private NativeKey(long address) {
    this.address = address;
    IN_USE.incrementAndGet();
    memory =
        CLEANER.register(
            this,
            () -> {
              IN_USE.decrementAndGet();
              EvpFunctions.free(address);
            });
  }

  /**
   * A key of X25519 (RFC 7748).
   *
   * @param scalar 32 bytes; the caller keeps and erases them
   */
  public static NativeKey x25519(byte[] scalar) {
    return new NativeKey(EvpFunctions.newX25519(scalar));
  }

  /**
   * A key for ECDSA.
   *
   * @param pkcs8 its encoding; the caller keeps and erases it
   * @return null where libcrypto can't read it as a key on a curve
   */
  public static @Nullable NativeKey ecdsa(byte[] pkcs8) {
    long address = EvpFunctions.decodeEc(pkcs8);
    return address == 0 ? null : new NativeKey(address);
  }

  /** The public value of a key of X25519. */
  public byte[] publicValue() {
    checkOpen();
    try {
      return EvpFunctions.publicValue(address);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /**
   * The secret that a key of X25519 shares with a peer's; the caller erases it.
   *
   * @param peerValue 32 bytes
   * @return null where it would be all zeros: the peer's value is of low order
   */
  public byte @Nullable [] agree(byte[] peerValue) {
    checkOpen();
    try {
      return EvpFunctions.agree(address, peerValue);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /**
   * A signature of a key for ECDSA, in DER. Its nonce is libcrypto's, made of random bytes, the key
   * and the hash.
   */
  public byte[] sign(byte[] hash) {
    checkOpen();
    try {
      return EvpFunctions.sign(address, hash);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("couldn't use a key: it has been erased");
    }
  }

  /** Erases the key. Idempotent. */
  @Override
  public void close() {
    closed = true;
    memory.clean();
  }

  /** How many there are whose memory wasn't freed. */
  public static long inUse() {
    return IN_USE.get();
  }
}
