package io.hypermesh.ledger.wire;

import io.hypermesh.asset.DecodingException;
import io.hypermesh.codec.WireReader;
import io.hypermesh.codec.WireWriter;
import io.hypermesh.ledger.OperationId;
import io.hypermesh.ledger.Outcome;
import io.hypermesh.ledger.Outcome.Applied;
import io.hypermesh.ledger.Outcome.Proved;
import io.hypermesh.ledger.Outcome.Refused;
import io.hypermesh.ledger.OwnershipProof;
import io.hypermesh.ledger.RefusalReason;

/**
 * Outcomes as bytes:
 *
 * <pre>
 *   1 applied | operation id 128 | asset id 128 | height 64
 *   2 proved  | operation id 128 | proof, length 32 before it
 *   3 refused | operation id 128 | asset id 128 | reason 8 | found 64 | wanted 64
 * </pre>
 */
public final class OutcomeCodec {
  private static final int APPLIED = 1;
  private static final int PROVED = 2;
  private static final int REFUSED = 3;

  private OutcomeCodec() {}

  /**
   * Appends an outcome's encoding.
   *
   * @param writer where to
   * @param outcome what to write
   */
  public static void write(WireWriter writer, Outcome outcome) {
    switch (outcome) {
      case Applied applied -> {
        OperationCodec.writeId(writer.u8(APPLIED), applied.operation());
        OperationCodec.writeAsset(writer, applied.asset());
        writer.i64(applied.height());
      }
      case Proved proved -> {
        OperationCodec.writeId(writer.u8(PROVED), proved.operation());
        writer.blob(proved.proof().encode());
      }
      case Refused refused -> {
        OperationCodec.writeId(writer.u8(REFUSED), refused.operation());
        OperationCodec.writeAsset(writer, refused.asset());
        writer.u8(refused.reason().id()).i64(refused.found()).i64(refused.wanted());
      }
    }
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @param reader where from
   * @return the outcome
   * @throws DecodingException if it is anything else
   */
  public static Outcome read(WireReader reader) throws DecodingException {
    int kind = reader.readU8("outcome kind");
    OperationId operation = OperationCodec.readId(reader);
    return switch (kind) {
      case APPLIED ->
          new Applied(
              operation, OperationCodec.readAsset(reader), reader.readNonNegative("height"));
      case PROVED ->
          new Proved(
              operation, OwnershipProof.decode(reader.readBlob(OwnershipProof.BYTES_MAX, "proof")));
      case REFUSED ->
          new Refused(
              operation,
              OperationCodec.readAsset(reader),
              RefusalReason.fromId(reader.readU8("refusal reason")),
              reader.readI64("found"),
              reader.readI64("wanted"));
      default -> throw new DecodingException("unknown outcome kind: " + kind);
    };
  }
}
