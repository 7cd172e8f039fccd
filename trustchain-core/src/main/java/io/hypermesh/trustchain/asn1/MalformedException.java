package io.hypermesh.trustchain.asn1;

/** Bytes are not what their format demands. Callers turn it into the exception of their own API. */
public final class MalformedException extends Exception {
  private static final long serialVersionUID = 1L;

  /**
   * Says what was wrong.
   *
   * @param message what was wrong, and where
   */
  public MalformedException(String message) {
    super(message);
  }

  /**
   * Says what was wrong, with the parser's own failure.
   *
   * @param message what was wrong
   * @param cause the parser's failure
   */
  public MalformedException(String message, Throwable cause) {
    super(message, cause);
  }
}
