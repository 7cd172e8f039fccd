package io.hypermesh.trustchain.validation;

import io.hypermesh.trustchain.CertificateProfile.Purpose;
import io.hypermesh.trustchain.CertificateValidationException;
import io.hypermesh.trustchain.CertificateValidationException.Rule;
import io.hypermesh.trustchain.LogIdentity;
import io.hypermesh.trustchain.SignedCertificateTimestamp;
import io.hypermesh.trustchain.TransparencyException;
import io.hypermesh.trustchain.asn1.MalformedException;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that is checked of a chain, in order: the end entity's own fields, the name that was asked
 * for, a path to a root with its rules, transparency. Its judgement depends on nothing but its
 * arguments; what it remembers of earlier ones only saves searching a path and verifying a
 * signature twice: the time, the name and the timestamp's age are judged each time. Other roots or
 * limits are another object, which remembers nothing of this one's. Safe for any number of threads.
 */
public final class ChainValidation {
  private final List<ParsedCertificate> roots;
  private final Duration clockTolerance;
  private final PathBuilder.Limits limits;
  private final List<LogIdentity> logs;
  private final VerificationCache<Boolean> verifiedSignatures = new VerificationCache<>();
  private final VerificationCache<SignedCertificateTimestamp> verifiedTimestamps =
      new VerificationCache<>();
  private final VerificationCache<List<ParsedCertificate>> verifiedPaths;

  /**
   * Takes what is trusted.
   *
   * @param roots the roots
   * @param clockTolerance how far the clock may be off
   * @param limits how much work a validation may cost
   * @param logs the logs of which one has to have logged the certificate; none for no such policy
   * @param pathsRememberedMax of how many chains the path is remembered
   * @throws CertificateValidationException where a root is malformed
   */
  public ChainValidation(
      List<X509Certificate> roots,
      Duration clockTolerance,
      PathBuilder.Limits limits,
      List<LogIdentity> logs,
      int pathsRememberedMax)
      throws CertificateValidationException {
    List<ParsedCertificate> parsed = new ArrayList<>();
    for (X509Certificate root : roots) {
      try {
        parsed.add(ParsedCertificate.of(root));
      } catch (MalformedException e) {
        throw Rejection.of(
            Rule.MALFORMED, parsed.size(), "a trusted root is malformed: " + e.getMessage(), e);
      }
    }
    this.roots = List.copyOf(parsed);
    this.clockTolerance = clockTolerance;
    this.limits = limits;
    this.logs = List.copyOf(logs);
    this.verifiedPaths = new VerificationCache<>(pathsRememberedMax);
  }

  /**
   * What a validation found.
   *
   * @param path from the end entity's certificate to the root
   * @param timestamp the verified timestamp, or null where none is demanded
   */
  public record Result(
      List<X509Certificate> path, @Nullable SignedCertificateTimestamp timestamp) {}

  /**
   * Judges a chain.
   *
   * @param chain what the peer sent, its own certificate first
   * @param purpose which end of TLS the peer is
   * @param host the name that was asked for, or null to check none
   * @param now the time
   * @return the path
   * @throws CertificateValidationException naming the rule and the place
   */
  public Result validate(
      X509Certificate[] chain, Purpose purpose, @Nullable String host, Instant now)
      throws CertificateValidationException {
    List<ParsedCertificate> path = findPath(chain, new PathRules(purpose, now, clockTolerance));
    if (host != null) {
      checkName(path.getFirst(), host);
    }
    List<X509Certificate> certificates = path.stream().map(ParsedCertificate::certificate).toList();
    return new Result(certificates, logs.isEmpty() ? null : requireTimestamp(path, now));
  }

  /**
   * The path that was found for these certificates before, where each of it is valid now; or a new
   * one. Nothing but the time tells one search from another: the roots and the limits are this
   * object's, and the key names certificates and purpose.
   */
  private List<ParsedCertificate> findPath(X509Certificate[] chain, PathRules rules)
      throws CertificateValidationException {
    byte[] key = chain.length > limits.certificatesMax() ? null : keyOf(chain, rules.purpose());
    List<ParsedCertificate> known = key == null ? null : verifiedPaths.find(key);
    if (known != null && rules.holdsNow(known)) {
      return known;
    }
    List<ParsedCertificate> path =
        List.copyOf(new PathBuilder(roots, rules, limits, verifiedSignatures).build(chain));
    if (key != null) {
      verifiedPaths.remember(key, path);
    }
    return path;
  }

  /** Names a chain for a purpose; null for one that can't be encoded, which the search reports. */
  private static byte @Nullable [] keyOf(X509Certificate[] chain, Purpose purpose) {
    byte[][] parts = new byte[chain.length + 1][];
    parts[0] = purpose.name().getBytes(StandardCharsets.US_ASCII);
    try {
      for (int i = 0; i < chain.length; i++) {
        parts[i + 1] = chain[i].getEncoded();
      }
    } catch (CertificateEncodingException e) {
      return null;
    }
    return VerificationCache.key(parts);
  }

  private static void checkName(ParsedCertificate leaf, String host)
      throws CertificateValidationException {
    try {
      NameMatcher.check(leaf, host);
    } catch (IllegalArgumentException e) {
      throw Rejection.of(Rule.MALFORMED, 0, "one of its names is malformed", e);
    }
  }

  private SignedCertificateTimestamp requireTimestamp(List<ParsedCertificate> path, Instant now)
      throws CertificateValidationException {
    TransparencyException last = null;
    for (LogIdentity log : logs) {
      try {
        SignedCertificateTimestamp timestamp = timestampBy(log, path.get(0), path.get(1));
        if (timestamp.timestamp().isAfter(now.plus(clockTolerance))) {
          throw new TransparencyException(
              "couldn't accept a timestamp of the future: " + timestamp.timestamp());
        }
        return timestamp;
      } catch (TransparencyException e) {
        last = e;
      }
    }
    String why = last == null ? "no log is known" : String.valueOf(last.getMessage());
    throw new CertificateValidationException(Rule.TRANSPARENCY, 0, why, last);
  }

  private SignedCertificateTimestamp timestampBy(
      LogIdentity log, ParsedCertificate subject, ParsedCertificate issuer)
      throws TransparencyException {
    byte[] key =
        VerificationCache.key(log.timestampKey().getEncoded(), subject.der(), issuer.der());
    SignedCertificateTimestamp known = verifiedTimestamps.find(key);
    if (known != null) {
      return known;
    }
    SignedCertificateTimestamp timestamp =
        log.verifyEmbeddedTimestamp(subject.certificate(), issuer.certificate());
    verifiedTimestamps.remember(key, timestamp);
    return timestamp;
  }

  /**
   * The roots.
   *
   * @return their certificates
   */
  public X509Certificate[] roots() {
    return roots.stream().map(ParsedCertificate::certificate).toArray(X509Certificate[]::new);
  }
}
