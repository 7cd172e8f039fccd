package io.hypermesh.ledger;

import io.hypermesh.asset.DecodingException;
import io.hypermesh.byzantine.Digest;
import io.hypermesh.codec.WireReader;
import io.hypermesh.codec.WireWriter;

/**
 * What a state root covers besides the tree over the assets.
 *
 * @param settings {@link LedgerSettings#digest}: which ledger, under which rules
 * @param height the last block executed
 * @param timestampMillis that block's time as the replicas agreed on it, in milliseconds since 1970
 * @param assetCount how many assets there are
 * @param remembered digest of the operations remembered for idempotency
 */
public record StateHeader(
    Digest settings, long height, long timestampMillis, int assetCount, Digest remembered) {
  /** How long every encoded header is. */
  public static final int BYTES = 2 * Digest.BYTES + 8 + 8 + 4;

  /** Refuses negative numbers. */
  public StateHeader {
    if (height < 0 || assetCount < 0) {
      throw new IllegalArgumentException(
          "not a state: height " + height + ", assets " + assetCount);
    }
  }

  /**
   * Encodes the header.
   *
   * @return {@value #BYTES} bytes
   */
  public byte[] encode() {
    return new WireWriter(BYTES)
        .digest(settings)
        .i64(height)
        .i64(timestampMillis)
        .count(assetCount)
        .digest(remembered)
        .toByteArray();
  }

  /**
   * Decodes what {@link #encode} wrote.
   *
   * @param bytes exactly one header
   * @return the header
   * @throws DecodingException if the bytes are anything else
   */
  public static StateHeader decode(byte[] bytes) throws DecodingException {
    WireReader reader = new WireReader(bytes);
    StateHeader header =
        new StateHeader(
            reader.readDigest("settings digest"),
            reader.readNonNegative("height"),
            reader.readI64("timestamp"),
            reader.readCount(Integer.MAX_VALUE, "asset count"),
            reader.readDigest("remembered operations"));
    reader.expectEnd("header");
    return header;
  }
}
