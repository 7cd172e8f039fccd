package io.hypermesh.trustchain;

import java.security.cert.X509Certificate;

/**
 * The proof that a certificate is in the log: a signed checkpoint and an inclusion proof to its
 * root. Anyone who knows the log's {@link LogIdentity} can verify it, with nothing else to trust.
 *
 * @param note the checkpoint as a signed note
 * @param inclusion the inclusion proof
 */
public record IssuanceProof(String note, InclusionProof inclusion) {
  /**
   * Verifies the whole way from the certificate to the log's signature: the embedded timestamp, the
   * leaf that follows from it, the path to the root, the checkpoint's signature.
   *
   * @param certificate the certificate
   * @param issuer its issuer's certificate
   * @param log the log
   * @return the verified checkpoint
   * @throws TransparencyException where any step fails
   */
  public Checkpoint verify(X509Certificate certificate, X509Certificate issuer, LogIdentity log)
      throws TransparencyException {
    Checkpoint checkpoint = log.verifyCheckpoint(note);
    inclusion.verify(log.leafHash(certificate, issuer), checkpoint);
    return checkpoint;
  }
}
