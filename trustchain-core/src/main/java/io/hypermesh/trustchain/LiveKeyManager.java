package io.hypermesh.trustchain;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * Shows one identity, for both ends of TLS, that can be replaced while handshakes run.
 *
 * <p>A handshake asks three times: for an alias, then for its key and its chain. The alias names a
 * generation, and the last {@value #GENERATIONS_KEPT} generations stay known, so a handshake that
 * began before a replacement ends with the key and the chain that it began with. Open connections
 * are not touched. Any number of threads may call any method; none waits.
 */
public final class LiveKeyManager extends X509ExtendedKeyManager {
  /** How many identities a handshake that began earlier can still use. */
  public static final int GENERATIONS_KEPT = 8;

  private static final String ALIAS_PREFIX = "generation-";

  /** Newest first; each list is immutable. */
  private final AtomicReference<List<Generation>> generations;

  private record Generation(long number, TrustChainIdentity identity) {
    String alias() {
      return ALIAS_PREFIX + number;
    }
  }

  /**
   * Shows an identity.
   *
   * @param identity the first identity
   */
  public LiveKeyManager(TrustChainIdentity identity) {
    generations = new AtomicReference<>(List.of(new Generation(1, identity)));
  }

  /**
   * Shows another identity from now on. Atomic: no handshake sees a part of it.
   *
   * @param identity the new identity
   */
  public void replace(TrustChainIdentity identity) {
    generations.updateAndGet(old -> {
      List<Generation> next = new ArrayList<>(GENERATIONS_KEPT);
      next.add(new Generation(old.getFirst().number() + 1, identity));
      next.addAll(old.subList(0, Math.min(old.size(), GENERATIONS_KEPT - 1)));
      return List.copyOf(next);
    });
  }

  /**
   * What is shown now.
   *
   * @return the identity
   */
  public TrustChainIdentity identity() {
    return generations.get().getFirst().identity();
  }

  /**
   * How many identities have been shown.
   *
   * @return 1 at first, one more with each replacement
   */
  public long generation() {
    return generations.get().getFirst().number();
  }

  private @Nullable Generation find(@Nullable String alias) {
    for (Generation generation : generations.get()) {
      if (generation.alias().equals(alias)) {
        return generation;
      }
    }
    return null;
  }

  private @Nullable String choose(String @Nullable [] keyTypes, Principal @Nullable [] issuers) {
    Generation newest = generations.get().getFirst();
    X509Certificate certificate = newest.identity().certificate();
    String algorithm = certificate.getPublicKey().getAlgorithm();
    boolean keyFits =
        keyTypes == null
            || Arrays.stream(keyTypes).anyMatch(type -> type != null && fits(type, algorithm));
    return keyFits && isFromOneOf(newest.identity(), issuers) ? newest.alias() : null;
  }

  /** TLS versions spell the kind of key differently: "EC" or "EC_EC", "EdDSA" or "Ed25519". */
  private static boolean fits(String keyType, String algorithm) {
    int underscore = keyType.indexOf('_');
    String type = underscore < 0 ? keyType : keyType.substring(0, underscore);
    return type.equals(algorithm) || (algorithm.equals("EdDSA") && type.equals("Ed25519"));
  }

  private static boolean isFromOneOf(TrustChainIdentity identity, Principal @Nullable [] issuers) {
    if (issuers == null || issuers.length == 0) {
      return true;
    }
    List<Principal> accepted = Arrays.asList(issuers);
    return identity.chain().stream()
        .anyMatch(certificate -> accepted.contains(certificate.getIssuerX500Principal()));
  }

  @Override
  public @Nullable String chooseEngineClientAlias(
      String[] keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
    return choose(keyType, issuers);
  }

  @Override
  public @Nullable String chooseEngineServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
    return choose(new String[] {keyType}, issuers);
  }

  @Override
  public @Nullable String chooseClientAlias(
      String[] keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return choose(keyType, issuers);
  }

  @Override
  public @Nullable String chooseServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return choose(new String[] {keyType}, issuers);
  }

  @Override
  public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
    return aliases(keyType, issuers);
  }

  @Override
  public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
    return aliases(keyType, issuers);
  }

  private String @Nullable [] aliases(String keyType, Principal @Nullable [] issuers) {
    String alias = choose(new String[] {keyType}, issuers);
    return alias == null ? null : new String[] {alias};
  }

  @Override
  public X509Certificate @Nullable [] getCertificateChain(@Nullable String alias) {
    Generation found = find(alias);
    return found == null ? null : found.identity().chain().toArray(new X509Certificate[0]);
  }

  @Override
  public @Nullable PrivateKey getPrivateKey(@Nullable String alias) {
    Generation found = find(alias);
    return found == null ? null : found.identity().privateKey();
  }
}
