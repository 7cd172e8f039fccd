package io.hypermesh.examples.fullflow;

import java.util.Objects;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** A step failed or a check did not hold; the message is one line. */
public final class FlowException extends Exception {
  private static final long serialVersionUID = 1L;

  FlowException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  FlowException(String message) {
    super(message, null);
  }

  /** What a future failed with. */
  FlowException(ExecutionException failure) {
    this(String.valueOf(cause(failure).getMessage()), cause(failure));
  }

  private static Throwable cause(ExecutionException failure) {
    return Objects.requireNonNullElse(failure.getCause(), failure);
  }

  /** Fails unless a check holds. */
  static void check(boolean holds, String otherwise) throws FlowException {
    if (!holds) {
      throw new FlowException(otherwise);
    }
  }
}
