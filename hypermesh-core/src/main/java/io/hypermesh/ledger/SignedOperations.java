package io.hypermesh.ledger;

import io.hypermesh.asset.DecodingException;
import io.hypermesh.asset.OwnerId;
import io.hypermesh.byzantine.Digest;
import io.hypermesh.byzantine.Request;
import io.hypermesh.byzantine.Signer;
import io.hypermesh.byzantine.Verifier;
import io.hypermesh.codec.WireReader;
import io.hypermesh.codec.WireWriter;
import io.hypermesh.ledger.wire.OperationCodec;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A batch of operations under one signature of their owner: signatures cost far more than the
 * ledger's own work, so one may cover many operations. As bytes:
 *
 * <pre>
 *   request kind 8 = 1 | ledger 256 | credential kind 8 = 0 | owner's public key, length 32 before it
 *   | last height at which it may be executed 64 | operations, their number 32 before them
 *   | signature, length 32 before it
 * </pre>
 *
 * <p>The signature is over a domain, the text {@code hypermesh signed-operations v1} and a zero
 * byte, and everything before the signature. The ledger's own id in it keeps a batch from being
 * executed by another ledger; the height bounds how long ids must be remembered for {@linkplain
 * OperationId idempotency}. The kinds leave room for other requests and for keys that an owner
 * certifies for a time; an unknown one is refused.
 *
 * <p>Immutable.
 */
public final class SignedOperations {
  /** The most operations in a batch, whatever a ledger's settings. */
  public static final int OPERATIONS_MAX = 8_192;

  private static final byte[] DOMAIN =
      "hypermesh signed-operations v1\0".getBytes(StandardCharsets.US_ASCII);
  private static final int REQUEST_SIGNED_OPERATIONS = 1;
  private static final int CREDENTIAL_OWNER_KEY = 0;

  private final Digest ledgerId;
  private final byte[] publicKey;
  private final OwnerId owner;
  private final long expiresAtHeight;
  private final List<Operation> operations;
  private final long[] fingerprints;
  private final byte[] signed;
  private final byte[] signature;

  private SignedOperations(
      Digest ledgerId,
      byte[] publicKey,
      long expiresAtHeight,
      List<Operation> operations,
      byte[] signed,
      byte[] signature) {
    this.ledgerId = ledgerId;
    this.publicKey = publicKey;
    this.owner = OwnerId.ofPublicKey(publicKey);
    this.expiresAtHeight = expiresAtHeight;
    this.operations = List.copyOf(operations);
    this.fingerprints = this.operations.stream().mapToLong(SignedOperations::fingerprint).toArray();
    this.signed = signed;
    this.signature = signature;
  }

  /**
   * Signs a batch.
   *
   * @param signer the owner's key
   * @param ledgerId the ledger that is to execute it
   * @param expiresAtHeight the last block that may execute it; at most {@link
   *     LedgerSettings#expiryBlocksMax} after the block that does
   * @param operations 1 to {@value #OPERATIONS_MAX}, executed in this order, with no id twice
   * @return the batch
   */
  public static SignedOperations sign(
      Signer signer, Digest ledgerId, long expiresAtHeight, List<? extends Operation> operations) {
    if (operations.isEmpty() || operations.size() > OPERATIONS_MAX || expiresAtHeight < 0) {
      throw new IllegalArgumentException(
          "couldn't sign "
              + operations.size()
              + " operations until height "
              + expiresAtHeight
              + ": 1 to "
              + OPERATIONS_MAX
              + " until 0 or later are allowed");
    }
    byte[] publicKey = signer.publicKey();
    WireWriter writer =
        new WireWriter()
            .bytes(DOMAIN)
            .u8(REQUEST_SIGNED_OPERATIONS)
            .digest(ledgerId)
            .u8(CREDENTIAL_OWNER_KEY)
            .blob(publicKey)
            .i64(expiresAtHeight)
            .count(operations.size());
    operations.forEach(operation -> OperationCodec.write(writer, operation));
    byte[] signed = writer.toByteArray();
    return new SignedOperations(
        ledgerId, publicKey, expiresAtHeight, List.copyOf(operations), signed, signer.sign(signed));
  }

