package io.hypermesh.stoq.packet;

/**
 * The peer broke a rule of the protocol: the connection closes with {@link #errorCode()} (RFC 9000,
 * 11.1).
 *
 * <p>Carries no stack trace: it is made from a peer's bytes, at the peer's rate.
 */
public final class TransportException extends Exception {
  private static final long serialVersionUID = 1L;

  private final long errorCode;
  private final long frameType;

  /**
   * @param errorCode one of {@link TransportErrorCode}
   * @param frameType the type of the frame at fault, 0 where none is known
   * @param reason what was wrong, with the value; no secret
   */
  public TransportException(long errorCode, long frameType, String reason) {
    super(reason, null, false, false);
    this.errorCode = errorCode;
    this.frameType = frameType;
  }

  /** The code for the CONNECTION_CLOSE frame. */
  public long errorCode() {
    return errorCode;
  }

  /** The type of the frame at fault, or 0. */
  public long frameType() {
    return frameType;
  }
}
