package io.hypermesh.trustchain.validation;

import io.hypermesh.trustchain.asn1.DerStructure;
import io.hypermesh.trustchain.asn1.MalformedException;
import io.hypermesh.trustchain.asn1.X509Certificates;
import java.io.IOException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Certificate;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x509.TBSCertificate;
import org.jspecify.annotations.Nullable;

/** One strict reading of a certificate: what the rules need, read once. Immutable. */
public final class ParsedCertificate {
  private static final int X509_V3 = 3;
  private static final int SERIAL_BYTES_MAX = 20;
  private static final GeneralName[] NO_NAMES = {};

  private final X509Certificate certificate;
  private final byte[] der;
  private final Certificate structure;
  private final byte[] tbs;
  private final byte[] signature;
  private final @Nullable Extensions extensions;
  private final @Nullable BasicConstraints basicConstraints;
  private final @Nullable KeyUsage keyUsage;
  private final @Nullable ExtendedKeyUsage extendedKeyUsage;
  private final @Nullable NameConstraints nameConstraints;
  private final @Nullable AuthorityKeyIdentifier authorityKey;
  private final byte @Nullable [] subjectKeyIdentifier;
  private final GeneralName[] names;
  private final Instant notBefore;
  private final Instant notAfter;

  private ParsedCertificate(X509Certificate certificate, byte[] der)
      throws MalformedException, IOException {
    this.certificate = certificate;
    this.der = der;
    this.structure = Certificate.getInstance(der);
    TBSCertificate body = structure.getTBSCertificate();
    // The signature is over DER. Where the bytes are something else, what is read here would not be
    // what was signed.
    require(Arrays.equals(structure.getEncoded(ASN1Encoding.DER), der), "it is not in DER (4.1)");
    this.tbs = body.getEncoded(ASN1Encoding.DER);
    this.signature = structure.getSignature().getOctets();
    this.extensions = body.getExtensions();
    this.notBefore = body.getStartDate().getDate().toInstant();
    this.notAfter = body.getEndDate().getDate().toInstant();
    checkFields(body);
    if (extensions == null) {
      basicConstraints = null;
      keyUsage = null;
      extendedKeyUsage = null;
      nameConstraints = null;
      authorityKey = null;
      subjectKeyIdentifier = null;
      names = NO_NAMES;
    } else {
      basicConstraints = BasicConstraints.fromExtensions(extensions);
      keyUsage = KeyUsage.fromExtensions(extensions);
      extendedKeyUsage = ExtendedKeyUsage.fromExtensions(extensions);
      nameConstraints =
          NameConstraints.getInstance(
              extensions.getExtensionParsedValue(Extension.nameConstraints));
      authorityKey = AuthorityKeyIdentifier.fromExtensions(extensions);
      SubjectKeyIdentifier subjectKey = SubjectKeyIdentifier.fromExtensions(extensions);
      subjectKeyIdentifier = subjectKey == null ? null : subjectKey.getKeyIdentifier();
      GeneralNames alternative =
          GeneralNames.fromExtensions(extensions, Extension.subjectAlternativeName);
      names = alternative == null ? NO_NAMES : alternative.getNames();
      checkExtensions(alternative);
    }
  }

  /**
   * Reads a certificate.
   *
   * @param certificate the certificate
   * @return what the rules need of it
   * @throws MalformedException where it breaks RFC 5280
   */
  public static ParsedCertificate of(X509Certificate certificate) throws MalformedException {
    try {
      byte[] der = certificate.getEncoded();
      DerStructure.check(der, X509Certificates.BYTES_MAX);
      return new ParsedCertificate(certificate, der);
    } catch (CertificateEncodingException | IOException | RuntimeException e) {
      // BouncyCastle reports malformed ASN.1 by several unchecked exceptions.
      throw new MalformedException("it is not a certificate: " + e.getMessage(), e);
    }
  }

  private void checkFields(TBSCertificate body) throws MalformedException {
    require(
        body.getSignature().equals(structure.getSignatureAlgorithm()),
        "its two signature algorithms differ (4.1.1.2)");
    require(
        extensions == null || body.getVersionNumber() == X509_V3,
        "it has extensions but is not of version 3 (4.1.2.1)");
    require(body.getVersionNumber() == X509_V3, "it is not of version 3 (4.1.2.1)");
    require(
        body.getSerialNumber().getValue().signum() > 0,
        "its serial number is not positive (4.1.2.2)");
    require(
        body.getSerialNumber().getValue().toByteArray().length <= SERIAL_BYTES_MAX,
        "its serial number has more than 20 octets (4.1.2.2)");
    require(body.getIssuer().size() > 0, "its issuer is empty (4.1.2.4)");
    require(!notAfter.isBefore(notBefore), "its validity ends before it starts (4.1.2.5)");
  }

