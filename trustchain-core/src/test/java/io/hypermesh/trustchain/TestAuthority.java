package io.hypermesh.trustchain;

import io.hypermesh.trustchain.asn1.X509Certificates;
import io.hypermesh.trustchain.signature.SigningKey;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.bouncycastle.asn1.x509.TBSCertificate;
import org.bouncycastle.asn1.x509.Time;
import org.bouncycastle.asn1.x509.V3TBSCertificateGenerator;

/** Makes certificates that no authority of this module would make. */
final class TestAuthority {
  /** The middle of every certificate's validity. */
  static final Instant NOW = Instant.parse("2026-11-24T06:00:00Z");

  private static final AtomicLong SERIAL = new AtomicLong(1L << 62);
  private static final SecureRandom RANDOM = new SecureRandom();

  final X509Certificate certificate;
  private final SigningKey key;
  private final X500Name name;

  private TestAuthority(X509Certificate certificate, SigningKey key, String name) {
    this.certificate = certificate;
    this.key = key;
    this.name = new X500Name(name);
  }

  /** What a certificate is to be, changed field by field. */
  static final class Spec {
    String subject = "";
    Instant notBefore = NOW.minus(Duration.ofHours(1));
    Instant notAfter = NOW.plus(Duration.ofHours(1));
    KeyPair pair = KeyAlgorithm.EC_P256.generate(RANDOM);
    final List<Extension> extensions = new ArrayList<>();

    Spec subject(String value) {
      subject = value;
      return this;
    }

    Spec validity(Instant from, Instant to) {
      notBefore = from;
      notAfter = to;
      return this;
    }

    Spec key(KeyPair value) {
      pair = value;
      return this;
    }

    Spec with(ASN1ObjectIdentifier type, boolean critical, ASN1Encodable value) {
      try {
        extensions.removeIf(extension -> extension.getExtnId().equals(type));
        extensions.add(
            new Extension(
                type, critical, new DEROctetString(value.toASN1Primitive().getEncoded("DER"))));
        return this;
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    Spec without(ASN1ObjectIdentifier type) {
      extensions.removeIf(extension -> extension.getExtnId().equals(type));
      return this;
    }
  }

  /** A well-formed end entity for a name, to be spoiled. */
  static Spec leaf(GeneralName... names) {
    return new Spec()
        .with(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature))
        .with(
            Extension.extendedKeyUsage,
            false,
            new ExtendedKeyUsage(
                new KeyPurposeId[] {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth}))
        .with(Extension.subjectAlternativeName, true, new GeneralNames(names));
  }

  /** A well-formed authority, to be spoiled. */
  static Spec authority(String subject) {
    return new Spec()
        .subject(subject)
        .with(Extension.basicConstraints, true, new BasicConstraints(true))
        .with(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign));
  }

  /** A root, signed by itself. */
  static TestAuthority root(Spec spec) {
    try {
      SigningKey key = SigningKey.of(spec.pair);
      return new TestAuthority(sign(spec, spec.subject, key), key, spec.subject);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** An authority below this one. */
  TestAuthority issuer(Spec spec) {
    try {
      return new TestAuthority(issue(spec), SigningKey.of(spec.pair), spec.subject);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** Any certificate, signed by this authority. */
  X509Certificate issue(Spec spec) {
    try {
      return sign(spec, name.toString(), key);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static X509Certificate sign(Spec spec, String issuer, SigningKey key) throws Exception {
    V3TBSCertificateGenerator generator = new V3TBSCertificateGenerator();
    generator.setSerialNumber(new ASN1Integer(BigInteger.valueOf(SERIAL.incrementAndGet())));
    generator.setSignature(key.signatureAlgorithm());
    generator.setIssuer(new X500Name(issuer));
    generator.setSubject(new X500Name(spec.subject));
    generator.setStartDate(new Time(Date.from(spec.notBefore)));
    generator.setEndDate(new Time(Date.from(spec.notAfter)));
    generator.setSubjectPublicKeyInfo(SigningKey.of(spec.pair).subjectPublicKeyInfo());
    spec.with(
        Extension.authorityKeyIdentifier, false, new AuthorityKeyIdentifier(identifier(issuer)));
    spec.with(
        Extension.subjectKeyIdentifier, false, new SubjectKeyIdentifier(identifier(spec.subject)));
    generator.setExtensions(new Extensions(spec.extensions.toArray(new Extension[0])));
    TBSCertificate tbs = generator.generateTBSCertificate();
    ASN1EncodableVector fields = new ASN1EncodableVector();
    fields.add(tbs);
    fields.add(key.signatureAlgorithm());
    fields.add(new DERBitString(key.sign(tbs.getEncoded("DER"))));
    return X509Certificates.parse(new DERSequence(fields).getEncoded("DER"));
  }

  /** Of the name, not of the key: so a forger's looks like the real one's. */
  private static byte[] identifier(String name) {
    return Arrays.copyOf(name.getBytes(StandardCharsets.UTF_8), 20);
  }
}
