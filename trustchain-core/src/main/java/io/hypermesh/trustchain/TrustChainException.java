package io.hypermesh.trustchain;

import org.jspecify.annotations.Nullable;

/**
 * What every checked exception of this module has in common: a message of the form "couldn't X
 * because Y: value" and a category that says what the caller should do about it.
 */
public abstract class TrustChainException extends Exception {
  private static final long serialVersionUID = 1L;

  /** What the caller should do about a failure. */
  public enum Category {
    /** The request or the input is at fault; the same call fails again. */
    CALLER_MISTAKE,
    /** A passing condition (an overload, a full disk); the same call may succeed later. */
    RETRYABLE,
    /** State on disk or the installation is at fault; a person has to look at it. */
    FATAL
  }

  private final Category category;

  /**
   * Made by the subclasses only.
   *
   * @param category what the caller should do
   * @param message one line that names what was wrong
   * @param cause what led to it, or null
   */
  protected TrustChainException(Category category, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.category = category;
  }

  /**
   * Tells what the caller should do about the failure.
   *
   * @return the category
   */
  public final Category category() {
    return category;
  }
}
