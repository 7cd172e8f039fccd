package io.hypermesh.byzantine.message;

import io.hypermesh.byzantine.Digest;
import io.hypermesh.byzantine.Membership;
import io.hypermesh.byzantine.ProtocolException;
import io.hypermesh.byzantine.Verifier;
import java.util.Arrays;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A quorum's equal, signed votes: PREPAREs (the primary's PRE-PREPARE stands for its own), COMMITs
 * or CHECKPOINTs. As blocks are chained by hash, a certificate of a block covers its prefix.
 * Immutable.
 */
public final class Certificate {
  private static final int BODY_BYTES_MAX = 3 * Digest.BYTES;

  private final MessageType type;
  private final long view;
  private final long sequence;
  private final byte[] body;
  private final SortedMap<Integer, byte[]> signatures;

  /** A certificate of its parts; {@link #verify} says whether it holds. */
  public Certificate(
      MessageType type, long view, long sequence, byte[] body, Map<Integer, byte[]> signatures) {
    this.type = type;
    this.view = view;
    this.sequence = sequence;
    this.body = body;
    this.signatures = new TreeMap<>(signatures);
  }

  /** What every replica agrees on before anything is ordered: the empty chain. */
  public static Certificate genesis(Membership membership) {
    return new Certificate(MessageType.PREPARE, 0, 0, membership.clusterId().bytes(), Map.of());
  }

  static Certificate decode(WireReader in) throws ProtocolException {
    MessageType type = MessageType.of(in.int8("certificate type"));
    int bodyBytes =
        switch (type) {
          case PREPARE, COMMIT -> Digest.BYTES;
          case CHECKPOINT -> BODY_BYTES_MAX;
          default ->
              throw new ProtocolException(
                  "couldn't read a certificate because nobody certifies " + type);
        };
    long view = in.nonNegative("certificate view");
    long sequence = in.nonNegative("certificate sequence");
    byte[] body = in.raw(bodyBytes, "certificate body");
    int count = in.count(Membership.MEMBERS_MAX, 8, "certificate signatures");
    SortedMap<Integer, byte[]> signatures = new TreeMap<>();
    int previous = -1;
    for (int i = 0; i < count; i++) {
      int replica = in.int32("signer");
      if (replica <= previous) {
        throw new ProtocolException(
            "couldn't read a certificate because its signers do not ascend: " + replica);
      }
      previous = replica;
      signatures.put(replica, in.bytes(Verifier.SIGNATURE_BYTES_MAX, "signature"));
    }
    return new Certificate(type, view, sequence, body, signatures);
  }

  /** Reads a certificate from its {@link #encode() encoding}; no signature is checked. */
  public static Certificate decode(byte[] bytes) throws ProtocolException {
    WireReader in = new WireReader(bytes);
    Certificate certificate = decode(in);
    in.end("certificate");
    return certificate;
  }

  /** The bytes that {@link #decode(byte[])} reads. */
  public byte[] encode() {
    WireWriter out = new WireWriter(64 + body.length + signatures.size() * 72);
    encode(out);
    return out.toByteArray();
  }

  void encode(WireWriter out) {
    out.int8(type.code()).int64(view).int64(sequence).raw(body).int32(signatures.size());
    signatures.forEach((replica, signature) -> out.int32(replica).bytes(signature));
  }

  /**
   * Whether a quorum of different members signed it. Every signature is checked. Only the empty
   * chain needs none.
   */
  public boolean verify(Membership membership, Verifier verifier, Rules rules) {
    if (isGenesis(membership)) {
      return true;
    }
    if (sequence == 0 || signatures.size() < rules.quorum(membership)) {
      return false;
    }
    int primary = membership.primary(view);
    if (type == MessageType.PREPARE && !signatures.containsKey(primary)) {
      return false;
    }
    for (Map.Entry<Integer, byte[]> entry : signatures.entrySet()) {
      int replica = entry.getKey();
      MessageType voteType =
          type == MessageType.PREPARE && replica == primary ? MessageType.PRE_PREPARE : type;
      Statement vote =
          new Statement(voteType, membership.configurationHash(), view, sequence, replica, body);
      if (!membership.verify(verifier, replica, vote.signedBytes(), entry.getValue())) {
        return false;
      }
    }
    return true;
  }

  private boolean isGenesis(Membership membership) {
    return type == MessageType.PREPARE
        && view == 0
        && sequence == 0
        && signatures.isEmpty()
        && Arrays.equals(body, membership.clusterId().bytes());
  }

  /** PREPARE, COMMIT or CHECKPOINT. */
  public MessageType type() {
    return type;
  }

  /** The view of the votes. */
  public long view() {
    return view;
  }

  /** The sequence number of the votes. */
  public long sequence() {
    return sequence;
  }

  /** Where it stands among certificates of blocks. */
  public Rank rank() {
    return new Rank(view, sequence);
  }

  /** The hash of the certified block. */
  public Digest blockHash() {
    return Digest.of(Arrays.copyOf(body, Digest.BYTES));
  }

  /** What a checkpoint's certificate is about. */
  public Payload.Checkpoint checkpoint() {
    if (type != MessageType.CHECKPOINT) {
      throw new IllegalStateException("couldn't read a checkpoint off a certificate of " + type);
    }
    return new Payload.Checkpoint(
        blockHash(),
        Digest.of(Arrays.copyOfRange(body, Digest.BYTES, 2 * Digest.BYTES)),
        Digest.of(Arrays.copyOfRange(body, 2 * Digest.BYTES, 3 * Digest.BYTES)));
  }

  /** Who signed, ascending. */
  public Iterable<Integer> signers() {
    return signatures.keySet();
  }

  @Override
  public String toString() {
    return type
        + " certificate of view "
        + view
        + ", sequence "
        + sequence
        + " by "
        + signatures.keySet();
  }
}
