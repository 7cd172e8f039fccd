package io.hypermesh.stoq;

/** A call couldn't be served because the connection is closed, or couldn't be made at all. */
public final class StoqClosedException extends StoqException {
  private static final long serialVersionUID = 1L;

  private final transient StoqCloseReason closeReason;

  StoqClosedException(String attempt, StoqCloseReason closeReason) {
    super(categoryOf(closeReason), "couldn't " + attempt + " because " + closeReason.describe());
    this.closeReason = closeReason;
  }

  /** Why the connection ended. */
  public StoqCloseReason closeReason() {
    return closeReason;
  }

  private static Category categoryOf(StoqCloseReason reason) {
    return switch (reason.initiator()) {
      case IDLE_TIMEOUT, HANDSHAKE_TIMEOUT, STATELESS_RESET -> Category.RETRYABLE;
      // The server is at its limit.
      case PEER ->
          reason.transportError().filter(StoqTransportError.CONNECTION_REFUSED::equals).isPresent()
              ? Category.RETRYABLE
              : Category.FATAL;
      case LOCAL, VERSION_NEGOTIATION -> Category.FATAL;
    };
  }
}
