package io.hypermesh.jmh;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * ECDSA P-256 keys with certificates of one authority: what every contestant of a comparison can
 * use, so that all do the same public-key operations.
 */
public final class Certificates {
  /** The DNS name that every certificate is for, besides {@code ::1}. */
  public static final String NAME = "localhost";

  /** What keys are called in a store. */
  public static final String ALIAS = "own";

  private static final char[] PASSWORD = "benchmark".toCharArray();
  private static final Duration VALIDITY = Duration.ofDays(30);

  private final KeyPair authorityKey;
  private final X500Name authorityName = new X500Name("CN=Benchmark");
  private final X509Certificate authority;
  private int issued;

  /** Makes an authority. */
  public Certificates() throws GeneralSecurityException, IOException {
    authorityKey = keyPair();
    authority = certify(authorityName, authorityKey, true);
  }

  /**
   * A key with its certificate.
   *
   * @param key signs handshakes
   * @param certificate for {@code ::1} and {@link #NAME}
   * @param issuer who signed it
   */
  public record Identity(PrivateKey key, X509Certificate certificate, X509Certificate issuer) {
    /** A key manager that has the key ready. */
    public X509ExtendedKeyManager keyManager() throws GeneralSecurityException, IOException {
      KeyManagerFactory factory = KeyManagerFactory.getInstance("SunX509");
      factory.init(keyStore(), PASSWORD);
      for (KeyManager manager : factory.getKeyManagers()) {
        if (manager instanceof X509ExtendedKeyManager keyManager) {
          return keyManager;
        }
      }
      throw new IllegalStateException("couldn't find a key manager in the platform's factory");
    }

    /** A store of the key under the alias {@link #ALIAS}. */
    public KeyStore keyStore() throws GeneralSecurityException, IOException {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry(ALIAS, key, PASSWORD, new Certificate[] {certificate, issuer});
      return store;
    }

    /** What {@link #keyStore()} is protected with. */
    public char[] password() {
      return PASSWORD.clone();
    }

    /** The platform's verdict on others' certificates, with the issuer as the only anchor. */
    public X509ExtendedTrustManager trustManager() throws GeneralSecurityException, IOException {
      return trusting(issuer);
    }

    /** Writes it to a file that {@link #load} reads. */
    public void save(Path file) throws GeneralSecurityException, IOException {
      try (OutputStream out = Files.newOutputStream(file)) {
        keyStore().store(out, PASSWORD);
      }
    }

    /** Reads what {@link #save} has written. */
    public static Identity load(Path file) throws GeneralSecurityException, IOException {
      KeyStore store = KeyStore.getInstance("PKCS12");
      try (InputStream in = Files.newInputStream(file)) {
        store.load(in, PASSWORD);
      }
      Certificate[] chain = store.getCertificateChain(ALIAS);
      return new Identity(
          (PrivateKey) store.getKey(ALIAS, PASSWORD),
          (X509Certificate) chain[0],
          (X509Certificate) chain[1]);
    }
  }

  /** Another key, with its certificate. */
  public Identity issue() throws GeneralSecurityException, IOException {
    KeyPair pair = keyPair();
    X500Name subject = new X500Name("CN=" + NAME + " " + issued++);
    return new Identity(pair.getPrivate(), certify(subject, pair, false), authority);
  }

  private static X509ExtendedTrustManager trusting(X509Certificate authority)
      throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setCertificateEntry("authority", authority);
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(store);
    for (TrustManager manager : factory.getTrustManagers()) {
      if (manager instanceof X509ExtendedTrustManager trustManager) {
        return trustManager;
      }
    }
    throw new IllegalStateException("couldn't find a trust manager in the platform's factory");
  }

  private static KeyPair keyPair() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    return generator.generateKeyPair();
  }

  private X509Certificate certify(X500Name subject, KeyPair pair, boolean isAuthority)
      throws GeneralSecurityException, IOException {
    Instant now = Instant.now();
    try {
      JcaX509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              authorityName,
              BigInteger.valueOf(issued + 1L),
              Date.from(now.minus(Duration.ofDays(1))),
              Date.from(now.plus(VALIDITY)),
              subject,
              pair.getPublic());
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(isAuthority));
      int usage = isAuthority ? KeyUsage.keyCertSign : KeyUsage.digitalSignature;
      builder.addExtension(Extension.keyUsage, true, new KeyUsage(usage));
      if (!isAuthority) {
        GeneralName[] names = {
          new GeneralName(GeneralName.dNSName, NAME), new GeneralName(GeneralName.iPAddress, "::1")
        };
        builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
      }
      return new JcaX509CertificateConverter()
          .getCertificate(
              builder.build(
                  new JcaContentSignerBuilder("SHA256withECDSA").build(authorityKey.getPrivate())));
    } catch (OperatorCreationException | CertIOException e) {
      throw new IOException("couldn't certify " + subject, e);
    }
  }
}
