package io.hypermesh.trustchain.validation;

import io.hypermesh.trustchain.CertificateProfile.Purpose;
import io.hypermesh.trustchain.CertificateValidationException;
import io.hypermesh.trustchain.CertificateValidationException.Rule;
import io.hypermesh.trustchain.signature.SignatureVerifier;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;

/**
 * The rules of RFC 5280 section 6.1 for one path, all but the signatures: validity, basic
 * constraints, key usages, critical extensions, name constraints (those of the root too). Pure.
 */
final class PathRules {
  private static final Set<ASN1ObjectIdentifier> UNDERSTOOD =
      Set.of(
          Extension.basicConstraints,
          Extension.keyUsage,
          Extension.extendedKeyUsage,
          Extension.subjectAlternativeName,
          Extension.nameConstraints);

  private final Purpose purpose;
  private final Instant now;
  private final Duration clockTolerance;

  PathRules(Purpose purpose, Instant now, Duration clockTolerance) {
    this.purpose = purpose;
    // Validity has whole seconds, the last of them included.
    this.now = now.truncatedTo(ChronoUnit.SECONDS);
    this.clockTolerance = clockTolerance;
  }

  Purpose purpose() {
    return purpose;
  }

  /** Checks what concerns the end entity's certificate alone, before any search. */
  void checkEndEntity(ParsedCertificate leaf) throws CertificateValidationException {
    checkCommon(leaf, 0, false);
    BasicConstraints basic = leaf.basicConstraints();
    if (basic != null && basic.isCA()) {
      throw Rejection.of(
          Rule.BASIC_CONSTRAINTS, 0, "an authority's certificate can't be the end entity's");
    }
    if (!leaf.allowsKeyUsage(KeyUsage.digitalSignature)
        || (leaf.hasKeyUsage() && leaf.allowsKeyUsage(KeyUsage.keyCertSign))) {
      throw Rejection.of(Rule.KEY_USAGE, 0, "its key may not sign handshakes, or may sign others");
    }
    if (!leaf.hasExtendedKeyUsage()
        || !leaf.allowsPurpose(keyPurpose())
        || leaf.allowsPurpose(anyPurpose())) {
      throw Rejection.of(
          Rule.EXTENDED_KEY_USAGE, 0, "its key is not for a TLS " + purpose + " alone");
    }
    if (leaf.names().length == 0) {
      throw Rejection.of(Rule.MALFORMED, 0, "it has no subjectAltName (RFC 9525)");
    }
    NameMatcher.requireWellFormed(leaf);
  }

  /** Checks a candidate as the issuer of the path below it. */
  void checkIssuer(ParsedCertificate issuer, int index, int intermediatesBelow, boolean anchor)
      throws CertificateValidationException {
    checkCommon(issuer, index, anchor);
    BasicConstraints basic = issuer.basicConstraints();
    if (basic == null || !basic.isCA()) {
      throw Rejection.of(Rule.BASIC_CONSTRAINTS, index, "its subject is not an authority");
    }
    if (!issuer.isCritical(Extension.basicConstraints)) {
      throw Rejection.of(Rule.BASIC_CONSTRAINTS, index, "its basic constraints are not critical");
    }
    if (basic.getPathLenConstraint() != null
        && basic.getPathLenConstraint().intValueExact() < intermediatesBelow) {
      throw Rejection.of(
          Rule.BASIC_CONSTRAINTS,
          index,
          intermediatesBelow
              + " authorities follow below it, more than "
              + basic.getPathLenConstraint());
    }
    if (!issuer.allowsKeyUsage(KeyUsage.keyCertSign)) {
      throw Rejection.of(Rule.KEY_USAGE, index, "its key may not sign certificates");
    }
    if (!anchor && !issuer.allowsPurpose(keyPurpose()) && !issuer.allowsPurpose(anyPurpose())) {
      throw Rejection.of(
          Rule.EXTENDED_KEY_USAGE, index, "it may not certify the keys of a TLS " + purpose);
    }
  }

