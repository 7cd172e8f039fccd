package io.hypermesh.trustchain.issuance;

import io.hypermesh.trustchain.KeyAlgorithm;
import io.hypermesh.trustchain.KeyStorage;
import io.hypermesh.trustchain.StoreException;
import io.hypermesh.trustchain.TrustChainIdentity;
import io.hypermesh.trustchain.signature.SigningKey;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An authority's root and issuer on disk: made at the first start, found again at the next. The key
 * is kept before its certificate is made, so a start that died between the two goes on from there.
 * Once the issuer is made, the root's key is not needed any more.
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
    Path file = certificateFile(ROOT);
    if (Files.exists(file)) {
      return read(file, ROOT);
    }
    SigningKey key = SigningKey.of(keys.loadOrGenerate(ROOT, algorithm, random));
    Issuer root = Issuer.root(name, key, lifetime, now, random);
    TrustChainIdentity.writeCertificates(file, List.of(root.certificate()));
    return root;
  }

  /**
   * Finds the root's certificate. Its key may be kept elsewhere; where it is here, it has to be the
   * right one, and its owner's alone.
   *
   * @return the certificate, or null where it is not made yet
   * @throws StoreException where it can't be read, or the key is another's or open to others
   * @throws GeneralSecurityException where the key is unusable
   */
  public @Nullable X509Certificate rootCertificate()
      throws StoreException, GeneralSecurityException {
    Path file = certificateFile(ROOT);
    if (!Files.exists(file)) {
      return null;
    }
    return keys.load(ROOT) == null
        ? TrustChainIdentity.readCertificates(file).getFirst()
        : read(file, ROOT).certificate();
  }

  /**
   * Finds an issuer, with its key.
   *
   * @param issuerName what it is called among the keys
   * @param root the certificate of the root above it
   * @return the issuer, or null where it is not made yet
   * @throws StoreException where it or its key can't be read
   * @throws GeneralSecurityException where the key is unusable or the root did not sign
   */
  public @Nullable Issuer existingIssuer(String issuerName, X509Certificate root)
      throws StoreException, GeneralSecurityException {
    Path file = certificateFile(issuerName);
    if (!Files.exists(file)) {
      return null;
    }
    Issuer issuer = read(file, issuerName);
    issuer.certificate().verify(root.getPublicKey());
    return issuer;
  }

  /**
   * Makes an issuer.
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
    Issuer issuer = root.issuer(name, key, lifetime, now, random);
    TrustChainIdentity.writeCertificates(
        certificateFile(issuerName), List.of(issuer.certificate()));
    return issuer;
  }

  private Path certificateFile(String certificateName) {
    return directory.resolve(certificateName + ".cert.pem");
  }

  /** A key that was certified is never made anew: the certificate would not be of it. */
  private Issuer read(Path file, String keyName) throws StoreException {
    List<X509Certificate> certificates = TrustChainIdentity.readCertificates(file);
    KeyPair pair = keys.load(keyName);
    if (pair == null) {
      throw StoreException.damaged(file, 0, "the key that it certifies is missing: " + keyName);
    }
    try {
      return Issuer.of(certificates.getFirst(), SigningKey.of(pair));
    } catch (GeneralSecurityException e) {
      throw StoreException.damaged(file, 0, String.valueOf(e.getMessage()));
    }
  }
}
