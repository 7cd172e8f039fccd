package io.hypermesh.stoq.handshake;

/** What a server asks of its clients (RFC 8446, 4.3.2). */
public enum ClientAuthentication {
  /** No certificate is requested. */
  NONE,
  /** A certificate is requested; a client without one is served all the same. */
  WANTED,
  /** A client without a certificate is refused with {@code certificate_required}. */
  REQUIRED
}