  /** Whether a path that kept to the rules at another time does so now: time is all that counts. */
  boolean holdsNow(List<ParsedCertificate> path) {
    for (ParsedCertificate certificate : path) {
      if (isBeforeValidity(certificate) || isAfterValidity(certificate)) {
        return false;
      }
    }
    return true;
  }

  private boolean isBeforeValidity(ParsedCertificate certificate) {
    return now.isBefore(certificate.notBefore().minus(clockTolerance));
  }

  private boolean isAfterValidity(ParsedCertificate certificate) {
    return now.isAfter(certificate.notAfter().plus(clockTolerance));
  }

  private void checkCommon(ParsedCertificate certificate, int index, boolean anchor)
      throws CertificateValidationException {
    if (isBeforeValidity(certificate)) {
      throw Rejection.of(
          Rule.NOT_YET_VALID,
          index,
          "it is valid from " + certificate.notBefore() + " and now it is " + now);
    }
    if (isAfterValidity(certificate)) {
      throw Rejection.of(
          Rule.EXPIRED,
          index,
          "it was valid until " + certificate.notAfter() + " and now it is " + now);
    }
    checkKey(certificate, index);
    checkKeyIdentifiers(certificate, index, anchor);
    for (ASN1ObjectIdentifier type : certificate.criticalExtensions()) {
      if (!UNDERSTOOD.contains(type)) {
        throw Rejection.of(Rule.CRITICAL_EXTENSION, index, "it has the critical extension " + type);
      }
    }
    if (certificate.hasExtension(Extension.nameConstraints)
        && (index == 0 || !certificate.isCritical(Extension.nameConstraints))) {
      throw Rejection.of(
          Rule.NAME_CONSTRAINTS, index, "its name constraints are misplaced or not critical");
    }
    if (certificate.hasExtension(Extension.policyConstraints)) {
      throw Rejection.of(
          Rule.CRITICAL_EXTENSION, index, "it has policy constraints, which are not understood");
    }
  }

  private static void checkKey(ParsedCertificate certificate, int index)
      throws CertificateValidationException {
    try {
      SignatureVerifier.requireStrongKey(certificate.subjectPublicKeyInfo());
    } catch (GeneralSecurityException e) {
      throw Rejection.of(Rule.ALGORITHM, index, String.valueOf(e.getMessage()), e);
    }
  }

  /** RFC 5280 sections 4.2.1.1 and 4.2.1.2: who is who among keys. */
  private static void checkKeyIdentifiers(ParsedCertificate certificate, int index, boolean anchor)
      throws CertificateValidationException {
    if (!anchor && !certificate.hasAuthorityKeyIdentifier()) {
      throw Rejection.of(Rule.MALFORMED, index, "it has no authority key identifier (4.2.1.1)");
    }
    if (!anchor && index > 0 && !certificate.hasExtension(Extension.subjectKeyIdentifier)) {
      throw Rejection.of(Rule.MALFORMED, index, "it has no subject key identifier (4.2.1.2)");
    }
    if (anchor && certificate.isSelfIssued() && certificate.excludesIssuerKey(certificate)) {
      throw Rejection.of(Rule.MALFORMED, index, "its two key identifiers differ (4.2.1.1)");
    }
  }

  /** Checks every certificate's names against the constraints of all that stand above it. */
  static void checkNameConstraints(List<ParsedCertificate> path, int comparisonsMax)
      throws CertificateValidationException {
    NameConstraintChecker checker = new NameConstraintChecker(comparisonsMax);
    for (int above = path.size() - 1; above > 0; above--) {
      var constraints = path.get(above).nameConstraints();
      if (constraints == null) {
        continue;
      }
      for (int below = above - 1; below >= 0; below--) {
        // A certificate that an authority issued to itself is exempt, unless it is the last.
        if (below == 0 || !path.get(below).isSelfIssued()) {
          checker.check(path.get(below), below, constraints, above);
        }
      }
    }
  }

  private KeyPurposeId keyPurpose() {
    return switch (purpose) {
      case SERVER -> KeyPurposeId.id_kp_serverAuth;
      case CLIENT -> KeyPurposeId.id_kp_clientAuth;
    };
  }

  private static KeyPurposeId anyPurpose() {
    return KeyPurposeId.anyExtendedKeyUsage;
  }
}
