package io.hypermesh.byzantine;

import io.hypermesh.byzantine.message.WireReader;
import io.hypermesh.byzantine.message.WireWriter;
import java.nio.charset.StandardCharsets;

/**
 * A client's signed request to the replicated {@link Application}. Immutable and thread-safe.
 *
 * <p>A client's numbers strictly increase. A replica executes a request only if its number is
 * higher than that of every request of the same client that was executed before, and answers a
 * repetition of the last one from what it kept: so a request is executed at most once.
 */
public final class Request {
  /** The longest payload that a membership's replicas can be set to accept. */
  public static final int PAYLOAD_BYTES_MAX = 1 << 20;

  private static final byte[] DOMAIN =
      "hypermesh-byzantine/request/1\0".getBytes(StandardCharsets.US_ASCII);

  private final ClientId client;
  private final byte[] clientKey;
  private final long number;
  private final byte[] payload;
  private final byte[] signature;
  private final Digest hash;

  private Request(byte[] clientKey, long number, byte[] payload, byte[] signature) {
    this.client = ClientId.of(clientKey);
    this.clientKey = clientKey;
    this.number = number;
    this.payload = payload;
    this.signature = signature;
    this.hash = Digest.sha256(encode());
  }

  /**
   * Makes and signs a request.
   *
   * @param clusterId {@link Membership#clusterId()} of the cluster that it is for
   * @param number from 1, higher than any that this client used before
   * @param payload what the application executes, at most {@value #PAYLOAD_BYTES_MAX} bytes, copied
   */
  public static Request sign(Digest clusterId, long number, byte[] payload, Signer signer) {
    if (number < 1) {
      throw new IllegalArgumentException(
          "couldn't make a request because numbers begin at 1: " + number);
    }
    if (payload.length > PAYLOAD_BYTES_MAX) {
      throw new IllegalArgumentException(
          "couldn't make a request because its payload is longer than "
              + PAYLOAD_BYTES_MAX
              + " bytes: "
              + payload.length);
    }
    byte[] key = signer.publicKey();
    byte[] owned = payload.clone();
    return new Request(key, number, owned, signer.sign(signedBytes(clusterId, key, number, owned)));
  }

  /** Reads a request; its signature is not checked here. */
  static Request decode(WireReader in) throws ProtocolException {
    byte[] key = in.bytes(Verifier.PUBLIC_KEY_BYTES_MAX, "client key");
    if (key.length == 0) {
      throw new ProtocolException("couldn't read a request because its client key is empty");
    }
    long number = in.positive("request number");
    byte[] payload = in.bytes(PAYLOAD_BYTES_MAX, "payload");
    byte[] signature = in.bytes(Verifier.SIGNATURE_BYTES_MAX, "request signature");
    return new Request(key, number, payload, signature);
  }

  /**
   * Reads a request from its {@link #encode encoding}. Its signature is not checked: see {@link
   * #verify}.
   *
   * @throws ProtocolException if the bytes are anything but one request
   */
  public static Request decode(byte[] bytes) throws ProtocolException {
    WireReader in = new WireReader(bytes);
    Request request = decode(in);
    in.end("request");
    return request;
  }

  private static byte[] signedBytes(Digest clusterId, byte[] key, long number, byte[] payload) {
    return new WireWriter(DOMAIN.length + 48 + key.length + payload.length)
        .raw(DOMAIN)
        .digest(clusterId)
        .bytes(key)
        .int64(number)
        .bytes(payload)
        .toByteArray();
  }

  /** Whether the client that the request names signed it for that cluster. */
  public boolean verify(Digest clusterId, Verifier verifier) {
    return verifier.verify(
        clientKey, signedBytes(clusterId, clientKey, number, payload), signature);
  }

  /** The bytes that {@link #decode} reads. */
  public byte[] encode() {
    WireWriter out = new WireWriter(encodedBytes());
    encode(out);
    return out.toByteArray();
  }

  void encode(WireWriter out) {
    out.bytes(clientKey).int64(number).bytes(payload).bytes(signature);
  }

  /** The length of the encoding. */
  public int encodedBytes() {
    return 20 + clientKey.length + payload.length + signature.length;
  }

  /** Who asks. */
  public ClientId client() {
    return client;
  }

  /** A copy of the client's DER-encoded SubjectPublicKeyInfo. */
  public byte[] clientKey() {
    return clientKey.clone();
  }

  /** The client's number for this request, from 1. */
  public long number() {
    return number;
  }

  /** A copy of what the application is asked to execute. */
  public byte[] payload() {
    return payload.clone();
  }

  /** The payload's length. */
  public int payloadBytes() {
    return payload.length;
  }

  /** The SHA-256 of the encoding. */
  public Digest hash() {
    return hash;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Request request && hash.equals(request.hash);
  }

  @Override
  public int hashCode() {
    return hash.hashCode();
  }

  @Override
  public String toString() {
    return client + "#" + number + "[" + payload.length + " bytes]";
  }
}
