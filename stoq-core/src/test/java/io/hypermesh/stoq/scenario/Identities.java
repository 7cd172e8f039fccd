package io.hypermesh.stoq.scenario;

import io.hypermesh.stoq.handshake.OneKeyManager;
import io.hypermesh.stoq.handshake.TlsSettings;
import java.math.BigInteger;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.security.spec.EdECPrivateKeySpec;
import java.security.spec.NamedParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.util.SubjectPublicKeyInfoFactory;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * Certificates that are the same in every run, byte for byte, so that a seed is all that a run
 * depends on: Ed25519 keys from fixed seeds, and fixed dates.
 */
final class Identities {
  /** The end of every name that a server's certificate is for. */
  static final String DOMAIN = ".node.example";

  private static final Date NOT_BEFORE = Date.from(Instant.parse("2020-01-01T00:00:00Z"));
  private static final Date NOT_AFTER = Date.from(Instant.parse("2090-01-01T00:00:00Z"));
  private static final int LARGE_NAME_CHARACTERS = 700;

  private record Pair(PrivateKey privateKey, PublicKey publicKey) {}

  private record Chain(PrivateKey key, List<X509Certificate> certificates) {}

  private static final Pair ROOT_KEY = key(1);
  private static final X509Certificate ROOT =
      certify("root", ROOT_KEY, "root", ROOT_KEY, 1, true, false);

  /** A server with a short chain. */
  static final X509ExtendedKeyManager SERVER = keyManager(chain("server", 10, 1, false));

  /** A client with a short chain. */
  static final X509ExtendedKeyManager CLIENT = keyManager(chain("client", 20, 1, false));

  /** A server with nine certificates, which are more than three datagrams. */
  static final X509ExtendedKeyManager SERVER_WITH_LONG_CHAIN =
      keyManager(chain("chained", 30, 9, true));

  /** Accepts what goes back to the one root; signatures are checked once for each chain. */
  static final X509ExtendedTrustManager TRUST = new RootTrust();

  private Identities() {}

  private static X509ExtendedKeyManager keyManager(Chain chain) {
    return new OneKeyManager(chain.key(), chain.certificates());
  }

  /** Settings with certificates on both sides. */
  static TlsSettings.Builder tls(X509ExtendedKeyManager keys, long seed) {
    return TlsSettings.builder()
        .keyManager(keys)
        .trustManager(TRUST)
        .applicationProtocols(List.of("stoq/1.0"))
        .random(new SeededSecureRandom(seed));
  }

  private static Pair key(int seed) {
    byte[] bytes = new byte[Ed25519PrivateKeyParameters.KEY_SIZE];
    Arrays.fill(bytes, (byte) seed);
    try {
      KeyFactory factory = KeyFactory.getInstance("Ed25519");
      byte[] encoded =
          SubjectPublicKeyInfoFactory.createSubjectPublicKeyInfo(
                  new Ed25519PrivateKeyParameters(bytes, 0).generatePublicKey())
              .getEncoded();
      return new Pair(
          factory.generatePrivate(new EdECPrivateKeySpec(NamedParameterSpec.ED25519, bytes)),
          factory.generatePublic(new X509EncodedKeySpec(encoded)));
    } catch (GeneralSecurityException | java.io.IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** An end entity below a number of issuing authorities. */
  private static Chain chain(String name, int seed, int length, boolean large) {
    List<X509Certificate> chain = new ArrayList<>();
    String issuer = "root";
    Pair issuerKey = ROOT_KEY;
    for (int i = 1; i < length; i++) {
      Pair key = key(seed + i);
      String subject = name + " issuing " + i;
      chain.add(certify(issuer, issuerKey, subject, key, seed + i, true, large));
      issuer = subject;
      issuerKey = key;
    }
    Pair key = key(seed);
    chain.add(certify(issuer, issuerKey, name, key, seed, false, large));
    Collections.reverse(chain);
    return new Chain(key.privateKey(), List.copyOf(chain));
  }

  private static X509Certificate certify(
      String issuer,
      Pair issuerKey,
      String subject,
      Pair subjectKey,
      int serial,
      boolean authority,
      boolean large) {
    try {
      JcaX509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              new X500Name("CN=" + issuer),
              BigInteger.valueOf(serial),
              NOT_BEFORE,
              NOT_AFTER,
              new X500Name("CN=" + subject),
              subjectKey.publicKey());
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
      String first = large ? "x".repeat(LARGE_NAME_CHARACTERS) : "a";
      builder.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(new GeneralName(GeneralName.dNSName, first + DOMAIN)));
      return new JcaX509CertificateConverter()
          .getCertificate(
              builder.build(new JcaContentSignerBuilder("Ed25519").build(issuerKey.privateKey())));
    } catch (org.bouncycastle.operator.OperatorCreationException
        | CertificateException
        | org.bouncycastle.cert.CertIOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static final class RootTrust extends X509ExtendedTrustManager {
    private final Set<X509Certificate> verified = ConcurrentHashMap.newKeySet();

    private void check(X509Certificate[] chain) throws CertificateException {
      if (verified.contains(chain[0])) {
        return;
      }
      try {
        for (int i = 0; i < chain.length; i++) {
          X509Certificate issuer = i + 1 < chain.length ? chain[i + 1] : ROOT;
          chain[i].verify(issuer.getPublicKey());
        }
      } catch (GeneralSecurityException e) {
        throw new CertificateException("the chain doesn't lead to the root", e);
      }
      verified.add(chain[0]);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
        throws CertificateException {
      check(chain);
      String host = engine.getHandshakeSession().getPeerHost();
      if (host == null || !host.endsWith(DOMAIN)) {
        throw new CertificateException("the certificate isn't for " + host);
      }
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[] {ROOT};
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {
      throw new UnsupportedOperationException();
    }
  }
}
