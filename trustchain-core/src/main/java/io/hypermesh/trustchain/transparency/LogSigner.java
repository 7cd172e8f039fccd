package io.hypermesh.trustchain.transparency;

import io.hypermesh.trustchain.LogEntry;
import io.hypermesh.trustchain.MerkleHash;
import io.hypermesh.trustchain.SignedCertificateTimestamp;
import io.hypermesh.trustchain.TransparencyException;
import io.hypermesh.trustchain.signature.SigningKey;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.List;

/**
 * A log's two signatures: certificate timestamps (RFC 6962, ECDSA P-256) and checkpoints (C2SP
 * signed-note by Ed25519, with the RFC 6962 tree head signature of static-ct-api beside it, so that
 * clients of either kind can follow the log). Pure; safe for any number of threads.
 */
public final class LogSigner {
  private final String origin;
  private final SigningKey noteKey;
  private final SigningKey timestampKey;
  private final MerkleHash logId;
  private final int noteKeyId;
  private final int treeHeadKeyId;

  /**
   * Takes the log's keys.
   *
   * @param origin the log's name
   * @param noteKey the Ed25519 key
   * @param timestampKey the EC P-256 key
   * @param noteKeyId the id of the first in notes
   * @param treeHeadKeyId the id of the second in notes
   */
  public LogSigner(
      String origin,
      SigningKey noteKey,
      SigningKey timestampKey,
      int noteKeyId,
      int treeHeadKeyId) {
    this.origin = origin;
    this.noteKey = noteKey;
    this.timestampKey = timestampKey;
    this.noteKeyId = noteKeyId;
    this.treeHeadKeyId = treeHeadKeyId;
    this.logId = MerkleHash.of(MerkleHasher.sha256().digest(timestampKey.publicKey().getEncoded()));
  }

  /**
   * Signs a timestamp for an entry. To be called only when the entry is durable at that index.
   *
   * @param entry the entry
   * @param timestampMillis its time
   * @param leafIndex its index
   * @return the signed timestamp
   * @throws TransparencyException where the key's provider failed
   */
  public SignedCertificateTimestamp timestamp(LogEntry entry, long timestampMillis, long leafIndex)
      throws TransparencyException {
    byte[] extensions = LogEntryCodec.extensions(leafIndex);
    byte[] input = LogEntryCodec.certificateTimestampInput(entry, timestampMillis, extensions);
    return new SignedCertificateTimestamp(
        logId, timestampMillis, extensions, sign(timestampKey, input));
  }

  /**
   * Signs a checkpoint. To be called only for a tree that is durable.
   *
   * @param treeSize the tree's size
   * @param rootHash the tree's root
   * @param nowMillis the time of the tree head
   * @return the signed note
   * @throws TransparencyException where a key's provider failed
   */
  public String checkpoint(long treeSize, MerkleHash rootHash, long nowMillis)
      throws TransparencyException {
    String text = new CheckpointText(origin, treeSize, rootHash).encode();
    byte[] noteSignature = sign(noteKey, text.getBytes(StandardCharsets.UTF_8));
    byte[] treeHeadSignature =
        sign(timestampKey, LogEntryCodec.treeHeadInput(nowMillis, treeSize, rootHash));
    byte[] treeHeadLine =
        new TlsWriter()
            .unsigned(nowMillis, 8)
            .opaque(SctCodec.digitallySigned(treeHeadSignature))
            .bytes();
    return SignedNote.encode(
        text,
        List.of(
            new SignedNote.SignatureLine(origin, noteKeyId, noteSignature),
            new SignedNote.SignatureLine(origin, treeHeadKeyId, treeHeadLine)));
  }

  private static byte[] sign(SigningKey key, byte[] message) throws TransparencyException {
    try {
      return key.sign(message);
    } catch (GeneralSecurityException e) {
      throw TransparencyException.fatal("couldn't sign with the log's key", e);
    }
  }
}
