package io.hypermesh.adapter;

import org.jspecify.annotations.Nullable;

/**
 * An adapter could not do what was asked. The message is one line that names the file or device.
 */
public final class AdapterException extends Exception {
  private static final long serialVersionUID = 1L;

  /** What kind of failure it is, and so what the caller should do. */
  public enum Reason {
    /** This host or this adapter cannot do it; {@link AssetAdapter#capabilities} says why. */
    UNSUPPORTED,
    /** What was asked about is not there. */
    NOT_FOUND,
    /** The kernel says something that is not in the form it is documented to have. */
    MALFORMED,
    /** A file cannot be read or written. */
    IO,
    /** The request is wrong, such as more than there is. */
    REFUSED,
  }

  private final Reason reason;

  /**
   * Says what failed.
   *
   * @param reason what kind of failure
   * @param message what could not be done, why, and where
   */
  public AdapterException(Reason reason, String message) {
    this(reason, message, null);
  }

  /**
   * Says what failed.
   *
   * @param reason what kind of failure
   * @param message what could not be done, why, and where
   * @param cause the failure underneath
   */
  public AdapterException(Reason reason, String message, @Nullable Throwable cause) {
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
