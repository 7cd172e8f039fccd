package io.hypermesh.ledger;

import java.util.random.RandomGenerator;

/**
 * What makes an operation happen once: 128 bits that its owner never uses for another operation.
 * The ledger answers the same id with the same outcome for as long as the envelope that carried it
 * could still be executed, so a client repeats an operation by sending the same bytes again. Ids of
 * different owners do not meet.
 *
 * @param high the first 64 bits
 * @param low the last 64 bits
 */
public record OperationId(long high, long low) {
  /**
   * Draws an id.
   *
   * @param random a source that does not repeat itself, across restarts of the process either
   * @return the id
   */
  public static OperationId random(RandomGenerator random) {
    return new OperationId(random.nextLong(), random.nextLong());
  }

  @Override
  public String toString() {
    return String.format("%016x%016x", high, low);
  }
}
