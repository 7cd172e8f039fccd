package io.hypermesh.trustchain.issuance;

import io.hypermesh.trustchain.MerkleHash;
import io.hypermesh.trustchain.asn1.MalformedException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * What is kept of an issuance: version(1), the request's id, the issuer's name in the key storage,
 * the hash of what was asked for(32), the leaf's index(8), the certificate's length(4) and DER.
 */
public final class IssuanceRecord {
  private static final int VERSION = 1;

  private final String requestId;
  private final String issuerName;
  private final MerkleHash requestHash;
  private final long leafIndex;
  private final byte[] certificate;

  /**
   * Puts a record together.
   *
   * @param requestId the request's id
   * @param issuerName which of the authority's issuers signed
   * @param requestHash the hash of what was asked for
   * @param leafIndex where the log has the precertificate
   * @param certificate the DER of the certificate, not copied
   */
  public IssuanceRecord(
      String requestId,
      String issuerName,
      MerkleHash requestHash,
      long leafIndex,
      byte[] certificate) {
    this.requestId = requestId;
    this.issuerName = issuerName;
    this.requestHash = requestHash;
    this.leafIndex = leafIndex;
    this.certificate = certificate;
  }

  /**
   * Encodes the record.
   *
   * @return its bytes
   */
  public byte[] encode() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(certificate.length + 128);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(VERSION);
      out.writeUTF(requestId);
      out.writeUTF(issuerName);
      out.write(requestHash.bytes());
      out.writeLong(leafIndex);
      out.writeInt(certificate.length);
      out.write(certificate);
    } catch (IOException e) {
      throw new UncheckedIOException("memory doesn't fail", e);
    }
    return bytes.toByteArray();
  }

  /**
   * Decodes a record.
   *
   * @param bytes its bytes
   * @return the record
   * @throws MalformedException where they are not a record
   */
  public static IssuanceRecord decode(byte[] bytes) throws MalformedException {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      if (in.readByte() != VERSION) {
        throw new MalformedException("an issuance's version is unknown");
      }
      String requestId = in.readUTF();
      String issuerName = in.readUTF();
      byte[] hash = new byte[MerkleHash.LENGTH];
      in.readFully(hash);
      long leafIndex = in.readLong();
      int length = in.readInt();
      if (leafIndex < 0 || length != in.available()) {
        throw new MalformedException("an issuance's length is wrong: " + length);
      }
      return new IssuanceRecord(
          requestId, issuerName, MerkleHash.of(hash), leafIndex, in.readAllBytes());
    } catch (IOException e) {
      throw new MalformedException("an issuance is cut short", e);
    }
  }

  /**
   * The request's id.
   *
   * @return the id
   */
  public String requestId() {
    return requestId;
  }

  /**
   * Which of the authority's issuers signed.
   *
   * @return its name in the key storage
   */
  public String issuerName() {
    return issuerName;
  }

  /**
   * The hash of what was asked for.
   *
   * @return the hash
   */
  public MerkleHash requestHash() {
    return requestHash;
  }

  /**
   * Where the log has the precertificate.
   *
   * @return the leaf's index
   */
  public long leafIndex() {
    return leafIndex;
  }

  /**
   * The certificate.
   *
   * @return its DER, not copied
   */
  public byte[] certificate() {
    return certificate;
  }
}
