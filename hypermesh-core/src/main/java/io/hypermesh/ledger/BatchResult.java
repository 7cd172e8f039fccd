package io.hypermesh.ledger;

import io.hypermesh.asset.DecodingException;
import io.hypermesh.codec.WireReader;
import io.hypermesh.codec.WireWriter;
import io.hypermesh.ledger.wire.OutcomeCodec;
import java.util.ArrayList;
import java.util.List;

/** The ledger's answer to one request: an outcome for each operation, or why there is none. */
public sealed interface BatchResult {
  /** The most outcomes in one result, whatever a ledger's settings. */
  int OUTCOMES_MAX = SignedOperations.OPERATIONS_MAX;

  /** The longest detail of a refusal, in bytes. */
  int DETAIL_BYTES_MAX = 255;

  /**
   * The batch was authorised; each operation has its own outcome, in the batch's order.
   *
   * @param outcomes one for each operation
   */
  record Executed(List<Outcome> outcomes) implements BatchResult {
    /** Copies. */
    public Executed {
      outcomes = List.copyOf(outcomes);
    }
  }

  /**
   * The batch was refused; nothing changed.
   *
   * @param reason why
   * @param detail what was found, in one line of at most {@value #DETAIL_BYTES_MAX} ASCII
   *     characters
   */
  record Refused(BatchRefusal reason, String detail) implements BatchResult {
    /** Cuts the detail to its limit and to printable ASCII, so that every replica says the same. */
    public Refused {
      String ascii = detail.replaceAll("[^ -~]", "?");
      detail = ascii.length() > DETAIL_BYTES_MAX ? ascii.substring(0, DETAIL_BYTES_MAX) : ascii;
    }
  }

  /**
   * What failed, for whoever wants all of it to succeed.
   *
   * @return a line for each refusal, naming the asset; empty if everything was done
   */
  default List<String> problems() {
    return switch (this) {
      case Refused refused -> List.of(refused.reason + ": " + refused.detail);
      case Executed executed ->
          executed.outcomes.stream()
              .filter(Outcome.Refused.class::isInstance)
              .map(outcome -> ((Outcome.Refused) outcome).message())
              .toList();
    };
  }

  /**
   * Encodes the result; it is what the replicas sign.
   *
   * @return a new array
   */
  default byte[] encode() {
    WireWriter writer = new WireWriter();
    switch (this) {
      case Executed executed -> {
        writer.u8(1).count(executed.outcomes.size());
        executed.outcomes.forEach(outcome -> OutcomeCodec.write(writer, outcome));
      }
      case Refused refused -> writer.u8(2).u8(refused.reason.id()).text(refused.detail);
    }
    return writer.toByteArray();
  }

  /**
   * Decodes what {@link #encode} wrote.
   *
   * @param bytes exactly one result
   * @return the result
   * @throws DecodingException if the bytes are anything else
   */
  static BatchResult decode(byte[] bytes) throws DecodingException {
    WireReader reader = new WireReader(bytes);
    int kind = reader.readU8("result kind");
    BatchResult result =
        switch (kind) {
          case 1 -> {
            List<Outcome> outcomes = new ArrayList<>();
            for (int left = reader.readCount(OUTCOMES_MAX, "outcomes"); left > 0; left--) {
              outcomes.add(OutcomeCodec.read(reader));
            }
            yield new Executed(outcomes);
          }
          case 2 -> {
            BatchRefusal reason = BatchRefusal.fromId(reader.readU8("batch refusal"));
            String detail = reader.readText(DETAIL_BYTES_MAX, "detail");
            Refused refused = new Refused(reason, detail);
            if (!refused.detail.equals(detail)) {
              throw new DecodingException("detail is not printable ASCII");
            }
            yield refused;
          }
          default -> throw new DecodingException("unknown result kind: " + kind);
        };
    reader.expectEnd("result");
    return result;
  }
}
