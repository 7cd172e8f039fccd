package io.hypermesh.byzantine.simulation;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** A run broke a promise of the protocol. The message has the seed that shows it again. */
public final class InvariantViolation extends AssertionError {
  @Serial private static final long serialVersionUID = 1L;

  private final long seed;

  InvariantViolation(long seed, long nowNanos, String what, @Nullable Throwable cause) {
    super("seed " + seed + " at " + nowNanos / 1_000_000 + " ms: " + what, cause);
    this.seed = seed;
  }

  /** The seed of the run. */
  public long seed() {
    return seed;
  }
}
