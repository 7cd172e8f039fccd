package io.hypermesh.byzantine.message;

import io.hypermesh.byzantine.Digest;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What a member signs: a type, the configuration, a view, a sequence number, the member's index and
 * a body. All of it, behind a domain of its own, is what the signature covers, so that no statement
 * can be taken for one of another type, cluster, view, sequence or member. Immutable.
 */
public final class Statement {
  /** The longest body: a NEW-VIEW of the largest membership. */
  public static final int BODY_BYTES_MAX = 8 << 20;

  static final int HEADER_BYTES = 1 + Digest.BYTES + 8 + 8 + 4;

  private static final byte[] DOMAIN =
      "hypermesh-byzantine/statement/1\0".getBytes(StandardCharsets.US_ASCII);

  private final MessageType type;
  private final Digest configuration;
  private final long view;
  private final long sequence;
  private final int replica;
  private final byte[] body;

  /** A statement; {@code body} belongs to it from now on and is not changed. */
  public Statement(
      MessageType type, Digest configuration, long view, long sequence, int replica, byte[] body) {
    this.type = type;
    this.configuration = configuration;
    this.view = view;
    this.sequence = sequence;
    this.replica = replica;
    this.body = body;
  }

  /** The bytes that are signed. */
  public byte[] signedBytes() {
    WireWriter out = new WireWriter(DOMAIN.length + HEADER_BYTES + 4 + body.length);
    out.raw(DOMAIN);
    encode(out);
    return out.toByteArray();
  }

  void encode(WireWriter out) {
    out.int8(type.code()).digest(configuration).int64(view).int64(sequence).int32(replica);
    out.bytes(body);
  }

  /** What kind of statement it is. */
  public MessageType type() {
    return type;
  }

  /** The hash of the configuration under which it was made. */
  public Digest configuration() {
    return configuration;
  }

  /** The view, from 0. */
  public long view() {
    return view;
  }

  /** The sequence number, from 0. */
  public long sequence() {
    return sequence;
  }

  /** Who says it. */
  public int replica() {
    return replica;
  }

  /** The body, which the caller must not change. */
  public byte[] body() {
    return body;
  }

  /** Whether both say the same, the speaker aside. */
  public boolean agreesWith(Statement other) {
    return type == other.type
        && view == other.view
        && sequence == other.sequence
        && configuration.equals(other.configuration)
        && Arrays.equals(body, other.body);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Statement statement
        && replica == statement.replica
        && agreesWith(statement);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * type.code() + Long.hashCode(sequence)) + Arrays.hashCode(body);
  }

  @Override
  public String toString() {
    return type + " of replica " + replica + ", view " + view + ", sequence " + sequence;
  }
}
