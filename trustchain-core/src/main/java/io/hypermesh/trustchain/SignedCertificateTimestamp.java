package io.hypermesh.trustchain;

import io.hypermesh.trustchain.transparency.LogEntryCodec;
import io.hypermesh.trustchain.transparency.SctCodec;
import java.time.Instant;
import java.util.Arrays;

/**
 * A log's signed promise that an entry is in its tree (RFC 6962 section 3.2). Here the entry is in
 * the tree, durably, before the timestamp is signed, and its index is an extension (static-ct-api).
 * Immutable.
 */
public final class SignedCertificateTimestamp {
  private final MerkleHash logId;
  private final long timestampMillis;
  private final byte[] extensions;
  private final long leafIndex;
  private final byte[] signature;

  /**
   * Puts a timestamp together; {@link LogIdentity#verifyEmbeddedTimestamp} says whether it is true.
   *
   * @param logId the SHA-256 of the log's subjectPublicKeyInfo
   * @param timestampMillis milliseconds since 1970
   * @param extensions the content of the CtExtensions, copied
   * @param signature the ECDSA P-256 signature in DER, copied
   * @throws TransparencyException where the extensions are malformed
   */
  public SignedCertificateTimestamp(
      MerkleHash logId, long timestampMillis, byte[] extensions, byte[] signature)
      throws TransparencyException {
    this.logId = logId;
    this.timestampMillis = timestampMillis;
    this.extensions = extensions.clone();
    this.leafIndex = LogEntryCodec.leafIndex(extensions);
    this.signature = signature.clone();
  }

  /**
   * Decodes one timestamp.
   *
   * @param bytes the TLS encoding
   * @return the timestamp
   * @throws TransparencyException where it is malformed
   */
  public static SignedCertificateTimestamp decode(byte[] bytes) throws TransparencyException {
    return SctCodec.decode(bytes);
  }

  /**
   * Encodes the timestamp.
   *
   * @return the TLS encoding
   */
  public byte[] encode() {
    return SctCodec.encode(this);
  }

  /**
   * Which log signed it.
   *
   * @return the SHA-256 of the log's subjectPublicKeyInfo
   */
  public MerkleHash logId() {
    return logId;
  }

  /**
   * When the entry was sequenced.
   *
   * @return the time, to the millisecond
   */
  public Instant timestamp() {
    return Instant.ofEpochMilli(timestampMillis);
  }

  /**
   * When the entry was sequenced.
   *
   * @return milliseconds since 1970
   */
  public long timestampMillis() {
    return timestampMillis;
  }

  /**
   * The extensions.
   *
   * @return a copy of the content of the CtExtensions
   */
  public byte[] extensions() {
    return extensions.clone();
  }

  /**
   * The entry's index in the log.
   *
   * @return the index, or -1 where the log gave none
   */
  public long leafIndex() {
    return leafIndex;
  }

  /**
   * The signature.
   *
   * @return a copy of the DER
   */
  public byte[] signature() {
    return signature.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SignedCertificateTimestamp sct && Arrays.equals(encode(), sct.encode());
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(signature);
  }

  @Override
  public String toString() {
    return "SignedCertificateTimestamp[log " + logId + " leaf " + leafIndex + "]";
  }
}
