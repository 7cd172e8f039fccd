package io.hypermesh.stoq;

/** A stream can't go on in one direction because one side ended it before its time. */
public final class StoqStreamException extends StoqException {
  private static final long serialVersionUID = 1L;

  private final long applicationErrorCode;

  StoqStreamException(String message, long applicationErrorCode) {
    super(Category.FATAL, message);
    this.applicationErrorCode = applicationErrorCode;
  }

  /** The code of the RESET_STREAM or STOP_SENDING frame; its meaning is the application's. */
  public long applicationErrorCode() {
    return applicationErrorCode;
  }

  /** The peer has asked this side to stop sending. */
  static StoqStreamException stopped(long id, long errorCode) {
    return new StoqStreamException(
        "couldn't write to stream "
            + id
            + " because the peer reads no more of it: application error 0x"
            + Long.toHexString(errorCode),
        errorCode);
  }

  /** The peer has reset its output. */
  static StoqStreamException reset(long id, long errorCode) {
    return new StoqStreamException(
        "couldn't read from stream "
            + id
            + " because the peer reset it: application error 0x"
            + Long.toHexString(errorCode),
        errorCode);
  }
}
