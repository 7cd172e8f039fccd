package io.hypermesh.trustchain.asn1;

import java.io.ByteArrayInputStream;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;

/** Turns DER into the platform's certificates. */
public final class X509Certificates {
  /** The largest certificate that is read. */
  public static final int BYTES_MAX = 1 << 16;

  private X509Certificates() {}

  /**
   * Reads one certificate.
   *
   * @param der exactly one certificate
   * @return the certificate
   * @throws MalformedException where it is malformed or too large
   */
  public static X509Certificate parse(byte[] der) throws MalformedException {
    DerStructure.check(der, BYTES_MAX);
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(der));
    } catch (CertificateException e) {
      throw new MalformedException("it is not a certificate: " + e.getMessage(), e);
    }
  }
}