  /**
   * Encodes the batch as the payload of a request.
   *
   * @return a new array
   */
  public byte[] encode() {
    int unsigned = signed.length - DOMAIN.length;
    return new WireWriter(unsigned + 4 + signature.length)
        .bytes(Arrays.copyOfRange(signed, DOMAIN.length, signed.length))
        .blob(signature)
        .toByteArray();
  }

  /**
   * Decodes what {@link #encode} wrote. The signature is not checked yet: see {@link #verify}.
   *
   * @param payload exactly one batch
   * @return the batch
   * @throws DecodingException if the bytes are anything else
   */
  public static SignedOperations decode(byte[] payload) throws DecodingException {
    if (payload.length > Request.PAYLOAD_BYTES_MAX) {
      throw new DecodingException(
          "the request has " + payload.length + " bytes, limit " + Request.PAYLOAD_BYTES_MAX);
    }
    WireReader reader = new WireReader(payload);
    int request = reader.readU8("request kind");
    if (request != REQUEST_SIGNED_OPERATIONS) {
      throw new DecodingException("unknown request kind: " + request);
    }
    Digest ledgerId = reader.readDigest("ledger id");
    int credential = reader.readU8("credential kind");
    if (credential != CREDENTIAL_OWNER_KEY) {
      throw new DecodingException("unknown credential kind: " + credential);
    }
    byte[] publicKey = reader.readBlob(Verifier.PUBLIC_KEY_BYTES_MAX, "public key");
    long expiresAtHeight = reader.readNonNegative("expiry height");
    int count = reader.readCount(OPERATIONS_MAX, "operations");
    if (count == 0) {
      throw new DecodingException("the batch holds no operation");
    }
    List<Operation> operations = new ArrayList<>();
    for (int left = count; left > 0; left--) {
      operations.add(OperationCodec.read(reader));
    }
    byte[] signed = new byte[DOMAIN.length + reader.position()];
    System.arraycopy(DOMAIN, 0, signed, 0, DOMAIN.length);
    System.arraycopy(payload, 0, signed, DOMAIN.length, reader.position());
    byte[] signature = reader.readBlob(Verifier.SIGNATURE_BYTES_MAX, "signature");
    reader.expectEnd("signed operations");
    return new SignedOperations(
        ledgerId, publicKey, expiresAtHeight, operations, signed, signature);
  }

  /**
   * Checks the signature. Pure, so it can run on any thread and before the batch is ordered.
   *
   * @param verifier checks one signature
   * @return true if the owner signed exactly these bytes
   */
  public boolean verify(Verifier verifier) {
    return verifier.verify(publicKey.clone(), signed.clone(), signature.clone());
  }

  /**
   * The ledger that is to execute it.
   *
   * @return its id
   */
  public Digest ledgerId() {
    return ledgerId;
  }

  /**
   * Who signed, if the signature is right.
   *
   * @return SHA-256 of the public key
   */
  public OwnerId owner() {
    return owner;
  }

  /**
   * The last block that may execute it.
   *
   * @return a height
   */
  public long expiresAtHeight() {
    return expiresAtHeight;
  }

  /**
   * What is to be done, in order.
   *
   * @return an unmodifiable list
   */
  public List<Operation> operations() {
    return operations;
  }

  /**
   * Tells whether an id that was used before was used for this operation.
   *
   * @param index of the operation, from 0
   * @return the first 64 bits of SHA-256 over the operation's encoding
   */
  public long fingerprint(int index) {
    return fingerprints[index];
  }

  private static long fingerprint(Operation operation) {
    WireWriter writer = new WireWriter(128);
    OperationCodec.write(writer, operation);
    return ByteBuffer.wrap(Digest.sha256(writer.toByteArray()).bytes()).getLong();
  }
}
