package io.hypermesh.ledger.state;

import io.hypermesh.asset.DecodingException;
import io.hypermesh.byzantine.Verifier;
import io.hypermesh.ledger.BatchRefusal;
import io.hypermesh.ledger.BatchResult;
import io.hypermesh.ledger.LedgerSettings;
import io.hypermesh.ledger.SignedOperations;

/**
 * A request after all checks that need no state: decoded, for this ledger, within its limits, and
 * signed by the owner it names. {@link #check} is pure and the expensive part of execution, so it
 * can run on any thread before the block is executed.
 */
public sealed interface CheckedBatch {
  /**
   * The owner wants these operations.
   *
   * @param batch decoded and verified
   */
  record Authorised(SignedOperations batch) implements CheckedBatch {}

  /**
   * The request is refused as it stands.
   *
   * @param result why
   */
  record Refused(BatchResult.Refused result) implements CheckedBatch {}

  /**
   * Checks a request.
   *
   * @param settings the ledger's
   * @param verifier checks one signature
   * @param payload any bytes
   * @return authorised or refused, the same on every replica
   */
  static CheckedBatch check(LedgerSettings settings, Verifier verifier, byte[] payload) {
    SignedOperations batch;
    try {
      batch = SignedOperations.decode(payload);
    } catch (DecodingException e) {
      return refused(BatchRefusal.MALFORMED, String.valueOf(e.getMessage()));
    }
    if (!batch.ledgerId().equals(settings.ledgerId())) {
      return refused(BatchRefusal.WRONG_LEDGER, "it is for ledger " + batch.ledgerId());
    }
    if (batch.operations().size() > settings.operationsPerBatchMax()) {
      return refused(
          BatchRefusal.MALFORMED,
          batch.operations().size() + " operations, limit " + settings.operationsPerBatchMax());
    }
    if (!batch.verify(verifier)) {
      return refused(BatchRefusal.BAD_SIGNATURE, "not signed by owner " + batch.owner());
    }
    return new Authorised(batch);
  }

  private static CheckedBatch refused(BatchRefusal reason, String detail) {
    return new Refused(new BatchResult.Refused(reason, detail));
  }
}
