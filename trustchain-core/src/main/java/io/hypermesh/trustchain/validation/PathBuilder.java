package io.hypermesh.trustchain.validation;

import io.hypermesh.trustchain.CertificateValidationException;
import io.hypermesh.trustchain.CertificateValidationException.Rule;
import io.hypermesh.trustchain.asn1.MalformedException;
import io.hypermesh.trustchain.signature.SignatureVerifier;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encoding;
import org.jspecify.annotations.Nullable;

/**
 * Searches a path from an end entity's certificate to a trusted root, depth first, cheapest checks
 * first: names and key identifiers, then the rules, then the signature.
 *
 * <p>The search is bounded: chains longer than {@code chainLengthMax} are not followed, and after
 * {@code signatureChecksMax} signatures it gives up. Where roots share one name, or intermediates
 * cross-certify each other, a search without these bounds can be kept busy for seconds by whoever
 * sends the chain. Used once, by one thread.
 */
public final class PathBuilder {
  private final List<ParsedCertificate> roots;
  private final List<ParsedCertificate> intermediates = new ArrayList<>();
  private final PathRules rules;
  private final Limits limits;
  private final VerificationCache<Boolean> verified;
  private int signatureChecks;
  private @Nullable CertificateValidationException furthest;
  private int furthestIndex = -1;

  /**
   * How much work one validation may cost.
   *
   * @param chainLengthMax the most certificates in a path, with end entity and root
   * @param signatureChecksMax the most signatures verified
   * @param nameComparisonsMax the most comparisons of a name with a name constraint
   * @param certificatesMax the most certificates that a peer may send
   */
  public record Limits(
      int chainLengthMax, int signatureChecksMax, int nameComparisonsMax, int certificatesMax) {
    /** The defaults: 8, 24, 10,000 and 16. */
    public static final Limits DEFAULT = new Limits(8, 24, 10_000, 16);
  }

  PathBuilder(
      List<ParsedCertificate> roots,
      PathRules rules,
      Limits limits,
      VerificationCache<Boolean> verified) {
    this.roots = roots;
    this.rules = rules;
    this.limits = limits;
    this.verified = verified;
  }

  List<ParsedCertificate> build(X509Certificate[] chain) throws CertificateValidationException {
    if (chain.length == 0) {
      throw Rejection.of(Rule.EMPTY_CHAIN, 0, "there is no certificate");
    }
    if (chain.length > limits.certificatesMax()) {
      throw Rejection.of(Rule.WORK_LIMIT, 0, "the peer sent more than " + limits.certificatesMax());
    }
    ParsedCertificate leaf = parse(chain[0], 0);
    for (int i = 1; i < chain.length; i++) {
      intermediates.add(parse(chain[i], i));
    }
    rules.checkEndEntity(leaf);
    List<ParsedCertificate> path = new ArrayList<>();
    path.add(leaf);
    if (extend(path)) {
      return path;
    }
    throw furthest != null
        ? furthest
        : Rejection.of(Rule.UNTRUSTED, 0, "no issuer of it is known or was sent");
  }

  private static ParsedCertificate parse(X509Certificate certificate, int index)
      throws CertificateValidationException {
    try {
      return ParsedCertificate.of(certificate);
    } catch (MalformedException e) {
      throw Rejection.of(Rule.MALFORMED, index, String.valueOf(e.getMessage()), e);
    }
  }

  /** Extends a path to a root, or leaves it as it was. */
  private boolean extend(List<ParsedCertificate> path) throws CertificateValidationException {
    for (ParsedCertificate root : roots) {
      if (fits(path, root) && accept(path, root, true)) {
        path.add(root);
        try {
          PathRules.checkNameConstraints(path, limits.nameComparisonsMax());
          return true;
        } catch (CertificateValidationException e) {
          note(e, path.size());
          path.removeLast();
        }
      }
    }
    // One place is kept for the root.
    boolean full = path.size() >= limits.chainLengthMax() - 1;
    for (ParsedCertificate candidate : intermediates) {
      if (fits(path, candidate) && path.stream().noneMatch(candidate::isSameAs)) {
        if (full) {
          note(
              Rejection.of(
                  Rule.WORK_LIMIT,
                  path.size(),
                  "the path is longer than " + limits.chainLengthMax()),
              path.size());
          return false;
        }
        if (accept(path, candidate, false)) {
          path.add(candidate);
          if (extend(path)) {
            return true;
          }
          path.removeLast();
        }
      }
    }
    note(
        Rejection.of(
            Rule.UNTRUSTED, path.size() - 1, "no issuer of it is a trusted root or was sent"),
        path.size() - 1);
    return false;
  }

  private static boolean fits(List<ParsedCertificate> path, ParsedCertificate candidate) {
    ParsedCertificate subject = path.getLast();
    return subject.issuer().equals(candidate.subject()) && !subject.excludesIssuerKey(candidate);
  }

  private boolean accept(List<ParsedCertificate> path, ParsedCertificate issuer, boolean anchor)
      throws CertificateValidationException {
    int index = path.size();
    int intermediatesBelow = 0;
    for (ParsedCertificate below : path.subList(1, index)) {
      intermediatesBelow += below.isSelfIssued() ? 0 : 1;
    }
    try {
      rules.checkIssuer(issuer, index, intermediatesBelow, anchor);
      requireSignature(path.getLast(), issuer, index - 1);
      return true;
    } catch (CertificateValidationException e) {
      if (e.rule() == Rule.WORK_LIMIT) {
        throw e;
      }
      note(e, index);
      return false;
    }
  }

  private void requireSignature(ParsedCertificate subject, ParsedCertificate issuer, int index)
      throws CertificateValidationException {
    if (++signatureChecks > limits.signatureChecksMax()) {
      throw Rejection.of(
          Rule.WORK_LIMIT,
          index,
          "finding a path takes more than " + limits.signatureChecksMax() + " signature checks");
    }
    boolean signed;
    try {
      signed = isSigned(subject, issuer);
    } catch (GeneralSecurityException | IOException e) {
      throw Rejection.of(Rule.ALGORITHM, index, String.valueOf(e.getMessage()), e);
    }
    if (!signed) {
      throw Rejection.of(Rule.SIGNATURE, index, "its signature is not by its issuer's key");
    }
  }

  private boolean isSigned(ParsedCertificate subject, ParsedCertificate issuer)
      throws GeneralSecurityException, IOException {
    byte[] key =
        VerificationCache.key(
            issuer.subjectPublicKeyInfo().getEncoded(ASN1Encoding.DER),
            subject.signatureAlgorithm().getEncoded(ASN1Encoding.DER),
            subject.tbs(),
            subject.signature());
    if (verified.find(key) != null) {
      return true;
    }
    boolean signed =
        SignatureVerifier.verify(
            issuer.subjectPublicKeyInfo(),
            subject.signatureAlgorithm(),
            subject.tbs(),
            subject.signature());
    if (signed) {
      verified.remember(key, true);
    }
    return signed;
  }

  /** Keeps the rejection of the path that got furthest; of equals, the first. */
  private void note(CertificateValidationException rejection, int index) {
    if (index > furthestIndex) {
      furthest = rejection;
      furthestIndex = index;
    }
  }
}
