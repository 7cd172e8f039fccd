package io.hypermesh.stoq.ipc;

import io.hypermesh.stoq.StoqException;
import org.jspecify.annotations.Nullable;

/**
 * Something with a channel through shared memory couldn't be done for a reason of its own: {@link
 * #reason()}.
 */
public final class StoqIpcException extends StoqException {
  private static final long serialVersionUID = 1L;

  /** What was in the way. */
  public enum Reason {
    /** Nobody listens at the directory, or whoever did is gone. */
    NO_LISTENER(Category.RETRYABLE),
    /** Somebody listens at the directory already. */
    ALREADY_LISTENING(Category.RETRYABLE),
    /** The listener has limits that the connecting side's settings exceed. */
    REFUSED(Category.FATAL),
    /** A directory or file is a symbolic link, somebody else's, or open to others. */
    UNSAFE(Category.FATAL),
    /** The peer has closed the channel. */
    PEER_CLOSED(Category.RETRYABLE),
    /** The peer's process has ended without closing the channel. */
    PEER_DIED(Category.RETRYABLE),
    /** The file system refused. */
    FILE_SYSTEM(Category.RETRYABLE);

    private final Category category;

    Reason(Category category) {
      this.category = category;
    }
  }

  private final Reason reason;

  StoqIpcException(Reason reason, String message) {
    this(reason, message, null);
  }

  StoqIpcException(Reason reason, String message, @Nullable Throwable cause) {
    super(reason.category, message, cause);
    this.reason = reason;
  }

  /** What was in the way. */
  public Reason reason() {
    return reason;
  }
}
