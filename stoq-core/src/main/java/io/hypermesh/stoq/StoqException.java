package io.hypermesh.stoq;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Something with an endpoint, a connection or a stream couldn't be done. {@link #category()} says
 * what the caller can do about it. The message is one line that names the cause and the value; it
 * holds no secret.
 *
 * {@snippet file="ApiExamplesTest.java" region="exception"}
 */
public class StoqException extends IOException {
  private static final long serialVersionUID = 1L;

  /** What a caller can do about a failure. */
  public enum Category {
    /** It will not work the next time either: report it. */
    FATAL,
    /** Circumstances may change: the same call may succeed later or with another peer. */
    RETRYABLE,
    /** The call was wrong, for example by its arguments or its moment: correct the program. */
    CALLER_MISTAKE
  }

  private final Category category;

  /**
   * Makes an exception without a cause.
   *
   * @param message "couldn't X because Y: value"
   */
  public StoqException(Category category, String message) {
    this(category, message, null);
  }

  /**
   * Makes an exception.
   *
   * @param message "couldn't X because Y: value"
   */
  public StoqException(Category category, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.category = category;
  }

  /** What the caller can do about it. */
  public Category category() {
    return category;
  }
}
