package io.hypermesh.byzantine;

import io.hypermesh.byzantine.message.WireReader;
import io.hypermesh.byzantine.message.WireWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A batch of requests at one sequence number, chained to its predecessor by hash: whoever votes for
 * a block votes for the whole chain below it. Immutable and thread-safe.
 */
public final class Block {
  /** The most requests in one block. */
  public static final int REQUESTS_MAX = 16_384;

  /** The longest encoding of a block, in bytes. */
  public static final int ENCODED_BYTES_MAX = 4 << 20;

  private static final byte[] DOMAIN =
      "hypermesh-byzantine/block/1\0".getBytes(StandardCharsets.US_ASCII);

  private final long view;
  private final long sequence;
  private final long timestampMillis;
  private final Digest previousHash;
  private final List<Request> requests;
  private final Digest hash;

  /**
   * A block.
   *
   * @param view the view in which it is proposed, from 0
   * @param sequence its sequence number, from 1
   * @param timestampMillis its proposer's wall clock, milliseconds since 1970; not before the
   *     previous block's
   * @param previousHash the hash of the block at {@code sequence - 1}
   * @param requests in the order of execution, possibly none
   */
  public Block(
      long view, long sequence, long timestampMillis, Digest previousHash, List<Request> requests) {
    if (view < 0 || sequence < 1 || timestampMillis < 0 || requests.size() > REQUESTS_MAX) {
      throw new IllegalArgumentException(
          "couldn't make a block of view "
              + view
              + ", sequence "
              + sequence
              + ", time "
              + timestampMillis
              + ", requests "
              + requests.size());
    }
    this.view = view;
    this.sequence = sequence;
    this.timestampMillis = timestampMillis;
    this.previousHash = previousHash;
    this.requests = List.copyOf(requests);
    this.hash = hash(view, sequence, timestampMillis, previousHash, this.requests);
  }

  private static Digest hash(
      long view, long sequence, long timestampMillis, Digest previous, List<Request> requests) {
    WireWriter out = new WireWriter(DOMAIN.length + 64 + requests.size() * Digest.BYTES);
    out.raw(DOMAIN).int64(view).int64(sequence).int64(timestampMillis).digest(previous);
    out.int32(requests.size());
    for (Request request : requests) {
      out.digest(request.hash());
    }
    return Digest.sha256(out.toByteArray());
  }

  /** Reads a block from its {@link #encode encoding}; signatures of requests are not checked. */
  public static Block decode(byte[] bytes) throws ProtocolException {
    // Here, so that nobody votes for a block that is too long to be fetched afterwards.
    if (bytes.length > ENCODED_BYTES_MAX) {
      throw new ProtocolException(
          "couldn't read a block because of its length: "
              + bytes.length
              + ", limit "
              + ENCODED_BYTES_MAX);
    }
    WireReader in = new WireReader(bytes);
    Block block = decode(in);
    in.end("block");
    return block;
  }

  static Block decode(WireReader in) throws ProtocolException {
    long view = in.nonNegative("block view");
    long sequence = in.positive("block sequence");
    long timestampMillis = in.nonNegative("block timestamp");
    Digest previous = in.digest();
    int count = in.count(REQUESTS_MAX, 21, "requests");
    List<Request> requests = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      requests.add(Request.decode(in));
    }
    return new Block(view, sequence, timestampMillis, previous, requests);
  }

  /** The bytes that {@link #decode} reads. */
  public byte[] encode() {
    WireWriter out = new WireWriter(encodedBytes());
    encode(out);
    return out.toByteArray();
  }

  void encode(WireWriter out) {
    out.int64(view).int64(sequence).int64(timestampMillis).digest(previousHash);
    out.int32(requests.size());
    for (Request request : requests) {
      request.encode(out);
    }
  }

  /** The length of the encoding. */
  public int encodedBytes() {
    int bytes = 60;
    for (Request request : requests) {
      bytes += request.encodedBytes();
    }
    return bytes;
  }

  /** The view in which the block was proposed. */
  public long view() {
    return view;
  }

  /** The sequence number, from 1. */
  public long sequence() {
    return sequence;
  }

  /**
   * The proposer's wall clock in milliseconds since 1970. It never goes back along the chain, and
   * is the same for every replica, so that an application may use it; it is no proof of the true
   * time.
   */
  public long timestampMillis() {
    return timestampMillis;
  }

  /** The hash of the block before. */
  public Digest previousHash() {
    return previousHash;
  }

  /** The requests in the order of execution. */
  public List<Request> requests() {
    return requests;
  }

  /** The SHA-256 over the header and every request. */
  public Digest hash() {
    return hash;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Block block && hash.equals(block.hash);
  }

  @Override
  public int hashCode() {
    return hash.hashCode();
  }

  @Override
  public String toString() {
    return "block "
        + sequence
        + " of view "
        + view
        + " "
        + hash.toString().substring(0, 12)
        + " ["
        + requests.size()
        + "]";
  }
}
