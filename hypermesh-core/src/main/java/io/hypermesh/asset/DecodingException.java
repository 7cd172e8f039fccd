package io.hypermesh.asset;

import org.jspecify.annotations.Nullable;

/**
 * Bytes or text that are not what they should be. The message names the field and what was found;
 * nothing was changed. It is the caller's or the peer's mistake, so trying again does not help.
 */
public final class DecodingException extends Exception {
  private static final long serialVersionUID = 1L;

  /**
   * Says what was wrong.
   *
   * @param message the field, what was found, what was expected
   */
  public DecodingException(String message) {
    super(message);
  }

  /**
   * Says what was wrong, and what it was found by.
   *
   * @param message the field, what was found, what was expected
   * @param cause the failure underneath
   */
  public DecodingException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
