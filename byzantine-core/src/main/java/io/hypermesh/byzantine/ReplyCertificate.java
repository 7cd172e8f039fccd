package io.hypermesh.byzantine;

import io.hypermesh.byzantine.message.MessageType;
import io.hypermesh.byzantine.message.Payload;
import io.hypermesh.byzantine.message.Statement;
import io.hypermesh.byzantine.message.WireReader;
import io.hypermesh.byzantine.message.WireWriter;
import java.util.Arrays;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The signed, equal answers of {@code f+1} replicas to one request. It proves to anyone who has the
 * {@link Membership}, without asking anybody, that the cluster executed the client's request at
 * that sequence number with that result, and that the state after that block has that root: at
 * least one of the signers is correct, and a correct replica answers only after the block was
 * committed. Immutable and thread-safe.
 */
public final class ReplyCertificate {
  private static final int VERSION = 1;

  private final Digest configuration;
  private final long view;
  private final long sequence;
  private final ClientId client;
  private final long number;
  private final Digest stateRoot;
  private final byte[] result;
  private final SortedMap<Integer, byte[]> signatures;

  /**
   * A certificate of its parts; {@link #verify} says whether it holds.
   *
   * @param configuration {@link Membership#configurationHash()}
   * @param view the view in which the block was proposed
   * @param sequence the block's sequence number
   * @param client who asked
   * @param number the request's number
   * @param stateRoot the state's root after the block
   * @param result the application's result, copied
   * @param signatures the signers' indexes and signatures over the reply
   */
  public ReplyCertificate(
      Digest configuration,
      long view,
      long sequence,
      ClientId client,
      long number,
      Digest stateRoot,
      byte[] result,
      Map<Integer, byte[]> signatures) {
    this.configuration = configuration;
    this.view = view;
    this.sequence = sequence;
    this.client = client;
    this.number = number;
    this.stateRoot = stateRoot;
    this.result = result.clone();
    this.signatures = new TreeMap<>();
    signatures.forEach((replica, signature) -> this.signatures.put(replica, signature.clone()));
  }

  /**
   * Whether the certificate holds: it is of that membership, and {@code f+1} different members have
   * signed it. Every signature is checked; one bad one makes it false.
   */
  public boolean verify(Membership membership, Verifier verifier) {
    if (!configuration.equals(membership.configurationHash())
        || signatures.size() < membership.weakQuorum()) {
      return false;
    }
    byte[] body = Payload.Reply.body(client, number, Digest.sha256(result), stateRoot);
    for (Map.Entry<Integer, byte[]> entry : signatures.entrySet()) {
      Statement statement =
          new Statement(MessageType.REPLY, configuration, view, sequence, entry.getKey(), body);
      if (!membership.verify(verifier, entry.getKey(), statement.signedBytes(), entry.getValue())) {
        return false;
      }
    }
    return true;
  }

  /** The bytes that {@link #decode} reads. */
  public byte[] encode() {
    WireWriter out = new WireWriter(256 + result.length + signatures.size() * 80);
    out.int8(VERSION).digest(configuration).int64(view).int64(sequence);
    out.digest(client.digest()).int64(number).digest(stateRoot).bytes(result);
    out.int32(signatures.size());
    signatures.forEach((replica, signature) -> out.int32(replica).bytes(signature));
    return out.toByteArray();
  }

  /**
   * Reads a certificate from its {@link #encode encoding}.
   *
   * @throws ProtocolException if the bytes are anything but one certificate with strictly ascending
   *     signers
   */
  public static ReplyCertificate decode(byte[] bytes) throws ProtocolException {
    WireReader in = new WireReader(bytes);
    int version = in.int8("version");
    if (version != VERSION) {
      throw new ProtocolException(
          "couldn't read a reply certificate because its version is unknown: " + version);
    }
    Digest configuration = in.digest();
    long view = in.nonNegative("view");
    long sequence = in.positive("sequence");
    ClientId client = new ClientId(in.digest());
    long number = in.positive("request number");
    Digest stateRoot = in.digest();
    byte[] result = in.bytes(Request.PAYLOAD_BYTES_MAX, "result");
    int count = in.count(Membership.MEMBERS_MAX, 8, "signatures");
    Map<Integer, byte[]> signatures = new TreeMap<>();
    int previous = -1;
    for (int i = 0; i < count; i++) {
      int replica = in.int32("replica");
      if (replica <= previous) {
        throw new ProtocolException(
            "couldn't read a reply certificate because its signers do not ascend: " + replica);
      }
      previous = replica;
      signatures.put(replica, in.bytes(Verifier.SIGNATURE_BYTES_MAX, "signature"));
    }
    in.end("reply certificate");
    return new ReplyCertificate(
        configuration, view, sequence, client, number, stateRoot, result, signatures);
  }

  /** The hash of the configuration whose members signed. */
  public Digest configuration() {
    return configuration;
  }

  /** The view in which the block was proposed. */
  public long view() {
    return view;
  }

  /** The sequence number of the block that held the request. */
  public long sequence() {
    return sequence;
  }

  /** Who asked. */
  public ClientId client() {
    return client;
  }

  /** The client's number for the request. */
  public long number() {
    return number;
  }

  /** The root of the application's state after that block. */
  public Digest stateRoot() {
    return stateRoot;
  }

  /** A copy of the application's result. */
  public byte[] result() {
    return result.clone();
  }

  /** The indexes of the members that signed, ascending. */
  public int[] signers() {
    return signatures.keySet().stream().mapToInt(Integer::intValue).toArray();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ReplyCertificate certificate
        && Arrays.equals(encode(), certificate.encode());
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(encode());
  }

  @Override
  public String toString() {
    return "reply to "
        + client
        + "#"
        + number
        + " at sequence "
        + sequence
        + " by "
        + signatures.keySet();
  }
}
