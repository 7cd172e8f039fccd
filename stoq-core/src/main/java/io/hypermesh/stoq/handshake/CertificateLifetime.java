package io.hypermesh.stoq.handshake;

import java.security.cert.X509Certificate;
import java.util.List;

/** How long chains are valid. */
final class CertificateLifetime {
  private CertificateLifetime() {}

  /** When the first certificate of a chain ends; the largest long where there is none. */
  static long endMillis(List<X509Certificate> chain) {
    long end = Long.MAX_VALUE;
    for (X509Certificate certificate : chain) {
      end = Math.min(end, certificate.getNotAfter().toInstant().toEpochMilli());
    }
    return end;
  }
}
