package io.hypermesh.ledger;

import io.hypermesh.asset.DecodingException;
import io.hypermesh.byzantine.Membership;
import io.hypermesh.byzantine.ProtocolException;
import io.hypermesh.byzantine.ReplyCertificate;
import io.hypermesh.byzantine.Verifier;
import io.hypermesh.codec.WireReader;
import io.hypermesh.codec.WireWriter;

/**
 * "X is owned by Y at height H", to anyone who knows the replicas' keys and nothing else: a proof
 * that leads to a state root, and f+1 replicas' signatures over that root. At least one of them is
 * correct, and a correct replica signs only what was ordered and executed. Checked offline.
 *
 * @param proof what the ledger held
 * @param certificate of a reply after the same block; of any request in it
 */
public record CertifiedOwnership(OwnershipProof proof, ReplyCertificate certificate) {
  private static final int VERSION = 1;
  private static final int CERTIFICATE_BYTES_MAX = 8 << 20;

  /**
   * Takes the proof of an asset out of a certified reply.
   *
   * @param certificate of a reply to a batch with {@link Operation.Prove}
   * @param operation the id of that operation
   * @return the proof with its certificate, not verified yet
   * @throws DecodingException if the reply holds no such proof
   */
  public static CertifiedOwnership fromReply(ReplyCertificate certificate, OperationId operation)
      throws DecodingException {
    if (BatchResult.decode(certificate.result()) instanceof BatchResult.Executed executed) {
      for (Outcome outcome : executed.outcomes()) {
        if (outcome instanceof Outcome.Proved proved && proved.operation().equals(operation)) {
          return new CertifiedOwnership(proved.proof(), certificate);
        }
      }
    }
    throw new DecodingException("the reply holds no proof for operation " + operation);
  }

  /**
   * Checks everything: the signatures, the height, and the path to the root. Pure.
   *
   * @param membership the replicas, from a source that the caller trusts
   * @param verifier checks one signature
   * @return true if the ledger of these replicas held exactly this record at that height
   */
  public boolean verify(Membership membership, Verifier verifier) {
    return proof.height() == certificate.sequence()
        && proof.verify(certificate.stateRoot())
        && certificate.verify(membership, verifier);
  }

  /**
   * Encodes both.
   *
   * @return a new array
   */
  public byte[] encode() {
    return new WireWriter()
        .u8(VERSION)
        .blob(proof.encode())
        .blob(certificate.encode())
        .toByteArray();
  }

  /**
   * Decodes what {@link #encode} wrote.
   *
   * @param bytes exactly one
   * @return proof and certificate, not verified yet
   * @throws DecodingException if the bytes are anything else
   */
  public static CertifiedOwnership decode(byte[] bytes) throws DecodingException {
    WireReader reader = new WireReader(bytes);
    int version = reader.readU8("certified ownership version");
    if (version != VERSION) {
      throw new DecodingException("unknown version of a certified ownership: " + version);
    }
    OwnershipProof proof =
        OwnershipProof.decode(reader.readBlob(OwnershipProof.BYTES_MAX, "proof"));
    byte[] certificate = reader.readBlob(CERTIFICATE_BYTES_MAX, "certificate");
    reader.expectEnd("certified ownership");
    try {
      return new CertifiedOwnership(proof, ReplyCertificate.decode(certificate));
    } catch (ProtocolException e) {
      throw new DecodingException("certificate: " + e.getMessage(), e);
    }
  }
}
