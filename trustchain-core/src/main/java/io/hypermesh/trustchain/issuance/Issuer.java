package io.hypermesh.trustchain.issuance;

import io.hypermesh.trustchain.asn1.MalformedException;
import io.hypermesh.trustchain.asn1.X509Certificates;
import io.hypermesh.trustchain.signature.SigningKey;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x509.TBSCertificate;

/**
 * An authority that signs: a certificate and its key. Pure; safe for any number of threads.
 *
 * @param certificate the authority's certificate
 * @param key its key
 * @param subject its name, as the certificates that it issues repeat it
 */
public record Issuer(X509Certificate certificate, SigningKey key, X500Name subject) {
  private static final int SERIAL_BYTES = 16;
  private static final int NAME_SUFFIX_BYTES = 4;

  /** How far before its first use an authority's validity starts, for peers whose clock is slow. */
  private static final Duration BACKDATE = Duration.ofMinutes(10);

  /**
   * Pairs a certificate with its key.
   *
   * @param certificate the authority's certificate
   * @param key its key
   * @return the issuer
   * @throws GeneralSecurityException where they don't belong together
   */
  public static Issuer of(X509Certificate certificate, SigningKey key)
      throws GeneralSecurityException {
    if (!certificate.getPublicKey().equals(key.publicKey())) {
      throw new GeneralSecurityException("the key is not the one that the certificate certifies");
    }
    return new Issuer(
        certificate, key, X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded()));
  }

  /**
   * Makes a root: a certificate signed by its own key.
   *
   * @param name what the authority is called
   * @param key its key
   * @param lifetime how long it is valid
   * @param now the time
   * @param random where the serial number and the unique part of its name come from
   * @return the root
   * @throws GeneralSecurityException where the key's provider failed
   */
  public static Issuer root(
      String name, SigningKey key, Duration lifetime, Instant now, SecureRandom random)
      throws GeneralSecurityException {
    X500Name subject = uniqueName(name, "Root CA", random);
    CertificateTemplate template =
        CertificateTemplate.authority(
            subject,
            key.subjectPublicKeyInfo(),
            subject,
            key.subjectPublicKeyInfo(),
            serial(random),
            validity(now, lifetime),
            1,
            key.signatureAlgorithm());
    return of(sign(template.plain(), key), key);
  }

  /**
   * Certifies an issuer below this root.
   *
   * @param name what the authority is called
   * @param issuerKey the issuer's key
   * @param lifetime how long it is valid, but not beyond the root
   * @param now the time
   * @param random where the serial number and the unique part of its name come from
   * @return the issuer
   * @throws GeneralSecurityException where the key's provider failed
   */
  public Issuer issuer(
      String name, SigningKey issuerKey, Duration lifetime, Instant now, SecureRandom random)
      throws GeneralSecurityException {
    CertificateTemplate.Validity wanted = validity(now, lifetime);
    Instant rootEnd = certificate.getNotAfter().toInstant();
    X500Name issuerName = subject;
    X500Name issuingName = uniqueName(name, "Issuing CA", random);
    CertificateTemplate template =
        CertificateTemplate.authority(
            issuerName,
            key.subjectPublicKeyInfo(),
            issuingName,
            issuerKey.subjectPublicKeyInfo(),
            serial(random),
            rootEnd.isBefore(wanted.notAfter())
                ? new CertificateTemplate.Validity(wanted.notBefore(), rootEnd)
                : wanted,
            0,
            key.signatureAlgorithm());
    return of(sign(template.plain(), key), issuerKey);
  }

  private static CertificateTemplate.Validity validity(Instant now, Duration lifetime) {
    Instant second = now.truncatedTo(ChronoUnit.SECONDS);
    return new CertificateTemplate.Validity(second.minus(BACKDATE), second.plus(lifetime));
  }

  /**
   * A name that no other authority has: verifiers look issuers up by name, and give up after too
   * many candidates.
   */
  private static X500Name uniqueName(String name, String role, SecureRandom random) {
    byte[] suffix = new byte[NAME_SUFFIX_BYTES];
    random.nextBytes(suffix);
    String common = name + " " + role + " " + HexFormat.of().formatHex(suffix);
    return new X500NameBuilder(BCStyle.INSTANCE)
        .addRDN(BCStyle.O, new DERUTF8String(name))
        .addRDN(BCStyle.CN, new DERUTF8String(common))
        .build();
  }

  /**
   * A serial number: 127 random bits, positive, at most 20 octets (RFC 5280 section 4.1.2.2; the
   * CA/Browser Forum asks for 64 random bits).
   *
   * @param random where the bits come from
   * @return the serial number
   */
  public static BigInteger serial(SecureRandom random) {
    byte[] bytes = new byte[SERIAL_BYTES];
    random.nextBytes(bytes);
    // Never zero, and always the same length, so that it tells nothing.
    bytes[0] = (byte) ((bytes[0] & 0x3f) | 0x40);
    return new BigInteger(1, bytes);
  }

  /**
   * The key that this authority signs with, as X.509 spells it.
   *
   * @return the subjectPublicKeyInfo
   */
  public SubjectPublicKeyInfo subjectPublicKeyInfo() {
    return key.subjectPublicKeyInfo();
  }

  /**
   * How this authority's signatures are named.
   *
   * @return the signature algorithm
   */
  public AlgorithmIdentifier signatureAlgorithm() {
    return key.signatureAlgorithm();
  }

  /**
   * Signs.
   *
   * @param tbs what to sign
   * @return the DER of the certificate
   * @throws GeneralSecurityException where the key's provider failed
   */
  public byte[] signEncoded(TBSCertificate tbs) throws GeneralSecurityException {
    return signEncoded(tbs, key);
  }

  private static X509Certificate sign(TBSCertificate tbs, SigningKey key)
      throws GeneralSecurityException {
    try {
      return X509Certificates.parse(signEncoded(tbs, key));
    } catch (MalformedException e) {
      throw new GeneralSecurityException("couldn't read a certificate that was just made", e);
    }
  }

  private static byte[] signEncoded(TBSCertificate tbs, SigningKey key)
      throws GeneralSecurityException {
    try {
      ASN1EncodableVector fields = new ASN1EncodableVector();
      fields.add(tbs);
      fields.add(key.signatureAlgorithm());
      fields.add(new DERBitString(key.sign(tbs.getEncoded(ASN1Encoding.DER))));
      return new DERSequence(fields).getEncoded(ASN1Encoding.DER);
    } catch (IOException e) {
      throw new GeneralSecurityException("couldn't encode a certificate", e);
    }
  }
}
