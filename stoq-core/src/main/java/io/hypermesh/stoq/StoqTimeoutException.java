package io.hypermesh.stoq;

import java.time.Duration;

/** A blocking call waited for as long as it was told to; the same call may succeed later. */
public final class StoqTimeoutException extends StoqException {
  private static final long serialVersionUID = 1L;

  /**
   * For implementations of {@link StoqChannel}.
   *
   * @param attempt what the caller tried, as in "couldn't X because …"
   * @param timeout how long it waited
   */
  public StoqTimeoutException(String attempt, Duration timeout) {
    super(
        Category.RETRYABLE,
        "couldn't " + attempt + " because nothing came of it within " + timeout.toMillis() + " ms");
  }
}
