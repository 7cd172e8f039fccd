package io.hypermesh.trustchain;

import io.hypermesh.trustchain.transparency.MerkleHasher;
import io.hypermesh.trustchain.transparency.PrecertificateTbs;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is submitted to a {@link TransparencyLog}: a certificate or a precertificate with the
 * certificates of its issuers (RFC 6962 section 3.1). The log adds the time and the index.
 */
public final class LogEntry {
  /** The most issuers of one certificate; real chains have two or three. */
  public static final int ISSUERS_MAX = 16;

  private final byte @Nullable [] issuerKeyHash;
  private final byte[] signedPart;
  private final byte @Nullable [] precertificate;
  private final List<X509Certificate> issuers;
  private final List<MerkleHash> issuerFingerprints;

  private LogEntry(
      byte @Nullable [] issuerKeyHash,
      byte[] signedPart,
      byte @Nullable [] precertificate,
      List<X509Certificate> issuers)
      throws TransparencyException {
    if (issuers.size() > ISSUERS_MAX) {
      // Found here, or it would be found in the write that this entry shares with others.
      throw new TransparencyException(
          "couldn't log a certificate because it has more than "
              + ISSUERS_MAX
              + " issuers: "
              + issuers.size());
    }
    this.issuerKeyHash = issuerKeyHash;
    this.signedPart = signedPart;
    this.precertificate = precertificate;
    this.issuers = List.copyOf(issuers);
    List<MerkleHash> fingerprints = new ArrayList<>(issuers.size());
    for (X509Certificate issuer : issuers) {
      fingerprints.add(MerkleHash.of(MerkleHasher.sha256().digest(encoded(issuer))));
    }
    this.issuerFingerprints = List.copyOf(fingerprints);
  }

  /**
   * An entry for a certificate.
   *
   * @param certificate the certificate
   * @param issuers its issuer and that one's issuers, up to and with the root
   * @return the entry
   * @throws TransparencyException where a certificate can't be encoded or is too large
   */
  public static LogEntry certificate(X509Certificate certificate, List<X509Certificate> issuers)
      throws TransparencyException {
    return new LogEntry(null, bounded(encoded(certificate)), null, issuers);
  }

  /**
   * An entry for a precertificate that was signed by the issuer's own key.
   *
   * @param precertificate the DER of the precertificate, with the poison extension
   * @param issuers its issuer and that one's issuers, up to and with the root; not empty
   * @return the entry
   * @throws TransparencyException where it is malformed or lacks the poison
   */
  public static LogEntry precertificate(byte[] precertificate, List<X509Certificate> issuers)
      throws TransparencyException {
    if (issuers.isEmpty()) {
      throw new TransparencyException("couldn't log a precertificate without its issuer");
    }
    byte[] tbs = PrecertificateTbs.without(precertificate, PrecertificateTbs.POISON);
    return new LogEntry(keyHash(issuers.getFirst()), tbs, precertificate.clone(), issuers);
  }

  /**
   * The entry that a final certificate's embedded timestamps were given for (RFC 6962 section 3.2):
   * the same for a relying party as for the log, though the precertificate itself is gone.
   */
  static LogEntry ofFinalCertificate(X509Certificate certificate, X509Certificate issuer)
      throws TransparencyException {
    byte[] tbs = PrecertificateTbs.without(encoded(certificate), PrecertificateTbs.SCT_LIST);
    return new LogEntry(keyHash(issuer), tbs, new byte[0], List.of());
  }

  private static byte[] keyHash(X509Certificate issuer) {
    return MerkleHasher.sha256().digest(issuer.getPublicKey().getEncoded());
  }

  private static byte[] encoded(X509Certificate certificate) throws TransparencyException {
    try {
      return certificate.getEncoded();
    } catch (CertificateEncodingException e) {
      throw new TransparencyException("couldn't encode a certificate: " + e.getMessage(), e);
    }
  }

  private static byte[] bounded(byte[] der) throws TransparencyException {
    if (der.length > PrecertificateTbs.CERTIFICATE_BYTES_MAX) {
      throw new TransparencyException(
          "couldn't log a certificate because it has more than "
              + PrecertificateTbs.CERTIFICATE_BYTES_MAX
              + " bytes: "
              + der.length);
    }
    return der;
  }

  /**
   * Whether the entry is for a precertificate.
   *
   * @return true for a precertificate
   */
  public boolean isPrecertificate() {
    return issuerKeyHash != null;
  }

  /**
   * The SHA-256 of the issuer's subjectPublicKeyInfo.
   *
   * @return 32 bytes, or null where the entry is for a certificate
   */
  public byte @Nullable [] issuerKeyHash() {
    return issuerKeyHash == null ? null : issuerKeyHash.clone();
  }

  /**
   * What the timestamp is given for.
   *
   * @return the DER of the certificate, or of the precertificate's TBSCertificate without poison
   */
  public byte[] signedPart() {
    return signedPart.clone();
  }

  /**
   * The precertificate as submitted.
   *
   * @return its DER, or null where the entry is for a certificate
   */
  public byte @Nullable [] precertificate() {
    return precertificate == null ? null : precertificate.clone();
  }

  /**
   * The certificates of the issuers.
   *
   * @return the issuers, nearest first
   */
  public List<X509Certificate> issuers() {
    return issuers;
  }

  /**
   * The SHA-256 of each issuer's certificate.
   *
   * @return the fingerprints, in the order of {@link #issuers}
   */
  public List<MerkleHash> issuerFingerprints() {
    return issuerFingerprints;
  }
}
