package io.hypermesh.stoq.handshake;

import java.lang.ref.WeakReference;
import java.security.PrivateKey;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

/**
 * The few private keys that an endpoint signs with, in the form that signs: to read one from its
 * encoding, and compute what belongs to it, costs as much as the signature.
 *
 * <p>A key is known by its object, as the key manager gives it in each handshake, and is let go of
 * when that is collected, when it is destroyed, or when {@link #KEYS_MAX} others came after it. Any
 * thread may call any method.
 */
final class SigningKeys {
  /** Keys remembered at most: an endpoint's own, of each kind, while they are rotated. */
  static final int KEYS_MAX = 8;

  private record Entry(
      WeakReference<PrivateKey> key, SignatureScheme scheme, Signatures.Signer signer) {
    boolean isFor(PrivateKey wanted, SignatureScheme wantedScheme) {
      return scheme == wantedScheme && key.refersTo(wanted);
    }

    boolean isAlive() {
      PrivateKey referent = key.get();
      return referent != null && !referent.isDestroyed();
    }
  }

  private final PublicKeyProvider provider;
  private final AtomicReference<List<Entry>> entries = new AtomicReference<>(List.of());

  SigningKeys(PublicKeyProvider provider) {
    this.provider = provider;
  }

  /**
   * Signs as {@link Signatures#sign}.
   *
   * @throws AuthenticationException with {@code internal_error} where the key or its provider
   *     refuses
   */
  byte[] sign(SignatureScheme scheme, PrivateKey key, byte[] content)
      throws AuthenticationException {
    return Signatures.sign(signer(scheme, key), content);
  }

  private Signatures.Signer signer(SignatureScheme scheme, PrivateKey key) {
    for (Entry entry : entries.get()) {
      if (entry.isFor(key, scheme) && !key.isDestroyed()) {
        return entry.signer();
      }
    }
    Signatures.Signer signer = Signatures.signer(scheme, key, provider);
    Entry added = new Entry(new WeakReference<>(key), scheme, signer);
    entries.updateAndGet(known ->
        Stream.concat(
                Stream.of(added),
                known.stream().filter(entry -> entry.isAlive() && !entry.isFor(key, scheme)))
            .limit(KEYS_MAX)
            .toList());
    return signer;
  }

  /** How many are remembered. */
  int size() {
    return entries.get().size();
  }

  /** Lets go of all. */
  void clear() {
    entries.set(List.of());
  }
}
