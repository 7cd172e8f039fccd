package io.hypermesh.stoq.handshake;

import org.jspecify.annotations.Nullable;

/**
 * Authentication failed off the owner's thread: an alert for the peer, and a cause for the host.
 */
final class AuthenticationException extends Exception {
  private static final long serialVersionUID = 1L;

  private final Alert alert;

  AuthenticationException(Alert alert, String reason, @Nullable Throwable cause) {
    super(reason, cause);
    this.alert = alert;
  }

  Alert alert() {
    return alert;
  }
}
