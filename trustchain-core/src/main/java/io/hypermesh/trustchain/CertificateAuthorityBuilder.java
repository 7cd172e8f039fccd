package io.hypermesh.trustchain;

import io.hypermesh.trustchain.issuance.AuthorityFiles;
import io.hypermesh.trustchain.issuance.IssuancePipeline;
import io.hypermesh.trustchain.issuance.IssuanceStore;
import io.hypermesh.trustchain.issuance.Issuer;
import io.hypermesh.trustchain.store.GroupCommit;
import io.hypermesh.trustchain.store.StoreLock;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Describes a {@link CertificateAuthority}. A directory, a name and a policy are required; all else
 * has a default. Used by one thread, once.
 */
public final class CertificateAuthorityBuilder {
  private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{N} .-]{1,32}");

  private final Map<String, CertificateProfile> profiles = new HashMap<>();
  private @Nullable Path directory;
  private @Nullable String name;
  private @Nullable IssuancePolicy policy;
  private @Nullable KeyStorage keys;
  private @Nullable TransparencyLog log;
  private String logOrigin = "localhost/trustchain";
  private KeyAlgorithm rootKeyAlgorithm = KeyAlgorithm.EC_P256;
  private KeyAlgorithm issuerKeyAlgorithm = KeyAlgorithm.EC_P256;
  private Duration rootLifetime = Duration.ofDays(3650);
  private Duration issuerLifetime = Duration.ofDays(365);
  private int pendingMax = GroupCommit.PENDING_MAX;
  InstantSource clock = InstantSource.system();
  SecureRandom random = new SecureRandom();

  CertificateAuthorityBuilder() {
    profile(CertificateProfile.shortLived());
  }

  /**
   * Where the authority lives: certificates, issuances, and keys and log unless they are elsewhere.
   *
   * @param value a directory, created where it is missing
   * @return this
   */
  public CertificateAuthorityBuilder directory(Path value) {
    directory = value;
    return this;
  }

  /**
   * What the authority is called; a unique part is added in each certificate.
   *
   * @param value 1 to 32 letters, digits, spaces, dots and hyphens
   * @return this
   */
  public CertificateAuthorityBuilder name(String value) {
    if (!NAME.matcher(value).matches()) {
      throw new IllegalArgumentException(
          "a name has 1 to 32 letters, digits, spaces, dots and hyphens: " + value);
    }
    name = value;
    return this;
  }

  /**
   * Which requests are answered.
   *
   * @param value the policy
   * @return this
   */
  public CertificateAuthorityBuilder policy(IssuancePolicy value) {
    policy = value;
    return this;
  }

  /**
   * Adds a profile, or replaces the one with its name. There is {@link
   * CertificateProfile#shortLived} by default.
   *
   * @param value the profile
   * @return this
   */
  public CertificateAuthorityBuilder profile(CertificateProfile value) {
    profiles.put(value.name(), value);
    return this;
  }

  /**
   * Where keys are kept. By default in PKCS#8 files in the authority's directory.
   *
   * @param value the storage; keys are generated where they are missing
   * @return this
   */
  public CertificateAuthorityBuilder keys(KeyStorage value) {
    keys = value;
    return this;
  }

  /**
   * Uses a log that is open already, for example one that several authorities share. It stays open
   * when the authority is closed.
   *
   * @param value the log
   * @return this
   */
  public CertificateAuthorityBuilder log(TransparencyLog value) {
    log = value;
    return this;
  }

  /**
   * The name of the log that the authority opens in its own directory. By default {@code
   * localhost/trustchain}.
   *
   * @param value the origin, as {@link TransparencyLog.Builder#origin} takes it
   * @return this
   */
  public CertificateAuthorityBuilder logOrigin(String value) {
    logOrigin = value;
    return this;
  }

  /**
   * The kinds of the keys, where they are made at the first start. By default EC P-256 for both.
   *
   * @param rootKey the root's
   * @param issuerKey the issuer's
   * @return this
   */
  public CertificateAuthorityBuilder keyAlgorithms(KeyAlgorithm rootKey, KeyAlgorithm issuerKey) {
    rootKeyAlgorithm = rootKey;
    issuerKeyAlgorithm = issuerKey;
    return this;
  }

  /**
   * How long root and issuer are valid, where they are made at the first start. By default ten
   * years and one year; the issuer never outlives the root.
   *
   * @param rootValue the root's
   * @param issuerValue the issuer's
   * @return this
   */
  public CertificateAuthorityBuilder lifetimes(Duration rootValue, Duration issuerValue) {
    if (rootValue.compareTo(Duration.ofMinutes(1)) < 0
        || issuerValue.compareTo(Duration.ofMinutes(1)) < 0) {
      throw new IllegalArgumentException("an authority is valid for a minute at least");
    }
    rootLifetime = rootValue;
    issuerLifetime = issuerValue;
    return this;
  }

  /**
   * What tells the time. By default the system's clock.
   *
   * @param value the clock
   * @return this
   */
  public CertificateAuthorityBuilder clock(InstantSource value) {
    clock = value;
    return this;
  }

  /**
   * Where keys and serial numbers come from. By default the platform's.
   *
   * @param value the random source
   * @return this
   */
  public CertificateAuthorityBuilder random(SecureRandom value) {
    random = value;
    return this;
  }

  /**
   * The most issuances that may wait for the disk at once; one more is refused as retryable.
   *
   * @param value at least 1, by default 65,536
   * @return this
   */
  public CertificateAuthorityBuilder pendingMax(int value) {
    if (value < 1) {
      throw new IllegalArgumentException("at least one issuance has to be allowed: " + value);
    }
    pendingMax = value;
    return this;
  }

  IssuancePipeline pipeline() {
    IssuancePolicy chosen = policy;
    if (chosen == null) {
      throw new IllegalStateException("an authority needs a policy: which names may it certify?");
    }
    return new IssuancePipeline(profiles, chosen);
  }

  /**
   * Opens the authority; makes root, issuer, keys and log where they are missing. Once they are
   * made, the root's key is not needed any more and may be kept elsewhere.
   *
   * @return the open authority
   * @throws StoreException where something on disk is locked, damaged or unreadable
   * @throws TransparencyException where the log's keys are unusable
   */
  public CertificateAuthority open() throws StoreException, TransparencyException {
    Path where = directory;
    String called = name;
    if (where == null || called == null) {
      throw new IllegalStateException("an authority needs a directory and a name");
    }
    pipeline();
    StoreLock lock = StoreLock.acquire(where);
    TransparencyLog ownLog = null;
    IssuanceStore store = null;
    boolean opened = false;
    try {
      KeyStorage storage = keys != null ? keys : KeyStorage.pkcs8Files(where.resolve("keys"));
      AuthorityFiles files =
          new AuthorityFiles(
              where.resolve("certificates"), storage, called, random, clock.instant());
      X509Certificate root = files.rootCertificate();
      Issuer issuer = root == null ? null : files.existingIssuer(AuthorityFiles.FIRST_ISSUER, root);
      if (root == null || issuer == null) {
        Issuer above = files.root(rootKeyAlgorithm, rootLifetime);
        root = above.certificate();
        issuer =
            files.issuer(AuthorityFiles.FIRST_ISSUER, above, issuerKeyAlgorithm, issuerLifetime);
      }
      TransparencyLog used = log;
      if (used == null) {
        ownLog = openLog(where, storage);
        used = ownLog;
      }
      store = new IssuanceStore(where.resolve("issuances.log"), pendingMax);
      CertificateAuthority authority =
          new CertificateAuthority(this, lock, used, ownLog != null, store, root, issuer);
      opened = true;
      return authority;
    } catch (GeneralSecurityException e) {
      throw StoreException.io("use the authority's keys and certificates in", where, e);
    } finally {
      if (!opened) {
        closeAll(store, ownLog, lock);
      }
    }
  }

  private TransparencyLog openLog(Path where, KeyStorage storage)
      throws StoreException, TransparencyException {
    return TransparencyLog.builder()
        .directory(where.resolve("log"))
        .origin(logOrigin)
        .keys(storage)
        .clock(clock)
        .random(random)
        .pendingMax(pendingMax)
        .open();
  }

  private static void closeAll(
      @Nullable IssuanceStore store, @Nullable TransparencyLog log, StoreLock lock)
      throws StoreException {
    try (lock) {
      if (store != null) {
        store.close();
      }
      if (log != null) {
        log.close();
      }
    }
  }
}
