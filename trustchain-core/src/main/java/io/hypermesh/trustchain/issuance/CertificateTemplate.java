package io.hypermesh.trustchain.issuance;

import io.hypermesh.trustchain.CertificateProfile;
import io.hypermesh.trustchain.CertificateProfile.Purpose;
import io.hypermesh.trustchain.SignedCertificateTimestamp;
import io.hypermesh.trustchain.SubjectName;
import io.hypermesh.trustchain.transparency.MerkleHasher;
import io.hypermesh.trustchain.transparency.PrecertificateTbs;
import io.hypermesh.trustchain.transparency.SctCodec;
import java.io.IOException;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x509.TBSCertificate;
import org.bouncycastle.asn1.x509.Time;
import org.bouncycastle.asn1.x509.V3TBSCertificateGenerator;

/**
 * What will be signed, laid out once: the precertificate and the final certificate are the same
 * template with another last extension, so that they agree as RFC 6962 section 3.1 demands.
 */
public final class CertificateTemplate {
  private static final int KEY_IDENTIFIER_BYTES = 20;

  private final V3TBSCertificateGenerator generator = new V3TBSCertificateGenerator();
  private final List<Extension> extensions = new ArrayList<>();

  private CertificateTemplate(
      BigInteger serial,
      X500Name issuer,
      X500Name subject,
      Instant notBefore,
      Instant notAfter,
      SubjectPublicKeyInfo subjectKey,
      AlgorithmIdentifier signatureAlgorithm) {
    generator.setSerialNumber(new ASN1Integer(serial));
    generator.setIssuer(issuer);
    generator.setSubject(subject);
    generator.setStartDate(new Time(Date.from(notBefore)));
    generator.setEndDate(new Time(Date.from(notAfter)));
    generator.setSubjectPublicKeyInfo(subjectKey);
    generator.setSignature(signatureAlgorithm);
  }

  /**
   * When a certificate is valid.
   *
   * @param notBefore the first moment
   * @param notAfter the last moment
   */
  public record Validity(Instant notBefore, Instant notAfter) {}

  /**
   * A certificate for names, with an empty subject.
   *
   * @param issuer who will sign
   * @param profile what kind it is
   * @param serial its serial number
   * @param validity when it is valid
   * @param subjectKey the key to certify
   * @param names the names
   * @return the template
   */
  public static CertificateTemplate endEntity(
      Issuer issuer,
      CertificateProfile profile,
      BigInteger serial,
      Validity validity,
      SubjectPublicKeyInfo subjectKey,
      List<SubjectName> names) {
    CertificateTemplate template =
        new CertificateTemplate(
            serial,
            issuer.subject(),
            new X500Name(new RDN[0]),
            validity.notBefore(),
            validity.notAfter(),
            subjectKey,
            issuer.signatureAlgorithm());
    template.add(Extension.basicConstraints, true, new BasicConstraints(false));
    template.add(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
    template.add(Extension.extendedKeyUsage, false, extendedKeyUsage(profile));
    template.add(
        Extension.subjectKeyIdentifier, false, new SubjectKeyIdentifier(keyIdentifier(subjectKey)));
    template.add(
        Extension.authorityKeyIdentifier,
        false,
        new AuthorityKeyIdentifier(keyIdentifier(issuer.subjectPublicKeyInfo())));
    // Critical because the subject is empty (RFC 5280 section 4.2.1.6).
    template.add(Extension.subjectAlternativeName, true, SubjectNames.encode(names));
    return template;
  }

  /**
   * A certificate for an authority.
   *
   * @param issuerName who will sign
   * @param issuerKey with which key
   * @param subject the authority's name
   * @param subjectKey its key
   * @param serial the serial number
   * @param validity when it is valid
   * @param pathLength how many authorities may follow below it
   * @param signatureAlgorithm the issuer's
   * @return the template
   */
  public static CertificateTemplate authority(
      X500Name issuerName,
      SubjectPublicKeyInfo issuerKey,
      X500Name subject,
      SubjectPublicKeyInfo subjectKey,
      BigInteger serial,
      Validity validity,
      int pathLength,
      AlgorithmIdentifier signatureAlgorithm) {
    CertificateTemplate template =
        new CertificateTemplate(
            serial,
            issuerName,
            subject,
            validity.notBefore(),
            validity.notAfter(),
            subjectKey,
            signatureAlgorithm);
    template.add(Extension.basicConstraints, true, new BasicConstraints(pathLength));
    template.add(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
    template.add(
        Extension.subjectKeyIdentifier, false, new SubjectKeyIdentifier(keyIdentifier(subjectKey)));
    template.add(
        Extension.authorityKeyIdentifier,
        false,
        new AuthorityKeyIdentifier(keyIdentifier(issuerKey)));
    return template;
  }

  private static ExtendedKeyUsage extendedKeyUsage(CertificateProfile profile) {
    List<KeyPurposeId> purposes = new ArrayList<>();
    if (profile.purposes().contains(Purpose.SERVER)) {
      purposes.add(KeyPurposeId.id_kp_serverAuth);
    }
    if (profile.purposes().contains(Purpose.CLIENT)) {
      purposes.add(KeyPurposeId.id_kp_clientAuth);
    }
    return new ExtendedKeyUsage(purposes.toArray(new KeyPurposeId[0]));
  }

  /** The leftmost 160 bits of the key's SHA-256 (RFC 7093 section 2, method 1). */
  static byte[] keyIdentifier(SubjectPublicKeyInfo key) {
    byte[] hash = MerkleHasher.sha256().digest(key.getPublicKeyData().getOctets());
    return Arrays.copyOf(hash, KEY_IDENTIFIER_BYTES);
  }

  private void add(ASN1ObjectIdentifier type, boolean critical, ASN1Encodable value) {
    extensions.add(extension(type, critical, value));
  }

  private static Extension extension(
      ASN1ObjectIdentifier type, boolean critical, ASN1Encodable value) {
    try {
      return new Extension(
          type, critical, new DEROctetString(value.toASN1Primitive().getEncoded(ASN1Encoding.DER)));
    } catch (IOException e) {
      throw new IllegalStateException("couldn't encode an extension made here: " + type, e);
    }
  }

  /**
   * What is signed of a certificate without timestamps.
   *
   * @return the TBSCertificate
   */
  public TBSCertificate plain() {
    return build(extensions);
  }

  /**
   * What is signed of the precertificate: with the poison.
   *
   * @return the TBSCertificate
   */
  public TBSCertificate precertificate() {
    return buildWith(extension(PrecertificateTbs.POISON, true, DERNull.INSTANCE));
  }

  /**
   * What is signed of the final certificate: with the timestamps.
   *
   * @param timestamps the logs' timestamps for the precertificate
   * @return the TBSCertificate
   */
  public TBSCertificate withTimestamps(List<SignedCertificateTimestamp> timestamps) {
    return buildWith(
        extension(
            PrecertificateTbs.SCT_LIST,
            false,
            new DEROctetString(SctCodec.encodeList(timestamps))));
  }

  private TBSCertificate buildWith(Extension last) {
    List<Extension> all = new ArrayList<>(extensions);
    all.add(last);
    return build(all);
  }

  private TBSCertificate build(List<Extension> all) {
    generator.setExtensions(new Extensions(all.toArray(new Extension[0])));
    return generator.generateTBSCertificate();
  }
}
