package io.hypermesh.byzantine;

import java.io.Serial;

/**
 * Bytes from a peer that break the protocol: malformed, over a limit, of another configuration, or
 * signed by nobody who may. The bytes are to be dropped; nothing else has changed.
 */
public final class ProtocolException extends Exception {
  @Serial private static final long serialVersionUID = 1L;

  /** An exception that says what was wrong. */
  public ProtocolException(String message) {
    super(message);
  }
}
