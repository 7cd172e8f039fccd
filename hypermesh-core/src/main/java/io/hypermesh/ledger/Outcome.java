package io.hypermesh.ledger;

import io.hypermesh.asset.AssetId;

/** What became of one operation: applied, answered with a proof, or refused for a stated reason. */
public sealed interface Outcome {
  /**
   * The operation that this is the outcome of.
   *
   * @return its id
   */
  OperationId operation();

  /**
   * The asset that the operation is about.
   *
   * @return its id
   */
  AssetId asset();

  /**
   * The operation was done. The same operation sent again gives the same outcome, with the height
   * at which it was done.
   *
   * @param operation its id
   * @param asset what changed
   * @param height the block that did it
   */
  record Applied(OperationId operation, AssetId asset, long height) implements Outcome {}

  /**
   * The proof asked for.
   *
   * @param operation its id
   * @param proof as of the end of the block
   */
  record Proved(OperationId operation, OwnershipProof proof) implements Outcome {
    @Override
    public AssetId asset() {
      return proof.asset().id();
    }
  }

  /**
   * The operation was refused and changed nothing.
   *
   * @param operation its id
   * @param asset what it was about
   * @param reason why
   * @param found a number that the reason explains, else 0
   * @param wanted a number that the reason explains, else 0
   */
  record Refused(
      OperationId operation, AssetId asset, RefusalReason reason, long found, long wanted)
      implements Outcome {
    /**
     * Says it to a person.
     *
     * @return one line that names the asset and what failed
     */
    public String message() {
      return asset + ": " + reason.describe(found, wanted);
    }
  }
}
