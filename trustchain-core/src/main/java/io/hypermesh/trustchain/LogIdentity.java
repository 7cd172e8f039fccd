package io.hypermesh.trustchain;

import io.hypermesh.trustchain.signature.KeyPairs;
import io.hypermesh.trustchain.signature.SignatureVerifier;
import io.hypermesh.trustchain.transparency.CheckpointText;
import io.hypermesh.trustchain.transparency.LogEntryCodec;
import io.hypermesh.trustchain.transparency.MerkleHasher;
import io.hypermesh.trustchain.transparency.SctCodec;
import io.hypermesh.trustchain.transparency.SignedNote;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;

/**
 * What a relying party has to know about a log: its name and its two public keys. Everything a log
 * says is verified here; nothing here needs the log itself.
 *
 * @param origin the log's name, the first line of its checkpoints: a URL without its scheme
 * @param noteKey the Ed25519 key that signs checkpoints (C2SP signed-note)
 * @param timestampKey the EC P-256 key that signs certificate timestamps (RFC 6962)
 */
public record LogIdentity(String origin, PublicKey noteKey, PublicKey timestampKey) {
  /** Checks the name and the kinds of the keys. */
  public LogIdentity {
    if (!SignedNote.isKeyName(origin)) {
      throw new IllegalArgumentException(
          "a log's origin has no spaces and no plus and is not empty: " + origin);
    }
    if (KeyPairs.algorithmOf(noteKey) != KeyAlgorithm.ED25519
        || KeyPairs.algorithmOf(timestampKey) != KeyAlgorithm.EC_P256) {
      throw new IllegalArgumentException("a log has an Ed25519 note key and a P-256 timestamp key");
    }
  }

  /**
   * The log's id in timestamps.
   *
   * @return the SHA-256 of the timestamp key's subjectPublicKeyInfo
   */
  public MerkleHash logId() {
    return MerkleHash.of(MerkleHasher.sha256().digest(timestampKey.getEncoded()));
  }

  /**
   * The verifier key that other tools for signed notes take.
   *
   * @return name, key id and key as C2SP spells them
   */
  public String verifierKey() {
    byte[] key = noteKeyBytes();
    byte[] typed = new byte[1 + key.length];
    typed[0] = SignedNote.ED25519;
    System.arraycopy(key, 0, typed, 1, key.length);
    return origin
        + "+"
        + HexFormat.of().toHexDigits(noteKeyId())
        + "+"
        + Base64.getEncoder().encodeToString(typed);
  }

  private byte[] noteKeyBytes() {
    return SubjectPublicKeyInfo.getInstance(noteKey.getEncoded()).getPublicKeyData().getOctets();
  }

  int noteKeyId() {
    return SignedNote.keyId(origin, SignedNote.ED25519, noteKeyBytes());
  }

  int treeHeadKeyId() {
    return SignedNote.keyId(origin, SignedNote.RFC6962_TREE_HEAD, logId().bytes());
  }

  /**
   * Verifies a checkpoint. The log's Ed25519 signature has to be there and to be right; signatures
   * by keys that are unknown here are ignored, as the format demands.
   *
   * @param note the signed note
   * @return the checkpoint
   * @throws TransparencyException where it is malformed, another log's, or not signed by this log
   */
  public Checkpoint verifyCheckpoint(String note) throws TransparencyException {
    SignedNote signed = SignedNote.decode(note.getBytes(StandardCharsets.UTF_8));
    CheckpointText text = CheckpointText.decode(signed.text());
    if (!text.origin().equals(origin)) {
      throw new TransparencyException(
          "couldn't accept a checkpoint of " + origin + " because its origin is " + text.origin());
    }
    boolean verified = false;
    for (SignedNote.SignatureLine line : signed.signatures()) {
      if (line.isFrom(origin, noteKeyId())) {
        requireSignature(
            noteKey,
            KeyAlgorithm.ED25519,
            signed.text().getBytes(StandardCharsets.UTF_8),
            line.signature(),
            "a checkpoint");
        verified = true;
      }
    }
    if (!verified) {
      throw new TransparencyException(
          "couldn't accept a checkpoint because it has no signature by " + verifierKey());
    }
    return new Checkpoint(origin, text.treeSize(), text.rootHash(), note);
  }

