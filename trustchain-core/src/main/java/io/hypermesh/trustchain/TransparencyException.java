package io.hypermesh.trustchain;

import org.jspecify.annotations.Nullable;

/**
 * A proof, a checkpoint, a signed certificate timestamp or a log entry is malformed or does not
 * verify, and nothing it says may be believed; or, with category {@link
 * TrustChainException.Category#FATAL}, the log itself cannot sign or is full.
 */
public final class TransparencyException extends TrustChainException {
  private static final long serialVersionUID = 1L;

  /**
   * Says what was wrong.
   *
   * @param message one line that names what was wrong
   */
  public TransparencyException(String message) {
    this(message, null);
  }

  /**
   * Says what was wrong, with the cause.
   *
   * @param message one line that names what was wrong
   * @param cause what led to it, or null
   */
  public TransparencyException(String message, @Nullable Throwable cause) {
    this(Category.CALLER_MISTAKE, message, cause);
  }

  private TransparencyException(Category category, String message, @Nullable Throwable cause) {
    super(category, message, cause);
  }

  /**
   * The log itself cannot go on: it is full, or a key of its own does not sign.
   *
   * @param message one line that names what was wrong
   * @param cause what led to it, or null
   * @return the exception, category {@link TrustChainException.Category#FATAL}
   */
  public static TransparencyException fatal(String message, @Nullable Throwable cause) {
    return new TransparencyException(Category.FATAL, message, cause);
  }
}
