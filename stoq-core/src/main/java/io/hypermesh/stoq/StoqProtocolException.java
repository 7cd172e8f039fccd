package io.hypermesh.stoq;

import org.jspecify.annotations.Nullable;

/** The peer broke the rules of a {@link StoqChannel}'s messages; the channel is unusable now. */
public final class StoqProtocolException extends StoqException {
  private static final long serialVersionUID = 1L;

  /**
   * For implementations of {@link StoqChannel}.
   *
   * @param message "couldn't X because Y: value"
   */
  public StoqProtocolException(String message) {
    this(message, null);
  }

  /**
   * For implementations of {@link StoqChannel}.
   *
   * @param message "couldn't X because Y: value"
   */
  public StoqProtocolException(String message, @Nullable Throwable cause) {
    super(Category.FATAL, message, cause);
  }
}