  private void checkExtensions(@Nullable GeneralNames alternative) throws MalformedException {
    if (extensions == null) {
      return;
    }
    Set<ASN1ObjectIdentifier> types = new HashSet<>();
    for (ASN1ObjectIdentifier type : extensions.getExtensionOIDs()) {
      require(types.add(type), "it repeats the extension " + type + " (4.2)");
    }
    require(alternative == null || names.length > 0, "its list of names is empty (4.2.1.6)");
    require(
        alternative == null
            || structure.getSubject().size() > 0
            || isCritical(Extension.subjectAlternativeName),
        "its subject is empty and its names are not critical (4.2.1.6)");
    require(
        !isCritical(Extension.authorityKeyIdentifier)
            && !isCritical(Extension.subjectKeyIdentifier),
        "a key identifier is critical (4.2.1.1, 4.2.1.2)");
    require(
        authorityKey == null
            || (authorityKey.getAuthorityCertIssuer() == null
                && authorityKey.getAuthorityCertSerialNumber() == null),
        "its authority key identifier names a certificate instead of a key (4.2.1.1)");
    require(
        nameConstraints == null
            || nameConstraints.getPermittedSubtrees() != null
            || nameConstraints.getExcludedSubtrees() != null,
        "its name constraints are empty (4.2.1.10)");
    if (nameConstraints != null) {
      checkSubtrees(nameConstraints.getPermittedSubtrees());
      checkSubtrees(nameConstraints.getExcludedSubtrees());
    }
    require(
        extendedKeyUsage == null || extendedKeyUsage.size() > 0,
        "its extended key usage is empty (4.2.1.12)");
  }

  /** A subtree is everything below its base; RFC 5280 leaves no other meaning to the distances. */
  private static void checkSubtrees(GeneralSubtree @Nullable [] subtrees)
      throws MalformedException {
    if (subtrees != null) {
      for (GeneralSubtree subtree : subtrees) {
        require(
            subtree.getMinimum().signum() == 0 && subtree.getMaximum() == null,
            "a name constraint has a minimum or a maximum (4.2.1.10)");
      }
    }
  }

  private static void require(boolean holds, String broken) throws MalformedException {
    if (!holds) {
      throw new MalformedException(broken);
    }
  }

  X509Certificate certificate() {
    return certificate;
  }

  byte[] der() {
    return der;
  }

  byte[] tbs() {
    return tbs;
  }

  byte[] signature() {
    return signature;
  }

  AlgorithmIdentifier signatureAlgorithm() {
    return structure.getSignatureAlgorithm();
  }

  SubjectPublicKeyInfo subjectPublicKeyInfo() {
    return structure.getSubjectPublicKeyInfo();
  }

  X500Name subject() {
    return structure.getSubject();
  }

  X500Name issuer() {
    return structure.getIssuer();
  }

  Instant notBefore() {
    return notBefore;
  }

  Instant notAfter() {
    return notAfter;
  }

  boolean isSelfIssued() {
    return structure.getSubject().equals(structure.getIssuer());
  }

  @Nullable BasicConstraints basicConstraints() {
    return basicConstraints;
  }

  @Nullable NameConstraints nameConstraints() {
    return nameConstraints;
  }

  /** The subject's alternative names; none where there is no such extension. */
  GeneralName[] names() {
    return names;
  }

  /** Whether the key may be used so; certificates without the extension don't restrict it. */
  boolean allowsKeyUsage(int usage) {
    return keyUsage == null || keyUsage.hasUsages(usage);
  }

  boolean hasKeyUsage() {
    return keyUsage != null;
  }

  /** Whether the key may be used for the purpose; no extension means any. */
  boolean allowsPurpose(KeyPurposeId purpose) {
    return extendedKeyUsage == null || extendedKeyUsage.hasKeyPurposeId(purpose);
  }

  boolean hasExtendedKeyUsage() {
    return extendedKeyUsage != null;
  }

  boolean isCritical(ASN1ObjectIdentifier type) {
    Extension extension = extensions == null ? null : extensions.getExtension(type);
    return extension != null && extension.isCritical();
  }

  ASN1ObjectIdentifier[] criticalExtensions() {
    return extensions == null ? new ASN1ObjectIdentifier[0] : extensions.getCriticalExtensionOIDs();
  }

  boolean hasExtension(ASN1ObjectIdentifier type) {
    return extensions != null && extensions.getExtension(type) != null;
  }

  boolean hasAuthorityKeyIdentifier() {
    return authorityKey != null && authorityKey.getKeyIdentifierOctets() != null;
  }

  /** Whether this certificate says that its issuer has another key than a candidate. */
  boolean excludesIssuerKey(ParsedCertificate candidate) {
    byte[] wanted = authorityKey == null ? null : authorityKey.getKeyIdentifierOctets();
    byte[] found = candidate.subjectKeyIdentifier;
    return wanted != null && found != null && !Arrays.equals(wanted, found);
  }

  boolean isSameAs(ParsedCertificate other) {
    return Arrays.equals(der, other.der);
  }

  @Override
  public String toString() {
    return "ParsedCertificate[serial " + structure.getSerialNumber().getValue().toString(16) + "]";
  }
}
