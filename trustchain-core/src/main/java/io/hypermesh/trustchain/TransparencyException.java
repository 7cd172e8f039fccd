package io.hypermesh.trustchain;

import org.jspecify.annotations.Nullable;

/**
 * A proof, a checkpoint, a signed certificate timestamp or a log entry is malformed or does not
 * verify. Nothing it says may be believed.
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
    super(Category.CALLER, message, cause);
  }
}
