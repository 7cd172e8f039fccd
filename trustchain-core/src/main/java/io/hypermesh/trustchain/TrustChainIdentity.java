package io.hypermesh.trustchain;

import io.hypermesh.trustchain.asn1.MalformedException;
import io.hypermesh.trustchain.asn1.Pem;
import io.hypermesh.trustchain.asn1.X509Certificates;
import io.hypermesh.trustchain.signature.KeyPairs;
import io.hypermesh.trustchain.store.DurableFiles;
import io.hypermesh.trustchain.store.Pkcs8KeyStorage;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a host shows of itself: a private key and the certificate chain that speaks for it.
 *
 * @param privateKey the key; it appears in no message and no text
 * @param chain the certificate and its issuers, without the root
 */
public record TrustChainIdentity(PrivateKey privateKey, List<X509Certificate> chain) {
  private static final String LABEL = "CERTIFICATE";
  private static final int CHAIN_FILE_BYTES_MAX = 1 << 20;

  /**
   * Checks that the key is the one that the first certificate certifies, where that can be seen.
   */
  public TrustChainIdentity {
    chain = List.copyOf(chain);
    if (chain.isEmpty()) {
      throw new IllegalArgumentException("an identity has at least one certificate");
    }
    byte[] encoded = privateKey.getEncoded();
    if (encoded != null) {
      Arrays.fill(encoded, (byte) 0);
      requireMatch(privateKey, chain.getFirst());
    }
  }

  private static void requireMatch(PrivateKey privateKey, X509Certificate certificate) {
    try {
      if (!KeyPairs.publicKeyOf(privateKey).equals(certificate.getPublicKey())) {
        throw new IllegalArgumentException(
            "the private key is not the one that the certificate certifies");
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("the private key is not usable: " + e.getMessage(), e);
    }
  }

  /**
   * The certificate.
   *
   * @return the first of the chain
   */
  public X509Certificate certificate() {
    return chain.getFirst();
  }

  /**
   * Writes the identity into two PEM files, the key's for its owner only.
   *
   * @param keyFile where the private key goes, as PKCS#8
   * @param chainFile where the certificates go
   * @throws StoreException where they can't be written
   */
  public void writePem(Path keyFile, Path chainFile) throws StoreException {
    Pkcs8KeyStorage.writeKey(keyFile, privateKey);
    writeCertificates(chainFile, chain);
  }

  /**
   * Reads an identity from two PEM files.
   *
   * @param keyFile where the private key is; nobody but its owner may have access
   * @param chainFile where the certificates are
   * @return the identity
   * @throws StoreException where a file can't be read, is malformed, or the key is not the
   *     certificate's
   */
  public static TrustChainIdentity readPem(Path keyFile, Path chainFile) throws StoreException {
    PrivateKey key = Pkcs8KeyStorage.readKey(keyFile);
    try {
      return new TrustChainIdentity(key, readCertificates(chainFile));
    } catch (IllegalArgumentException e) {
      throw StoreException.damaged(keyFile, 0, String.valueOf(e.getMessage()));
    }
  }

  /**
   * Spells certificates in PEM.
   *
   * @param certificates the certificates
   * @return the text
   */
  public static String toPem(List<X509Certificate> certificates) {
    StringBuilder text = new StringBuilder();
    try {
      for (X509Certificate certificate : certificates) {
        text.append(Pem.encode(LABEL, certificate.getEncoded()));
      }
    } catch (CertificateEncodingException e) {
      throw new IllegalArgumentException("a certificate can't be encoded", e);
    }
    return text.toString();
  }

  /**
   * Writes certificates into a PEM file.
   *
   * @param file the file
   * @param certificates the certificates
   * @throws StoreException where it can't be written
   */
  public static void writeCertificates(Path file, List<X509Certificate> certificates)
      throws StoreException {
    DurableFiles.replace(file, toPem(certificates).getBytes(StandardCharsets.US_ASCII));
  }

  /**
   * Reads certificates from a PEM file, for example the roots to trust.
   *
   * @param file the file, at most 1 MiB
   * @return the certificates, at least one
   * @throws StoreException where it can't be read or is malformed
   */
  public static List<X509Certificate> readCertificates(Path file) throws StoreException {
    byte[] content = DurableFiles.read(file, CHAIN_FILE_BYTES_MAX);
    try {
      List<X509Certificate> certificates = new ArrayList<>();
      for (byte[] der : Pem.decode(LABEL, new String(content, StandardCharsets.US_ASCII))) {
        certificates.add(X509Certificates.parse(der));
      }
      return List.copyOf(certificates);
    } catch (MalformedException e) {
      throw StoreException.damaged(file, 0, String.valueOf(e.getMessage()));
    }
  }

  /** The certificate's subject names only: never the key. */
  @Override
  public String toString() {
    return "TrustChainIdentity[serial "
        + certificate().getSerialNumber().toString(16)
        + ", "
        + chain.size()
        + " certificates]";
  }
}
