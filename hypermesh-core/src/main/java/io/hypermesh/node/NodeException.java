package io.hypermesh.node;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A node or a client couldn't do what it was asked; {@link #category()} says what to do about it.
 */
public final class NodeException extends IOException {
  private static final long serialVersionUID = 1L;

  /** What the caller can do. */
  public enum Category {
    /** The same call may succeed later. */
    RETRYABLE,
    /** The same call will fail again: something has to be mended first. */
    FATAL,
    /** The arguments or the order of calls are wrong. */
    CALLER_MISTAKE
  }

  private final Category category;

  /**
   * @param message "couldn't do X because Y: value"
   */
  NodeException(Category category, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.category = category;
  }

  NodeException(Category category, String message) {
    this(category, message, null);
  }

  /** What the caller can do. */
  public Category category() {
    return category;
  }
}
