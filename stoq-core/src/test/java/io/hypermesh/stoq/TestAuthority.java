package io.hypermesh.stoq;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
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
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A certificate authority for tests; its managers are the platform's own, as a host's would be. */
public final class TestAuthority {
  private static final char[] PASSWORD = "test".toCharArray();
  private static final AtomicLong SERIALS = new AtomicLong(System.nanoTime() & 0xffffffffL);

  private final KeyPair keyPair;
  private final X500Name name;
  private final X509Certificate certificate;

  public TestAuthority(String name) {
    this.keyPair = newKeyPair("EC");
    this.name = new X500Name("CN=" + name);
    this.certificate = certify(this.name, keyPair, true);
  }

  /** A key and its chain. */
  public record Identity(PrivateKey key, X509Certificate certificate, X509Certificate authority) {
    public X509ExtendedKeyManager keyManager() {
      try {
        KeyStore store = emptyStore();
        store.setKeyEntry("own", key, PASSWORD, new Certificate[] {certificate, authority});
        // Not "PKIX": that one decrypts the key anew in every handshake, with PBKDF2.
        KeyManagerFactory factory = KeyManagerFactory.getInstance("SunX509");
        factory.init(store, PASSWORD);
        return Arrays.stream(factory.getKeyManagers())
            .filter(X509ExtendedKeyManager.class::isInstance)
            .map(X509ExtendedKeyManager.class::cast)
            .findFirst()
            .orElseThrow();
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }

    /** Writes {@code key.pem} and {@code cert.pem} into a folder. */
    public void writeTo(Path folder) throws IOException, GeneralSecurityException {
      Files.writeString(folder.resolve("key.pem"), pem("PRIVATE KEY", key.getEncoded()));
      Files.writeString(folder.resolve("cert.pem"), pem("CERTIFICATE", certificate.getEncoded()));
    }
  }

  /** An Ed25519 or EC identity for these DNS names and IPv6 addresses. */
  public Identity issue(String algorithm, String... names) {
    KeyPair pair = newKeyPair(algorithm);
    return new Identity(
        pair.getPrivate(),
        certify(new X500Name("CN=" + names[0]), pair, false, names),
        certificate);
  }

  public X509Certificate certificate() {
    return certificate;
  }

  public X509ExtendedTrustManager trustManager() {
    try {
      KeyStore store = emptyStore();
      store.setCertificateEntry("authority", certificate);
      TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
      factory.init(store);
      return Arrays.stream(factory.getTrustManagers())
          .filter(X509ExtendedTrustManager.class::isInstance)
          .map(X509ExtendedTrustManager.class::cast)
          .findFirst()
          .orElseThrow();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  public static String pem(String type, byte[] encoded) {
    return "-----BEGIN "
        + type
        + "-----\n"
        + Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
            .encodeToString(encoded)
        + "\n-----END "
        + type
        + "-----\n";
  }

  private static KeyStore emptyStore() throws GeneralSecurityException {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      return store;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static KeyPair newKeyPair(String algorithm) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
      if (algorithm.equals("EC")) {
        generator.initialize(new ECGenParameterSpec("secp256r1"));
      }
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private X509Certificate certify(
      X500Name subject, KeyPair subjectKey, boolean authority, String... names) {
    Instant now = Instant.now();
    try {
      JcaX509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              name,
              BigInteger.valueOf(SERIALS.incrementAndGet()),
              Date.from(now.minus(Duration.ofHours(1))),
              Date.from(now.plus(Duration.ofHours(24))),
              subject,
              subjectKey.getPublic());
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
      builder.addExtension(
          Extension.keyUsage,
          true,
          new KeyUsage(authority ? KeyUsage.keyCertSign : KeyUsage.digitalSignature));
      if (names.length > 0) {
        GeneralName[] alternatives =
            Arrays.stream(names)
                .map(text ->
                    new GeneralName(
                        text.contains(":") ? GeneralName.iPAddress : GeneralName.dNSName, text))
                .toArray(GeneralName[]::new);
        builder.addExtension(
            Extension.subjectAlternativeName, false, new GeneralNames(alternatives));
      }
      return new JcaX509CertificateConverter()
          .getCertificate(
              builder.build(
                  new JcaContentSignerBuilder("SHA256withECDSA").build(keyPair.getPrivate())));
    } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
