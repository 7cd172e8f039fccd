package io.hypermesh.byzantine.message;

import io.hypermesh.byzantine.Digest;
import io.hypermesh.byzantine.Membership;
import io.hypermesh.byzantine.ProtocolException;
import io.hypermesh.byzantine.Verifier;

/** A statement with its signature: the unit of which certificates and evidence are made. */
public final class SignedStatement {
  private final Statement statement;
  private final byte[] signature;

  /** A signed statement; the signature's bytes belong to it from now on. */
  public SignedStatement(Statement statement, byte[] signature) {
    this.statement = statement;
    this.signature = signature;
  }

  /** Reads a signed statement from its {@link #encode encoding}; the signature is not checked. */
  public static SignedStatement decode(byte[] bytes) throws ProtocolException {
    WireReader in = new WireReader(bytes);
    SignedStatement signed = decode(in);
    in.end("signed statement");
    return signed;
  }

  static SignedStatement decode(WireReader in) throws ProtocolException {
    MessageType type = MessageType.of(in.int8("type"));
    Digest configuration = in.digest();
    long view = in.nonNegative("view");
    long sequence = in.nonNegative("sequence");
    int replica = in.int32("replica");
    byte[] body = in.bytes(Statement.BODY_BYTES_MAX, "body");
    byte[] signature = in.bytes(Verifier.SIGNATURE_BYTES_MAX, "signature");
    return new SignedStatement(
        new Statement(type, configuration, view, sequence, replica, body), signature);
  }

  /** The bytes that {@link #decode(byte[])} reads. */
  public byte[] encode() {
    WireWriter out =
        new WireWriter(Statement.HEADER_BYTES + 8 + statement.body().length + signature.length);
    encode(out);
    return out.toByteArray();
  }

  void encode(WireWriter out) {
    statement.encode(out);
    out.bytes(signature);
  }

  /** Whether it is of that membership and signed by the member that it names. */
  public boolean verify(Membership membership, Verifier verifier) {
    return statement.configuration().equals(membership.configurationHash())
        && membership.verify(verifier, statement.replica(), statement.signedBytes(), signature);
  }

  /** What is signed. */
  public Statement statement() {
    return statement;
  }

  /** The signature, which the caller must not change. */
  public byte[] signature() {
    return signature;
  }

  @Override
  public String toString() {
    return statement.toString();
  }
}