  /**
   * Finds this log's timestamp in a certificate and verifies it.
   *
   * @param certificate the certificate with embedded timestamps
   * @param issuer its issuer's certificate
   * @return the verified timestamp
   * @throws TransparencyException where there is none by this log or it does not verify
   */
  public SignedCertificateTimestamp verifyEmbeddedTimestamp(
      X509Certificate certificate, X509Certificate issuer) throws TransparencyException {
    MerkleHash logId = logId();
    for (SignedCertificateTimestamp sct : embeddedTimestamps(certificate)) {
      if (sct.logId().equals(logId)) {
        byte[] input =
            LogEntryCodec.certificateTimestampInput(
                LogEntry.ofFinalCertificate(certificate, issuer),
                sct.timestampMillis(),
                sct.extensions());
        requireSignature(
            timestampKey, KeyAlgorithm.EC_P256, input, sct.signature(), "an embedded timestamp");
        return sct;
      }
    }
    throw new TransparencyException(
        "couldn't find a timestamp by the log " + origin + " in the certificate");
  }

  /**
   * Computes the hash of a certificate's leaf from the certificate alone, after verifying its
   * embedded timestamp. With an {@link InclusionProof} and a {@link Checkpoint} it proves that the
   * certificate is in the log.
   *
   * @param certificate the certificate with embedded timestamps
   * @param issuer its issuer's certificate
   * @return the leaf's hash
   * @throws TransparencyException where there is no timestamp by this log or it does not verify
   */
  public MerkleHash leafHash(X509Certificate certificate, X509Certificate issuer)
      throws TransparencyException {
    SignedCertificateTimestamp sct = verifyEmbeddedTimestamp(certificate, issuer);
    byte[] timestampedEntry =
        LogEntryCodec.timestampedEntry(
            LogEntry.ofFinalCertificate(certificate, issuer),
            sct.timestampMillis(),
            sct.extensions());
    return new MerkleHasher().leaf(LogEntryCodec.merkleTreeLeaf(timestampedEntry));
  }

  /**
   * Reads the timestamps that are embedded in a certificate, without verifying them; those of
   * unknown versions are left out.
   *
   * @param certificate the certificate
   * @return the timestamps; none where it has no such extension
   * @throws TransparencyException where the extension is malformed
   */
  public static List<SignedCertificateTimestamp> embeddedTimestamps(X509Certificate certificate)
      throws TransparencyException {
    byte[] extension = certificate.getExtensionValue("1.3.6.1.4.1.11129.2.4.2");
    if (extension == null) {
      return List.of();
    }
    try {
      byte[] value = ASN1OctetString.getInstance(extension).getOctets();
      byte[] list = ASN1OctetString.getInstance(value).getOctets();
      List<SignedCertificateTimestamp> timestamps = new ArrayList<>();
      for (byte[] each : SctCodec.splitList(list)) {
        if (each.length > 0 && each[0] == 0) {
          timestamps.add(SctCodec.decode(each));
        }
      }
      return List.copyOf(timestamps);
    } catch (IllegalArgumentException e) {
      throw new TransparencyException("couldn't read a certificate's list of timestamps", e);
    }
  }

  private static void requireSignature(
      PublicKey key, KeyAlgorithm algorithm, byte[] message, byte[] signature, String what)
      throws TransparencyException {
    try {
      if (SignatureVerifier.verify(
          SubjectPublicKeyInfo.getInstance(key.getEncoded()),
          SignatureVerifier.identifierOf(algorithm),
          message,
          signature)) {
        return;
      }
    } catch (GeneralSecurityException e) {
      throw new TransparencyException("couldn't verify the signature of " + what, e);
    }
    throw new TransparencyException(
        "couldn't accept " + what + " because the log's signature on it is wrong");
  }
}
