package io.hypermesh.stoq.handshake;

import java.math.BigInteger;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * Certificates for tests: a root, an issuing CA below it, and end entities of every kind of key.
 */
final class TestIdentities {
  /** The kinds of keys that a peer may show. */
  enum Kind {
    ED25519("Ed25519"),
    P256("EC"),
    P384("EC"),
    RSA("RSA"),
    RSA_PSS("RSASSA-PSS"),
    ML_DSA("ML-DSA-65");

    private final String algorithm;

    Kind(String algorithm) {
      this.algorithm = algorithm;
    }
  }

  /** A key with its chain, own certificate first. */
  record Identity(PrivateKey key, List<X509Certificate> chain) {}

  /** Makes a dNSName of what would be an iPAddress. */
  static final String AS_DNS_NAME = "dNSName ";

  private static final Map<Kind, KeyPair> KEYS = new EnumMap<>(Kind.class);
  private static final AtomicLong SERIALS = new AtomicLong(1);

  private final X509Certificate root;
  private final X509Certificate issuing;
  private final KeyPair issuingKey;
  private final X500Name issuingName;

  private TestIdentities(String name, Kind kind) {
    KeyPair rootKey = generate(kind);
    X500Name rootName = new X500Name("CN=" + name + " root");
    root = certify(rootName, rootKey, rootName, rootKey, true, days(-2), days(30));
    issuingKey = generate(kind);
    issuingName = new X500Name("CN=" + name + " issuing");
    issuing = certify(rootName, rootKey, issuingName, issuingKey, true, days(-2), days(30));
  }

  static TestIdentities create(String name) {
    return create(name, Kind.P256);
  }

  /** With authorities whose keys are of this kind. */
  static TestIdentities create(String name, Kind kind) {
    return new TestIdentities(name, kind);
  }

  X509Certificate root() {
    return root;
  }

  X509Certificate issuing() {
    return issuing;
  }

  /** An identity that is valid now, with these DNS names and IP addresses. */
  Identity issue(Kind kind, String... names) {
    return issue(kind, days(-1), days(7), names);
  }

  Identity issue(Kind kind, Instant notBefore, Instant notAfter, String... names) {
    return issue(key(kind), notBefore, notAfter, names);
  }

  /** An identity with this key, which is valid now. */
  Identity issue(KeyPair pair, String... names) {
    return issue(pair, days(-1), days(7), names);
  }

  private Identity issue(KeyPair pair, Instant notBefore, Instant notAfter, String... names) {
    X509Certificate own =
        certify(
            issuingName,
            issuingKey,
            new X500Name("CN=" + names[0]),
            pair,
            false,
            notBefore,
            notAfter,
            names);
    return new Identity(pair.getPrivate(), List.of(own, issuing));
  }

  static Instant days(long days) {
    return Instant.now().plus(Duration.ofDays(days));
  }

  /** The platform's own trust manager, with the root as its only anchor. */
  X509ExtendedTrustManager trustManager() {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setCertificateEntry("root", root);
      TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
      factory.init(store);
      for (TrustManager manager : factory.getTrustManagers()) {
        if (manager instanceof X509ExtendedTrustManager trustManager) {
          return trustManager;
        }
      }
      throw new IllegalStateException("no X509ExtendedTrustManager");
    } catch (java.security.GeneralSecurityException | java.io.IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static synchronized KeyPair key(Kind kind) {
    return KEYS.computeIfAbsent(kind, TestIdentities::generate);
  }

  static KeyPair generate(Kind kind) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(kind.algorithm);
      switch (kind) {
        case P256 -> generator.initialize(new ECGenParameterSpec("secp256r1"));
        case P384 -> generator.initialize(new ECGenParameterSpec("secp384r1"));
        case RSA, RSA_PSS -> generator.initialize(2_048);
        case ED25519, ML_DSA -> {}
      }
      return generator.generateKeyPair();
    } catch (java.security.GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static X509Certificate certify(
      X500Name issuer,
      KeyPair issuerKey,
      X500Name subject,
      KeyPair subjectKey,
      boolean authority,
      Instant notBefore,
      Instant notAfter,
      String... names) {
    try {
      JcaX509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              issuer,
              BigInteger.valueOf(SERIALS.getAndIncrement()),
              Date.from(notBefore),
              Date.from(notAfter),
              subject,
              subjectKey.getPublic());
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
      int usage = authority ? KeyUsage.keyCertSign | KeyUsage.cRLSign : KeyUsage.digitalSignature;
      builder.addExtension(Extension.keyUsage, true, new KeyUsage(usage));
      if (names.length > 0) {
        builder.addExtension(Extension.subjectAlternativeName, false, alternativeNames(names));
      }
      return new JcaX509CertificateConverter()
          .getCertificate(
              builder.build(
                  new JcaContentSignerBuilder(signatureOf(issuerKey))
                      .build(issuerKey.getPrivate())));
    } catch (org.bouncycastle.operator.OperatorCreationException
        | java.security.cert.CertificateException
        | org.bouncycastle.cert.CertIOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String signatureOf(KeyPair issuerKey) {
    return issuerKey.getPrivate().getAlgorithm().equals("EC") ? "SHA256withECDSA" : "ML-DSA-65";
  }

  private static GeneralNames alternativeNames(String... names) {
    GeneralName[] alternatives = new GeneralName[names.length];
    for (int i = 0; i < names.length; i++) {
      boolean forced = names[i].startsWith(AS_DNS_NAME);
      int type =
          !forced && names[i].indexOf(':') >= 0 ? GeneralName.iPAddress : GeneralName.dNSName;
      alternatives[i] =
          new GeneralName(type, forced ? names[i].substring(AS_DNS_NAME.length()) : names[i]);
    }
    return new GeneralNames(alternatives);
  }
}
