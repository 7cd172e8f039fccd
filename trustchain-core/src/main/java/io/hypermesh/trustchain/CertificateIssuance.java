package io.hypermesh.trustchain;

import java.security.cert.X509Certificate;
import java.util.List;

/**
 * What a request got: a certificate that is logged and stored, durably.
 *
 * @param requestId the request's id
 * @param chain the certificate and its issuers, without the root: what a server sends
 * @param root the root that relying parties trust
 * @param timestamp the log's timestamp, which the certificate carries too
 * @param leafIndex where the log has its precertificate
 */
public record CertificateIssuance(
    String requestId,
    List<X509Certificate> chain,
    X509Certificate root,
    SignedCertificateTimestamp timestamp,
    long leafIndex) {
  /** Copies the chain. */
  public CertificateIssuance {
    chain = List.copyOf(chain);
  }

  /**
   * The certificate itself.
   *
   * @return the first of the chain
   */
  public X509Certificate certificate() {
    return chain.getFirst();
  }

  /**
   * The certificate of its issuer.
   *
   * @return the second of the chain
   */
  public X509Certificate issuer() {
    return chain.get(1);
  }
}
