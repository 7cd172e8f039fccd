package io.hypermesh.stoq;

/** The peer broke the rules of a {@link StoqChannel}'s messages; the channel is unusable now. */
public final class StoqProtocolException extends StoqException {
  private static final long serialVersionUID = 1L;

  /**
   * For implementations of {@link StoqChannel}.
   *
   * @param message "couldn't X because Y: value"
   */
  public StoqProtocolException(String message) {
    super(Category.FATAL, message);
  }
}
