package io.hypermesh.ledger;

import org.jspecify.annotations.Nullable;

/**
 * The ledger could not be opened, or not go on. The message is one line that names the file and,
 * where there is one, the offset in it.
 */
public final class LedgerException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What kind of failure it is, and so what the caller should do. */
  public enum Reason {
    /** Another process, or this one, has the ledger open. Close it there. */
    IN_USE,
    /** A file or directory cannot be read or written. Nothing acknowledged is lost; open again. */
    IO,
    /** What is on disk is not what was written. Restore from a copy or from the other replicas. */
    DAMAGED,
    /** The directory holds a ledger with other settings. */
    OTHER_SETTINGS,
    /** The ledger was closed, or stopped after a failure. Open it again. */
    CLOSED,
  }

  private final Reason reason;

  /**
   * Says what failed.
   *
   * @param reason what kind of failure
   * @param message what could not be done, why, and where
   * @param cause the failure underneath
   */
  public LedgerException(Reason reason, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  /**
   * What kind of failure it is.
   *
   * @return the reason
   */
  public Reason reason() {
    return reason;
  }
}
