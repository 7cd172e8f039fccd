package io.hypermesh.stoq;

/** The peer broke the rules of a {@link StoqChannel}'s messages; the stream has been reset. */
public final class StoqProtocolException extends StoqException {
  private static final long serialVersionUID = 1L;

  StoqProtocolException(String message) {
    super(Category.FATAL, message);
  }
}
