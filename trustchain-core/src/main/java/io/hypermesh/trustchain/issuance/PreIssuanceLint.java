package io.hypermesh.trustchain.issuance;

import io.hypermesh.trustchain.IssuanceException;
import io.hypermesh.trustchain.IssuanceException.Rule;
import java.math.BigInteger;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.bouncycastle.asn1.x509.TBSCertificate;

/**
 * Checks an end-entity certificate by the rules of RFC 5280 before any key signs it. The template
 * follows these rules already; this looks at the finished bytes with other eyes, so that a mistake
 * there, or a profile that asks too much, becomes a refusal and never a bad certificate.
 */
public final class PreIssuanceLint {
  private static final int SERIAL_BYTES_MAX = 20;
  private static final int SERIAL_BITS_MIN = 64;
  private static final int X509_V3 = 3;

  private PreIssuanceLint() {}

  /**
   * Checks what is about to be signed.
   *
   * @param tbs the TBSCertificate
   * @param issuer who is about to sign it
   * @throws IssuanceException naming the rule that it breaks
   */
  public static void check(TBSCertificate tbs, Issuer issuer) throws IssuanceException {
    require(tbs.getVersionNumber() == X509_V3, "its version is not 3 (4.1.2.1)");
    checkSerial(tbs.getSerialNumber().getValue());
    require(
        tbs.getSignature().equals(issuer.signatureAlgorithm()),
        "its signature algorithm is not the issuer's (4.1.2.3)");
    require(tbs.getIssuer().equals(issuer.subject()), "its issuer is another (4.1.2.4)");
    checkValidity(tbs, issuer);
    Extensions extensions = tbs.getExtensions();
    require(extensions != null, "it has no extensions (4.1.2.9)");
    if (extensions != null) {
      checkExtensions(tbs, extensions, issuer);
    }
  }

  private static void checkSerial(BigInteger serial) throws IssuanceException {
    require(serial.signum() > 0, "its serial number is not positive (4.1.2.2)");
    require(
        serial.toByteArray().length <= SERIAL_BYTES_MAX,
        "its serial number has more than 20 octets (4.1.2.2)");
    require(serial.bitLength() >= SERIAL_BITS_MIN, "its serial number has fewer than 64 bits");
  }

  private static void checkValidity(TBSCertificate tbs, Issuer issuer) throws IssuanceException {
    Instant notBefore = tbs.getStartDate().getDate().toInstant();
    Instant notAfter = tbs.getEndDate().getDate().toInstant();
    require(!notAfter.isBefore(notBefore), "its validity ends before it starts (4.1.2.5)");
    if (notBefore.isBefore(issuer.certificate().getNotBefore().toInstant())
        || notAfter.isAfter(issuer.certificate().getNotAfter().toInstant())) {
      throw new IssuanceException(
          Rule.ISSUER_VALIDITY,
          "the issuer's certificate, valid until "
              + issuer.certificate().getNotAfter().toInstant()
              + ", does not cover the validity "
              + notBefore
              + " to "
              + notAfter);
    }
  }

  private static void checkExtensions(TBSCertificate tbs, Extensions extensions, Issuer issuer)
      throws IssuanceException {
    Set<ASN1ObjectIdentifier> types = new HashSet<>();
    for (ASN1ObjectIdentifier type : extensions.getExtensionOIDs()) {
      require(types.add(type), "it repeats the extension " + type + " (4.2)");
    }
    BasicConstraints basic = BasicConstraints.fromExtensions(extensions);
    require(basic == null || !basic.isCA(), "it is for an authority (4.2.1.9)");
    KeyUsage usage = KeyUsage.fromExtensions(extensions);
    require(
        usage != null && !usage.hasUsages(KeyUsage.keyCertSign),
        "its key usage is wrong (4.2.1.3)");
    require(isCritical(extensions, Extension.keyUsage), "its key usage is not critical (4.2.1.3)");
    ExtendedKeyUsage purposes = ExtendedKeyUsage.fromExtensions(extensions);
    require(purposes != null && purposes.size() > 0, "it has no extended key usage (4.2.1.12)");
    SubjectKeyIdentifier subjectKey = SubjectKeyIdentifier.fromExtensions(extensions);
    require(subjectKey != null, "it has no subject key identifier (4.2.1.2)");
    AuthorityKeyIdentifier authorityKey = AuthorityKeyIdentifier.fromExtensions(extensions);
    require(
        authorityKey != null
            && Arrays.equals(
                authorityKey.getKeyIdentifierOctets(),
                CertificateTemplate.keyIdentifier(issuer.subjectPublicKeyInfo())),
        "its authority key identifier is not the issuer's (4.2.1.1)");
    GeneralNames names = GeneralNames.fromExtensions(extensions, Extension.subjectAlternativeName);
    require(names != null && names.getNames().length > 0, "it has no name (4.2.1.6)");
    require(
        tbs.getSubject().size() > 0 || isCritical(extensions, Extension.subjectAlternativeName),
        "its subject is empty and its names are not critical (4.2.1.6)");
  }

  private static boolean isCritical(Extensions extensions, ASN1ObjectIdentifier type) {
    Extension extension = extensions.getExtension(type);
    return extension != null && extension.isCritical();
  }

  private static void require(boolean holds, String broken) throws IssuanceException {
    if (!holds) {
      throw new IssuanceException(Rule.LINT, "the certificate would break RFC 5280: " + broken);
    }
  }
}
