package io.hypermesh.trustchain;

import io.hypermesh.trustchain.CertificateProfile.Purpose;
import io.hypermesh.trustchain.validation.ChainValidation;
import io.hypermesh.trustchain.validation.PathBuilder;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Judges certificate chains for TLS: RFC 5280 path validation with name constraints, the roots'
 * too; names by RFC 9525; transparency where a log is configured. Stricter than the platform's
 * validator: end entities need a subjectAltName and an extended key usage, and the work that a
 * chain can cause is bounded by named limits.
 *
 * <p>Immutable and safe for any number of threads. {@link #trustManager} puts it into any {@link
 * javax.net.ssl.SSLContext}.
 */
public final class CertificateValidator {
  private final ChainValidation validation;
  private final InstantSource clock;

  private CertificateValidator(ChainValidation validation, InstantSource clock) {
    this.validation = validation;
    this.clock = clock;
  }

  /**
   * A chain that was accepted.
   *
   * @param path from the end entity's certificate to the root, both included
   * @param timestamp the verified timestamp of a log, or null where none is demanded
   */
  public record ValidatedPath(
      List<X509Certificate> path, @Nullable SignedCertificateTimestamp timestamp) {
    /** Copies the path. */
    public ValidatedPath {
      path = List.copyOf(path);
    }
  }

  /**
   * Starts to describe a validator.
   *
   * @return a builder
   */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * A validator that trusts some roots and demands no log, with the defaults for all else.
   *
   * @param roots the roots
   * @return the validator
   * @throws CertificateValidationException where a root is malformed
   */
  public static CertificateValidator trusting(Collection<X509Certificate> roots)
      throws CertificateValidationException {
    return builder().roots(roots).build();
  }

  /**
   * Judges a chain.
   *
   * @param chain what the peer sent, its own certificate first; the rest in any order
   * @param purpose which end of the connection the peer is
   * @param host the DNS name or address literal that was asked for, or null to check no name
   * @return the accepted path
   * @throws CertificateValidationException naming the rule and the place in the chain
   */
  public ValidatedPath validate(List<X509Certificate> chain, Purpose purpose, @Nullable String host)
      throws CertificateValidationException {
    ChainValidation.Result result =
        validation.validate(chain.toArray(new X509Certificate[0]), purpose, host, clock.instant());
    return new ValidatedPath(result.path(), result.timestamp());
  }

  /**
   * A trust manager that judges by this validator. It may be replaced while it serves: see {@link
   * LiveTrustManager#replace}.
   *
   * @return a new trust manager
   */
  public LiveTrustManager trustManager() {
    return new LiveTrustManager(this);
  }

  X509Certificate[] roots() {
    return validation.roots();
  }

  /** Describes a validator. Used by one thread. */
  public static final class Builder {
    private final List<X509Certificate> roots = new ArrayList<>();
    private final List<LogIdentity> logs = new ArrayList<>();
    private InstantSource clock = InstantSource.system();
    private Duration clockTolerance = Duration.ofMinutes(1);
    private int chainLengthMax = PathBuilder.Limits.DEFAULT.chainLengthMax();
    private int signatureChecksMax = PathBuilder.Limits.DEFAULT.signatureChecksMax();
    private int nameComparisonsMax = PathBuilder.Limits.DEFAULT.nameComparisonsMax();
    private int certificatesMax = PathBuilder.Limits.DEFAULT.certificatesMax();
    private int pathsRememberedMax = 256;

    private Builder() {}

    /**
     * Trusts some roots, besides those named before. At least one is required.
     *
     * @param value the roots
     * @return this
     */
    public Builder roots(Collection<X509Certificate> value) {
      roots.addAll(value);
      return this;
    }

    /**
     * Demands that a certificate carries a verified timestamp of one of the logs named. Without
     * any, transparency is not checked.
     *
     * @param value a log
     * @return this
     */
    public Builder log(LogIdentity value) {
      logs.add(value);
      return this;
    }

    /**
     * What tells the time. By default the system's clock.
     *
     * @param value the clock
     * @return this
     */
    public Builder clock(InstantSource value) {
      clock = value;
      return this;
    }

    /**
     * How far the clock may be off at both ends of a validity. By default one minute.
     *
     * @param value from nothing to one day
     * @return this
     */
    public Builder clockTolerance(Duration value) {
      if (value.isNegative() || value.compareTo(Duration.ofDays(1)) > 0) {
        throw new IllegalArgumentException("a tolerance is from nothing to one day: " + value);
      }
      clockTolerance = value;
      return this;
    }

    /**
     * The most certificates in a path, with end entity and root.
     *
     * @param value at least 2, by default 8
     * @return this
     */
    public Builder chainLengthMax(int value) {
      chainLengthMax = atLeast(2, value);
      return this;
    }

    /**
     * The most signatures that are verified for one chain.
     *
     * @param value at least 1, by default 24
     * @return this
     */
    public Builder signatureChecksMax(int value) {
      signatureChecksMax = atLeast(1, value);
      return this;
    }

    /**
     * The most comparisons of names with name constraints for one chain.
     *
     * @param value at least 1, by default 10,000
     * @return this
     */
    public Builder nameComparisonsMax(int value) {
      nameComparisonsMax = atLeast(1, value);
      return this;
    }

    /**
     * The most certificates that a peer may send.
     *
     * @param value at least 1, by default 16
     * @return this
     */
    public Builder certificatesMax(int value) {
      certificatesMax = atLeast(1, value);
      return this;
    }

    /**
     * Of how many chains the path is remembered once it was accepted, so that a peer which shows
     * the same chain again costs a hash and not a search. What changes is judged each time all the
     * same: that every certificate of the path is valid now, the name, the timestamp. Only accepted
     * chains get in, and none outlives the validator.
     *
     * @param value from 0, which remembers none; by default 256
     * @return this
     */
    public Builder pathsRememberedMax(int value) {
      pathsRememberedMax = atLeast(0, value);
      return this;
    }

    private static int atLeast(int min, int value) {
      if (value < min) {
        throw new IllegalArgumentException("this limit is at least " + min + ": " + value);
      }
      return value;
    }

    /**
     * Makes the validator.
     *
     * @return the validator
     * @throws CertificateValidationException where a root is malformed
     */
    public CertificateValidator build() throws CertificateValidationException {
      if (roots.isEmpty()) {
        throw new IllegalStateException("a validator needs a root to trust");
      }
      PathBuilder.Limits limits =
          new PathBuilder.Limits(
              chainLengthMax, signatureChecksMax, nameComparisonsMax, certificatesMax);
      return new CertificateValidator(
          new ChainValidation(roots, clockTolerance, limits, logs, pathsRememberedMax), clock);
    }
  }
}
