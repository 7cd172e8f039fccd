package io.hypermesh.trustchain.issuance;

import io.hypermesh.trustchain.KeyAlgorithm;
import io.hypermesh.trustchain.KeyStorage;
import io.hypermesh.trustchain.StoreException;
import io.hypermesh.trustchain.TrustChainIdentity;
import io.hypermesh.trustchain.signature.SigningKey;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * An authority's root and issuer on disk: made at the first start, found again at the next. The key
 * is kept before its certificate is made, so a start that died between the two goes on from there.
 */
public final class AuthorityFiles {
  /** What the root is called among the keys. */
  public static final String ROOT = "root";

  /** What the first issuer is called among the keys; its successors count on. */
  public static final String FIRST_ISSUER = "issuer-1";

  private final Path directory;
  private final KeyStorage keys;
  private final String name;
  private final SecureRandom random;
  private final Instant now;

  /**
   * Takes where things are.
   *
   * @param directory where certificates are kept
   * @param keys where keys are kept
   * @param name what the authority is called
   * @param random where keys and serial numbers come from
   * @param now the time
   */
  public AuthorityFiles(
      Path directory, KeyStorage keys, String name, SecureRandom random, Instant now) {
    this.directory = directory;
    this.keys = keys;
    this.name = name;
    this.random = random;
    this.now = now;
  }

  /**
   * Finds or makes the root.
   *
   * @param algorithm the kind of key, where it is made
   * @param lifetime how long it is valid, where it is made
   * @return the root
   * @throws StoreException where it can't be read or written
   * @throws GeneralSecurityException where a key is unusable
   */
  public Issuer root(KeyAlgorithm algorithm, Duration lifetime)
      throws StoreException, GeneralSecurityException {
    SigningKey key = SigningKey.of(keys.loadOrGenerate(ROOT, algorithm, random));
    Path file = certificateFile(ROOT);
    if (Files.exists(file)) {
      return read(file, key);
    }
    Issuer root = Issuer.root(name, key, lifetime, now, random);
    TrustChainIdentity.writeCertificates(file, List.of(root.certificate()));
    return root;
  }

  /**
   * Finds or makes an issuer.
   *
   * @param issuerName what it is called among the keys
   * @param root the root above it
   * @param algorithm the kind of key, where it is made
   * @param lifetime how long it is valid, where it is made
   * @return the issuer
   * @throws StoreException where it can't be read or written
   * @throws GeneralSecurityException where a key is unusable
   */
  public Issuer issuer(String issuerName, Issuer root, KeyAlgorithm algorithm, Duration lifetime)
      throws StoreException, GeneralSecurityException {
    SigningKey key = SigningKey.of(keys.loadOrGenerate(issuerName, algorithm, random));
    Path file = certificateFile(issuerName);
    if (Files.exists(file)) {
      Issuer issuer = read(file, key);
      issuer.certificate().verify(root.certificate().getPublicKey());
      return issuer;
    }
    Issuer issuer = root.issuer(name, key, lifetime, now, random);
    TrustChainIdentity.writeCertificates(file, List.of(issuer.certificate()));
    return issuer;
  }

  private Path certificateFile(String certificateName) {
    return directory.resolve(certificateName + ".cert.pem");
  }

  private static Issuer read(Path file, SigningKey key) throws StoreException {
    List<X509Certificate> certificates = TrustChainIdentity.readCertificates(file);
    try {
      return Issuer.of(certificates.getFirst(), key);
    } catch (GeneralSecurityException e) {
      throw StoreException.damaged(file, 0, String.valueOf(e.getMessage()));
    }
  }
}
